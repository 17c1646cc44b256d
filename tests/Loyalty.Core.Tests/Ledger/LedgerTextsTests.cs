using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Tests.Ledger;

public sealed class LedgerTextsTests
{
    [Theory]
    [InlineData("en", 1, "1 point")]
    [InlineData("ru", 1, "1 балл")]
    [InlineData("ru", 3, "3 балла")]
    [InlineData("ru", 12, "12 баллов")]
    [InlineData("ru", 22, "22 балла")]
    [InlineData("uk", 5, "5 балів")]
    [InlineData("uk", 101, "101 бал")]
    [InlineData("bg", 2, "2 точки")]
    public void Points_EachLanguage_HasItsPlurals(string language, long points, string expected) =>
        Assert.Equal(expected, LedgerTexts.Points(points, language));

    [Theory]
    [InlineData("en-GB", "40 points for order #1.")]
    [InlineData("ru-RU", "40 баллов за заказ #1.")]
    [InlineData("uk", "40 балів за замовлення #1.")]
    [InlineData("bg-BG", "40 точки за поръчка #1.")]
    [InlineData("fr", "40 points for order #1.")]
    [InlineData(null, "40 points for order #1.")]
    public void Of_GrantOfAnOrder_SpeaksTheCustomersLanguage(string? locale, string expected) =>
        Assert.Equal(expected, LedgerTexts.Of(Line(EntryType.Grant) with { Cause = new EntryCause { OrderId = "#1" } }, locale));

    [Fact]
    public void Of_EveryKindInEveryLanguage_SaysSomethingOfItsOwn()
    {
        foreach (var language in LedgerTexts.Languages)
        {
            foreach (var type in Enum.GetValues<EntryType>())
            {
                var text = LedgerTexts.Of(Line(type), language);
                Assert.DoesNotContain("{", text, StringComparison.Ordinal);
                Assert.EndsWith(".", text, StringComparison.Ordinal);
                if (language != "en") Assert.NotEqual(LedgerTexts.Of(Line(type), "en"), text);
            }
        }
    }

    private static ExplainLine Line(EntryType type) => new()
    {
        Sequence = 1,
        At = Instant.FromUtc(2026, 3, 1, 0, 0),
        Type = type,
        Points = 40,
        AvailableChange = 40,
        PendingChange = 0,
        AvailableAfter = 40,
        PendingAfter = 0,
        OwedAfter = 0,
        Cause = new EntryCause { Reason = "test" },
    };
}
