using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.Refusals;
using Loyalty.Functions.Journeys;
using Spectre.Console;

namespace Loyalty.Cli.Journeys;

/// <summary>What publishing did or would do, for people and for machines.</summary>
internal static class PublishTables
{
    /// <returns>The exit code.</returns>
    public static async Task<int> PrintAsync(PublishOutcome outcome, IReadOnlyList<MovedPeople> moved, bool asJson)
    {
        var refused = outcome as PublishOutcome.Refused;
        if (asJson)
        {
            object view = outcome switch
            {
                PublishOutcome.Refused no => PublishProblem.Of(no),
                PublishOutcome.Previewed previewed => new PublishView("preview", previewed.Preview, []),
                PublishOutcome.Published published => new PublishView("published", published.Preview, published.Moving),
                PublishOutcome.Unchanged unchanged => new PublishView("unchanged", unchanged.Preview, []),
                _ => throw new InvalidOperationException("An unknown outcome of a publish."),
            };
            await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(view)));
            return refused is null ? ExitCodes.Done : ExitCodes.Refused;
        }

        Print(PreviewOf(outcome));
        switch (outcome)
        {
            case PublishOutcome.Refused no:
                await Console.Error.WriteLineAsync($"Refused ({RefusalTable.Name(no.Code)}): {no.Detail}");
                if (no.Code == Core.RefusalCode.InFlightNeeded) await Console.Error.WriteLineAsync("Add --in-flight pin, follow, map old=new,… or end OUTCOME.");
                return ExitCodes.Refused;
            case PublishOutcome.Unchanged:
                await Console.Out.WriteLineAsync("The draft is what is live: nothing to publish.");
                foreach (var edits in moved) await Console.Out.WriteLineAsync(Told(edits));
                break;
            case PublishOutcome.Previewed:
                await Console.Out.WriteLineAsync("Nothing is published yet. Repeat with --yes.");
                break;
            default:
                await Console.Out.WriteLineAsync("Published.");
                foreach (var edits in moved) await Console.Out.WriteLineAsync(Told(edits));
                break;
        }

        return ExitCodes.Done;
    }

    /// <summary>Who waited for a journey to go on; what an earlier publish has moved is not told again.</summary>
    public static string Rearmed(EditCounts? counts) =>
        counts is { Rearmed: > 0 } held ? string.Create(CultureInfo.InvariantCulture, $" {held.Rearmed:N0} who were held are armed again.") : "";

    /// <summary>What was done to the people inside a journey.</summary>
    public static string Told(MovedPeople edits)
    {
        var counts = edits.Counts;
        var parts = new List<string>();
        if (counts.Moved > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{counts.Moved:N0} moved{(counts.DueNow > 0 ? $" ({counts.DueNow:N0} of them due now)" : "")}"));
        if (counts.Ended > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{counts.Ended:N0} left"));
        if (counts.Rearmed > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{counts.Rearmed:N0} armed again"));
        if (counts.Stranded > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{counts.Stranded:N0} stay on their version"));
        var what = parts.Count == 0 ? "nobody to move" : string.Join(", ", parts);
        return $"{edits.Journey}: {what}{(!edits.IsDone ? "; the host goes on with the rest" : "")}";
    }

    private static PublishPreview PreviewOf(PublishOutcome outcome) => outcome switch
    {
        PublishOutcome.Refused refused => refused.Preview,
        PublishOutcome.Previewed previewed => previewed.Preview,
        PublishOutcome.Published published => published.Preview,
        PublishOutcome.Unchanged unchanged => unchanged.Preview,
        _ => new PublishPreview(),
    };

    private static void Print(PublishPreview preview)
    {
        foreach (var finding in preview.Findings) Console.Out.WriteLine(finding.ToString());
        var console = TableOutput.Console;
        foreach (var file in preview.Files) console.WriteLine($"changed: {file}");
        foreach (var rule in preview.Rules)
        {
            console.WriteLine((rule.From, rule.To) switch
            {
                (null, { } first) => $"{rule.Rule}: new, version {first}",
                ({ } last, null) => $"{rule.Rule}: taken away after version {last}; what it granted stays",
                var (from, to) => $"{rule.Rule}: version {from} to {to}",
            });
        }

        foreach (var journey in preview.Journeys)
        {
            var what = (journey.From, journey.To) switch
            {
                (null, { } first) => $"new, version {first}",
                ({ } last, null) => $"withdrawn after version {last}: nobody enters any more",
                var (from, to) when from == to => $"version {from} as it is",
                var (from, to) => $"version {from} to {to}",
            };
            var enters = journey.Enters is { } people ? string.Create(CultureInfo.InvariantCulture, $"; {people:N0} would enter now") : "";
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{journey.Journey}: {what}; {journey.People:N0} people inside{enters}"));
            if (journey.Steps.IsDefaultOrEmpty) continue;
            console.Write(Steps(journey));
        }
    }

    /// <summary>The people at each step. A publish that is committed moves them and tells afterwards who is due: then, and where nobody would be, no column says so.</summary>
    internal static Table Steps(JourneyImpact journey)
    {
        var tellsDue = journey.Steps.Any(static step => step.DueNow > 0);
        var table = new Table().AddColumn("version").AddColumn("at step").AddColumn(new TableColumn("people").RightAligned()).AddColumn("then");
        if (tellsDue) table.AddColumn(new TableColumn("due now").RightAligned());
        foreach (var step in journey.Steps)
        {
            string[] row =
            [
                step.Version.ToString(CultureInfo.InvariantCulture),
                Markup.Escape(step.Step.Length == 0 ? "(not begun)" : step.Step),
                step.People.ToString("N0", CultureInfo.InvariantCulture),
                Markup.Escape(step.Goes),
                step.DueNow == 0 ? "" : step.DueNow.ToString("N0", CultureInfo.InvariantCulture),
            ];
            table.AddRow(row[..(tellsDue ? 5 : 4)]);
        }

        return table;
    }
}
