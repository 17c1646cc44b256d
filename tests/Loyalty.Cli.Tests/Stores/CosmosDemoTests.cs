using System.Diagnostics;
using System.Globalization;
using Loyalty.Cli.Tests.Faults;
using NodaTime;

namespace Loyalty.Cli.Tests.Stores;

/// <summary>The same shop, its documents in Cosmos DB: every table and every mail as on SQLite, also when instances are wiped or the process is killed.</summary>
public sealed class CosmosDemoTests(SqliteShop reference) : IClassFixture<SqliteShop>
{
    [Fact]
    public async Task Demo_OnCosmos_EqualsSqlite()
    {
        using var account = await CosmosShop.OpenAsync(reference.File("calm", "account.db"));
        var options = CosmosShop.Options(reference.File("calm", "demo.db"));
        AssertSame(await CosmosShop.PlayAsync(options with { Override = services => CosmosShop.Override(services, account) }));
    }

    [Fact]
    public async Task TaskHubLoss_OnCosmosWithEveryInstanceWipedAndCallsLost_EqualsSqlite()
    {
        using var account = await CosmosShop.OpenAsync(reference.File("wiped", "account.db"));
        account.Faults.Randomly(seed: 5, oneIn: 60);
        using var wiper = new Wiper(Duration.FromMinutes(61 * 60 + 7), eachMail: 7);
        var options = CosmosShop.Options(reference.File("wiped", "demo.db"));
        AssertSame(await CosmosShop.PlayAsync(options with
        {
            Begun = wiper.Begin,
            DecorateChannel = wiper.Decorate,
            Override = services => CosmosShop.Override(services, account),
        }));
        Assert.True(wiper.Wiped > 0);
        Assert.True(account.Faults.Dealt > 10);
    }

    [Fact]
    public async Task Demo_OnCosmosKilledAndStartedAgain_EqualsSqlite()
    {
        string file = reference.File("killed", "demo.db");
        foreach (int day in (int[])[8, 19]) await PlayAndKillAsync(file, day);
        string tables = await PlayAndKillAsync(file, killOnDay: null);
        AssertSame(new ShopOutcome(tables.Trim(), CosmosShop.Mails(file)));
    }

    private void AssertSame(ShopOutcome found)
    {
        Assert.Equal(reference.Outcome.Tables, found.Tables);
        Assert.Equal(reference.Outcome.Mails, found.Mails);
    }

    /// <summary>Plays the shop in a process of its own, until a day or to its end; answers with what it printed.</summary>
    private static async Task<string> PlayAndKillAsync(string file, int? killOnDay)
    {
        string child = Path.Combine(AppContext.BaseDirectory, "Loyalty.Cosmos.Shop.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", child, file, Path.ChangeExtension(file, ".account.db")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = new List<string>();
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            errors.Add(line);
            if (line.StartsWith("day ", StringComparison.Ordinal) && int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) >= killOnDay) process.Kill();
        }

        await process.WaitForExitAsync();
        Assert.True(killOnDay is not null || process.ExitCode == 0, string.Join('\n', errors));
        return await output;
    }
}

/// <summary>The same shop on SQLite, played once: what the others have to equal.</summary>
public sealed class SqliteShop : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-cosmos-").FullName;

    internal ShopOutcome Outcome { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Outcome = await CosmosShop.PlayAsync(CosmosShop.Options(File("sqlite", "demo.db")));
        // A reference in which nothing happens would prove nothing.
        Assert.True(Outcome.Mails.Count >= 10, $"only {Outcome.Mails.Count} mails");
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    internal string File(string name, string file) => Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, name)).FullName, file);
}
