using System.Collections.Immutable;
using System.CommandLine;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Engine.Publishing;
using Loyalty.Functions.Journeys;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Cli.Journeys;

/// <summary><c>loyalty publish [JOURNEY…]</c>: what would happen to whom, and with <c>--yes</c>, that it happens.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var journeys = new Argument<string[]>("journey")
        {
            Description = "Only these journeys, with the draft's program.yaml and templates. Default: everything that differs from what is live.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var api = new ApiOptions("Marketer");
        var draft = JourneyOptions.Draft();
        var inFlight = JourneyOptions.InFlight();
        var due = JourneyOptions.Due();
        var enrol = JourneyOptions.Enrol();
        var yes = JourneyOptions.Yes();
        var command = new Command(
            "publish",
            "Publishes a draft. Shows first how many people are at each step and what would happen to them; --yes commits. A running host sees it within "
            + "ten seconds. With people inside, --in-flight must say what happens to them.\n\n"
            + "Example:  loyalty publish welcome --program program --data shop.db --in-flight follow --due spread-over 4h --yes\n"
            + "          loyalty publish --program program --url https://shop.azurewebsites.net --in-flight pin --yes")
        {
            journeys, draft, inFlight, due, enrol, yes,
        };
        api.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var (choice, rest) = JourneyOptions.ReadInFlight(parsed.GetValue(inFlight));
            ImmutableArray<string> names = [.. parsed.GetValue(journeys) ?? [], .. rest];
            var folder = JourneyOptions.DraftFolder(parsed.GetValue(draft));
            var over = JourneyOptions.ReadDue(parsed.GetValue(due));
            await using var remote = api.Remote(parsed);
            if (remote is not null)
            {
                var body = new DraftBody
                {
                    Files = await RemoteProgram.DraftAsync(remote, folder, cancellation),
                    Journeys = names.IsEmpty ? null : [.. names],
                    InFlight = choice?.Text,
                    Due = over is null ? null : string.Join(' ', parsed.GetValue(due)!),
                    Enrol = parsed.GetValue(enrol),
                    Commit = parsed.GetValue(yes),
                };
                return await RemoteProgram.PublishAsync(remote, "program", body, api.AsJson(parsed), cancellation);
            }

            return await PublishRun.RunAsync(
                api.DataFile(parsed),
                (publishing, commit) => publishing.PublishAsync(
                    new PublishRequest
                    {
                        Files = JourneyOptions.Read(folder),
                        Journeys = names,
                        InFlight = choice,
                        SpreadOver = over,
                        EnrolsExisting = parsed.GetValue(enrol) is not null,
                        Commit = commit,
                        By = "command",
                    },
                    cancellation),
                parsed.GetValue(yes),
                api.AsJson(parsed),
                cancellation);
        }));
        return command;
    }
}

/// <summary><c>loyalty rollback JOURNEY</c>: an older version is published again.</summary>
internal static class RollbackCommand
{
    public static Command Create()
    {
        var journey = JourneyOptions.Journey();
        var to = new Option<int?>("--to") { Description = "The version to go back to. Default: the one before the live one.", HelpName = "VERSION" };
        var api = new ApiOptions("Marketer");
        var inFlight = JourneyOptions.InFlight();
        var due = JourneyOptions.Due();
        var yes = JourneyOptions.Yes();
        var command = new Command(
            "rollback",
            "Publishes the bytes of an older version as the newest one; program.yaml and templates stay. Shows first what would happen; --yes commits.\n\n"
            + "Example:  loyalty rollback welcome --to 3 --data shop.db --in-flight follow --yes")
        {
            journey, to, inFlight, due, yes,
        };
        api.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var (choice, rest) = JourneyOptions.ReadInFlight(parsed.GetValue(inFlight));
            if (rest.Length > 0) throw new UsageException($"'{rest[0]}' is one word too many.");
            var name = parsed.GetValue(journey)!;
            var over = JourneyOptions.ReadDue(parsed.GetValue(due));
            var version = parsed.GetValue(to);
            await using var remote = api.Remote(parsed);
            if (remote is not null)
            {
                var body = new DraftBody { Version = version, InFlight = choice?.Text, Due = over is null ? null : string.Join(' ', parsed.GetValue(due)!), Commit = parsed.GetValue(yes) };
                return await RemoteProgram.PublishAsync(remote, $"journeys/{Uri.EscapeDataString(name)}/rollback", body, api.AsJson(parsed), cancellation);
            }

            return await PublishRun.RunAsync(
                api.DataFile(parsed),
                async (publishing, commit) =>
                {
                    var live = await publishing.LiveAsync(cancellation);
                    var wanted = version ?? (live.Journeys.GetValueOrDefault(name)?.Version ?? 0) - 1;
                    return await publishing.RollbackAsync(name, wanted, choice, over, commit, "command", cancellation);
                },
                parsed.GetValue(yes),
                api.AsJson(parsed),
                cancellation);
        }));
        return command;
    }
}

/// <summary>Previews or commits, then brings the people inside along.</summary>
internal static class PublishRun
{
    public static async Task<int> RunAsync(
        string file, Func<PublishUseCase, bool, Task<PublishOutcome>> publish, bool commit, bool asJson, CancellationToken cancellation)
    {
        await using var reader = ProgramReader.Open(file);
        var publishing = reader.Services.GetRequiredService<PublishUseCase>();
        var edits = reader.Services.GetRequiredService<RunEditsUseCase>();
        // An earlier publish of the last minute may still be open: whom it moved is not told again.
        var before = new Dictionary<string, EditCounts>(StringComparer.Ordinal);
        foreach (var journey in (await publishing.LiveAsync(cancellation)).Journeys.Keys)
        {
            if (await edits.ProgressAsync(journey, cancellation) is { IsRunning: true } open) before[journey] = open.Counts;
        }

        var outcome = await publish(publishing, commit);
        var moved = new List<MovedPeople>();
        if (commit && outcome is PublishOutcome.Published or PublishOutcome.Unchanged)
        {
            // Also what an earlier publish left, cut off on its way.
            foreach (var journey in (await publishing.LiveAsync(cancellation)).Journeys.Keys)
            {
                if (await edits.ProgressAsync(journey, cancellation) is not { IsRunning: true, MovedAt: null }) continue;
                var people = (outcome as PublishOutcome.Published)?.Preview.People ?? 1;
                if (await EditsProgress.RunAsync(edits, journey, people, cancellation) is { } done) moved.Add(MovedPeople.Of(done).Since(before.GetValueOrDefault(journey)));
            }
        }

        return await PublishTables.PrintAsync(outcome, moved, asJson);
    }
}

/// <summary>Works on the people inside with a progress bar; what is left to the host is told.</summary>
internal static class EditsProgress
{
    public static async Task<EditsDocument?> RunAsync(RunEditsUseCase edits, string journey, long people, CancellationToken cancellation)
    {
        EditsDocument? done = null;
        await ProgressBar.RunAsync($"people in {journey}", Math.Max(1, people), async step =>
        {
            var shown = 0L;
            done = await edits.RunAsync(
                journey,
                soFar =>
                {
                    for (var all = soFar.Counts.Moved + soFar.Counts.Ended + soFar.Counts.Rearmed; shown < all; shown++) step();
                    return Task.CompletedTask;
                },
                cancellation);
        });
        return done;
    }
}
