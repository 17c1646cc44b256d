using Loyalty.Cli.Tests.Kills;

namespace Loyalty.Cli.Tests.Privacy;

public sealed class RetentionPreviewCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-retention-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Retention_OfAFileWithoutTheSetting_TellsOrSaysWhatIsMissing()
    {
        var members = Path.Combine(_folder, "members.json");
        await File.WriteAllTextAsync(members, """{ "members": [{ "customerId": "1", "email": "ann@example.com" }, { "customerId": "2", "email": "bob@example.com" }] }""");
        var data = Path.Combine(_folder, "shop.db");
        var imported = await LoyaltyProcess.RunAsync(_folder, "import", "--format", "json", members, "--data", data);
        Assert.True(imported.ExitCode == 0, imported.Errors);

        var told = await LoyaltyProcess.RunAsync(_folder, "privacy", "retention", "--days", "365", "--data", data);
        var refused = await LoyaltyProcess.RunAsync(_folder, "privacy", "retention", "--data", data);

        Assert.True(told.ExitCode == 0, told.Errors);
        Assert.StartsWith("Of 2 people 0 have done nothing for 365 days and would be erased (Privacy__Retention__InactiveDays is not set: nobody is erased for that).", told.Output, StringComparison.Ordinal);
        Assert.Contains("As inactive, and kept: 0 have points, 0 are restricted, 0 are being merged.", told.Output, StringComparison.Ordinal);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Privacy__Retention__InactiveDays", refused.Errors, StringComparison.Ordinal);
    }
}
