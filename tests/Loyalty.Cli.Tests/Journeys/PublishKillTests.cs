using Loyalty.Cli.Tests.Kills;
using Loyalty.Core.Runs;
using Loyalty.Engine.Publishing;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Cli.Tests.Journeys;

/// <summary>The process that brings people along is killed with SIGKILL; whoever comes next goes on, and nobody is stranded or moved twice.</summary>
public sealed class PublishKillTests : IDisposable
{
    private const int People = 5_000;
    private static readonly int[] KilledAt = [1, 1_500, 3_000];
    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-publish-").FullName;

    [Fact]
    public async Task Publish_KilledThreeTimesOnItsWay_MovesEverybodyOnce()
    {
        var file = Path.Combine(_folder, "shop.db");
        var at = Instant.FromDateTimeOffset(DateTimeOffset.UtcNow) - Duration.FromDays(1);
        await ParkedPeople.MakeAsync(file, People, at);
        var draft = ParkedPeople.Draft(Path.Combine(_folder, "draft"), "30d");
        string[] publish = ["publish", ParkedPeople.Journey, "--program", draft, "--data", file, "--in-flight", "follow", "--yes"];

        var refused = await LoyaltyProcess.RunAsync(_folder, publish[..^3]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("in-flight-needed", refused.Errors, StringComparison.Ordinal);
        var kills = 0;
        foreach (var moved in KilledAt)
        {
            if (await KillWhenAsync(file, publish, moved)) kills++;
        }

        var done = await LoyaltyProcess.RunAsync(_folder, publish);

        Assert.True(done.ExitCode == 0, done.Errors + done.Output);
        Assert.True(kills >= 1, "the process was never caught on its way");
        var runs = await ParkedPeople.RunsAsync(file);
        Assert.Equal(People, runs.Count);
        Assert.All(runs, run =>
        {
            Assert.Equal((2, RunStatus.Parked, ParkedPeople.Step), (run.Run.Version, run.Status, run.Run.Position!.Step));
            Assert.InRange((run.WakeAt!.Value - at).TotalDays, 29.9, 30.1);
            Assert.Single(run.Log, static line => line.What == "edited");
        });
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Watches the progress that the process commits, and kills it there; false: it was faster.</summary>
    private static async Task<bool> KillWhenAsync(string file, string[] publish, int moved)
    {
        await using var reader = ProgramReader.Open(file);
        var edits = reader.Services.GetRequiredService<RunEditsUseCase>();
        using var process = LoyaltyProcess.Start(Path.GetDirectoryName(file), publish);
        var end = process.EndAsync();
        while (!end.IsCompleted)
        {
            if ((await edits.ProgressAsync(ParkedPeople.Journey))?.Counts.Moved >= moved) return await process.KillAfterAsync(TimeSpan.Zero);
        }

        return false;
    }
}
