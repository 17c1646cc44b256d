using Loyalty.Cli.Tests.Kills;
using Loyalty.LocalHost.Program;

namespace Loyalty.Cli.Tests.Contact;

/// <summary><c>loyalty suppressions</c> and <c>loyalty compact</c> on a file without a host, and beside one.</summary>
public sealed class SuppressionCommandTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-suppressions-").FullName;

    private string Data => Path.Combine(_folder, "shop.db");

    public async Task InitializeAsync()
    {
        await using var made = await HostAsync();
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Suppressions_AListLongerThanOneRequest_IsTakenInAndOneAddressIsLifted()
    {
        var list = Path.Combine(_folder, "list.csv");
        await File.WriteAllLinesAsync(list, [.. Enumerable.Range(0, 10_050).Select(static i => i == 10_020 ? "\"no address\",x" : $"\"a{i}@example.com\",bounced").Prepend("Email,Reason")]);

        var imported = await LoyaltyProcess.RunAsync(null, "suppressions", "import", list, "--source", "old", "--data", Data);
        Assert.Equal((1, "10,049 new, 0 known before; 1 line is no address: 10022\n", ""), (imported.ExitCode, imported.Output, imported.Errors));
        var lifted = await LoyaltyProcess.RunAsync(null, "suppressions", "lift", "A10049@example.com", "--data", Data);
        Assert.Equal((0, "A10049@example.com: no longer suppressed (imported)\n"), (lifted.ExitCode, lifted.Output));
        var again = await LoyaltyProcess.RunAsync(null, "suppressions", "lift", "a10049@example.com", "--data", Data);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("not suppressed", again.Errors, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(list, [0x61, 0x40, 0x62, 0xE9, 0x2E, 0x63]);
        Assert.Equal(1, (await LoyaltyProcess.RunAsync(null, "suppressions", "import", list, "--data", Data)).ExitCode);
    }

    [Fact]
    public async Task Compact_AFile_IsRefusedBesideAHostAndSmallerWithoutOne()
    {
        await using (var host = await HostAsync())
        {
            host.Clock.Start();
            var refused = await LoyaltyProcess.RunAsync(null, "compact", "--data", Data);
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("stop it first", refused.Errors, StringComparison.Ordinal);
        }

        await using (var database = Storage.Sqlite.SqliteDatabase.Open(Data))
        {
            await database.WriteAsync(static session => session.ExecuteScript("CREATE TABLE filler(x); INSERT INTO filler VALUES(zeroblob(4000000)); DROP TABLE filler;"));
        }

        var before = new FileInfo(Data).Length;
        Assert.True(before > 4_000_000);
        var done = await LoyaltyProcess.RunAsync(null, "compact", "--data", Data);
        Assert.True(done.ExitCode == 0, done.Errors);
        Assert.True(new FileInfo(Data).Length < before - 3_900_000, done.Output);
        // It is the same file.
        Assert.Equal(0, (await LoyaltyProcess.RunAsync(null, "doctor", "--data", Data)).ExitCode);
        Assert.Equal(2, (await LoyaltyProcess.RunAsync(null, "compact", "--data", Data + ".none")).ExitCode);
    }

    private Task<ProgramHost> HostAsync() => ProgramHost.StartAsync(new ProgramHostOptions
    {
        DataFile = Data,
        SurvivesPowerCut = false,
        Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Program:Path"] = Path.Combine(AppContext.BaseDirectory, "program") },
    });
}
