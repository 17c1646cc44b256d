using Loyalty.Cli.Demo;
using Loyalty.Cli.Tests.Kills;

namespace Loyalty.Cli.Tests;

/// <summary>One small shop, played once by a process that nobody disturbs: what every disturbed run has to equal.</summary>
public sealed class ReferenceDemo : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-kills-").FullName;

    internal KilledDemo Shop { get; } = new(Customers: 25, Days: 60, Seed: 1);

    internal ReferenceRun Run { get; private set; } = null!;

    internal DemoEffects Effects { get; private set; } = null!;

    internal string Tables => Run.Result.Output.Trim();

    public async Task InitializeAsync()
    {
        var file = Fresh("reference");
        Run = await Shop.ReferenceAsync(file);
        Assert.True(Run.Result.ExitCode == 0, Run.Result.Errors);
        Effects = await DemoEffects.ReadAsync(file, DemoRun.OutboxOf(file));
        // A reference in which nothing happens would prove nothing.
        Assert.True(Effects.Mails.Count >= 40, $"only {Effects.Mails.Count} mails");
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A data file that is not there yet, in a folder of its own.</summary>
    internal string Fresh(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, name)).FullName, "demo.db");

    /// <summary>The same tables, every mail once, every effect key once.</summary>
    internal async Task AssertSameAsync(string tables, string file)
    {
        Assert.Equal(Tables, tables.Trim());
        var effects = await DemoEffects.ReadAsync(file, DemoRun.OutboxOf(file));
        Assert.Equal(effects.Sent.Count, effects.Sent.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(effects.Sent.Count, effects.Mails.Count);
        Assert.Equal(Effects.Mails, effects.Mails);
        Assert.Equal(Effects.Sent, effects.Sent);
        Assert.Equal(Effects.Messages, effects.Messages);
        Assert.Equal(Effects.Entries, effects.Entries);
    }
}

/// <summary>Tests around the reference demo run one after the other: kills are timed by the reference's pace.</summary>
[CollectionDefinition(Name)]
public sealed class ReferenceDemoTests : ICollectionFixture<ReferenceDemo>
{
    public const string Name = "reference demo";
}
