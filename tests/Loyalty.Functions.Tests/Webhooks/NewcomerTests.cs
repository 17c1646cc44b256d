using System.Text.RegularExpressions;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>What docs/operations/azure.md tells a newcomer to send does what the page says.</summary>
public sealed class NewcomerTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Fact]
    public async Task FirstCustomer_OfThePage_GetsTheWelcomeMail()
    {
        var page = await File.ReadAllTextAsync(SourceTree.File("docs", "operations", "azure.md"));
        var body = Regex.Match(page, "^BODY='(?<body>.+)'$", RegexOptions.Multiline).Groups["body"].Value;

        Assert.Equal("202", (await program.StandardAsync(body, "msg_first")).Summary);
        await program.SettleAsync();

        var id = await program.IdOfAsync("you@example.com");
        var messages = (await program.GetAsync($"api/customers/{id}/messages")).Text;
        Assert.Contains("\"welcome\"", messages, StringComparison.Ordinal);
        Assert.Contains("\"sent\"", messages, StringComparison.Ordinal);
        Assert.Contains("you@example.com", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(program.Outbox, "*.eml"))), StringComparison.Ordinal);
    }
}
