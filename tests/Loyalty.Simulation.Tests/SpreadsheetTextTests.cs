using System.Text;
using Loyalty.Simulation.Import;

namespace Loyalty.Simulation.Tests;

/// <summary>Texts that a spreadsheet would take for formulas, out and in again.</summary>
public sealed class SpreadsheetTextTests
{
    private const string Alphabet = "'=+-@;,\t\r\n \"a1\uFF1D";

    [Theory]
    [InlineData("Mira", "Mira")]
    [InlineData("'t Hooft", "'t Hooft")]
    [InlineData("Anne-Marie", "Anne-Marie")]
    [InlineData("a@example.com", "a@example.com")]
    [InlineData("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData(" =1+1", "' =1+1")]
    [InlineData("\t=1+1", "'\t'=1+1")]
    [InlineData("'=1+1", "''=1+1")]
    [InlineData("Mira;=1+1;x", "Mira;'=1+1;x")]
    [InlineData("Mira\n=1+1", "Mira\n'=1+1")]
    [InlineData("＝1+1", "'＝1+1")]
    [InlineData("+359887654321", "+359887654321")]
    [InlineData("+359887654321+1", "'+359887654321+1")]
    [InlineData("-news|offers", "-news|offers")]
    [InlineData("-news!A1", "'-news!A1")]
    public void Guarded_Text_IsNoFormulaAndComesBack(string text, string expected)
    {
        Assert.Equal(expected, SpreadsheetText.Guarded(text));
        Assert.Equal(text, SpreadsheetText.Restored(expected));
    }

    [Fact]
    public void Guarded_AnyText_ComesBackExactlyAndBeginsNoFormula()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            var guarded = SpreadsheetText.Guarded(text);
            Assert.True(text == SpreadsheetText.Restored(guarded), $"seed {seed}");
            if (guarded == text && text.Length > 0 && text[0] is '+' or '-') continue;
            Assert.DoesNotContain(guarded.Split(';', '\t', '\r', '\n'), static cell => cell.TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D', ..]);
        }
    }

    [Fact]
    public void Read_TableOfNamesWithApostrophes_HasTheNames()
    {
        const string Table = "customer_id,first_name,last_name,phone,consent,points,reason\n5,'=cmd(),''@x,'+359887654321,'-news|offers,7,'=1+1\n";
        var file = MembersCsv.Read(new MemoryStream(Encoding.UTF8.GetBytes(Table)));

        var profile = Assert.Single(file.Members).Profile;
        Assert.Equal(("=cmd()", "'@x", "+359887654321", false), (profile.FirstName, profile.LastName, profile.Phone, profile.Consent["news"]));
        Assert.Equal((7L, "=1+1"), (file.Balances[0].Points, file.Balances[0].Reason));
    }
}
