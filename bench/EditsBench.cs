using System.Diagnostics;
using System.Globalization;
using Loyalty.Cli.Tests.Journeys;
using Loyalty.Engine.Publishing;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Bench;

/// <summary>Publishing with 100,000 people inside: how long until each of them is on the new version, with a durable commit for every page and run.</summary>
internal static class EditsBench
{
    private const int People = 100_000;

    public static async Task RunAsync(BenchOptions options)
    {
        var file = options.Fresh("edits");
        var at = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) - Duration.FromDays(1);
        await ParkedPeople.MakeAsync(file, People, at);
        var draft = ParkedPeople.Draft(Path.Combine(Path.GetDirectoryName(file)!, "draft"), "30d");
        var files = Directory.EnumerateFiles(draft, "*", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetRelativePath(draft, path).Replace('\\', '/'), static path => new ReadOnlyMemory<byte>(File.ReadAllBytes(path)), StringComparer.Ordinal);
        await using var reader = ProgramReader.Open(file);
        var publishing = reader.Services.GetRequiredService<PublishUseCase>();
        var request = new PublishRequest { Files = files, Journeys = [ParkedPeople.Journey], InFlight = InFlight.Parse("follow"), By = "command" };

        Console.WriteLine(FsyncProbe.Measure(options.Folder));
        var watch = Stopwatch.StartNew();
        await publishing.PublishAsync(request);
        var preview = watch.Elapsed;
        watch.Restart();
        var outcome = await publishing.PublishAsync(request with { Commit = true });
        var published = watch.Elapsed;
        var done = await reader.Services.GetRequiredService<RunEditsUseCase>().RunAsync(ParkedPeople.Journey);
        var total = watch.Elapsed;

        if (outcome is not PublishOutcome.Published || done is not { MovedAt: not null, Counts.Moved: People }) throw new InvalidOperationException($"{outcome} {done}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"edits: {People:N0} people follow a new version in {total.TotalSeconds:0.0} s ({published.TotalSeconds:0.0} s until it is live, then {People / (total - published).TotalSeconds:N0} runs/s); preview {preview.TotalSeconds:0.0} s"));
    }
}
