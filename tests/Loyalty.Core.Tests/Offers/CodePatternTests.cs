using Loyalty.Core.Offers;

namespace Loyalty.Core.Tests.Offers;

public sealed class CodePatternTests
{
    private const string Pattern = "SPRING-####-####?";

    [Theory]
    [InlineData("########", true)]
    [InlineData("SPRING-####-####?", true)]
    [InlineData("#######", false)]
    [InlineData("########??", false)]
    [InlineData("spring-########", false)]
    [InlineData("#####################################", false)]
    [InlineData("A B ########", false)]
    public void IsPattern_Table_IsAsStated(string text, bool expected) => Assert.Equal(expected, CodePattern.IsPattern(text));

    [Fact]
    public void Fits_EveryWrongCharacterAndEveryExchange_IsFound()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var code = CodePattern.Make(Pattern, random.Next);
            Assert.True(CodePattern.Fits(Pattern, code), code);
            for (var at = 0; at < Pattern.Length; at++)
            {
                if (Pattern[at] != '#') continue;
                foreach (var other in CodePattern.Alphabet.Where(c => c != code[at]))
                    Assert.False(CodePattern.Fits(Pattern, code[..at] + other + code[(at + 1)..]), $"{code} with {other} at {at}");
                for (var second = at + 1; second < Pattern.Length; second++)
                {
                    if (Pattern[second] != '#' || code[second] == code[at]) continue;
                    var exchanged = code.ToCharArray();
                    (exchanged[at], exchanged[second]) = (exchanged[second], exchanged[at]);
                    Assert.False(CodePattern.Fits(Pattern, new string(exchanged)), $"{code} with {at} and {second} exchanged");
                }
            }
        }
    }

    [Fact]
    public void Make_ManyCodes_UsesEveryCharacterAndRepeatsNone()
    {
        var random = new Random(11);
        var codes = Enumerable.Range(0, 20_000).Select(_ => CodePattern.Make("##########", random.Next)).ToList();
        Assert.Equal(codes.Count, codes.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(CodePattern.Alphabet.Order(), codes.SelectMany(static code => code).Distinct().Order());
        Assert.DoesNotContain(codes, static code => code.Any("01ILOU".Contains));
    }
}
