using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Queries;

/// <summary>A run, told: what it saw, what it chose, what it did and why it did not.</summary>
public sealed record RunStory
{
    public required string RunId { get; init; }
    public required string CustomerId { get; init; }
    public required string Journey { get; init; }
    public required int Version { get; init; }
    public required RunStatus State { get; init; }

    /// <summary>IANA: the zone of <see cref="StoryLine.Local"/>.</summary>
    public required string Zone { get; init; }

    /// <summary>In one sentence: where the run is.</summary>
    public required string Now { get; init; }
    public required ImmutableArray<StoryLine> Lines { get; init; }

    /// <param name="document">The run.</param>
    /// <param name="messages">What became of its messages.</param>
    /// <param name="zone">The customer's zone, else the program's.</param>
    public static RunStory Of(RunDocument document, IReadOnlyList<MessageRecord> messages, DateTimeZone zone) => new()
    {
        RunId = document.Run.RunId,
        CustomerId = document.Run.CustomerId,
        Journey = document.Run.Journey,
        Version = document.Run.Version,
        State = document.Status,
        Zone = zone.Id,
        Now = Where(document, zone),
        Lines =
        [
            .. document.Log.Select(line => (line.At, Line: new StoryLine(line.At, Local(line.At, zone), line.Step, Words(line.What, zone), line.Why is null ? null : Words(line.Why, zone))))
                .Concat(messages.Where(static one => one.ProviderId is not null).Select(one => (
                    one.At, Line: new StoryLine(one.At, Local(one.At, zone), one.Step, $"the provider has '{one.Template}' ({one.Locale})", one.ProviderId))))
                .OrderBy(static pair => pair.At).Select(static pair => pair.Line),
        ],
    };

    /// <summary>A moment by the customer's clock, e.g. <c>Thu 5 Mar 2026 17:00</c>.</summary>
    public static string Local(Instant at, DateTimeZone zone) =>
        at.InZone(zone).ToString("ddd d MMM uuuu HH:mm", CultureInfo.InvariantCulture);

    private static string Where(RunDocument document, DateTimeZone zone)
    {
        var run = document.Run;
        if (run.IsFinished) return $"ended as {run.Outcome}{(run.EndedAt is { } ended ? $" on {Local(ended, zone)}" : "")}";
        var open = document.Outbox.Where(static item => !item.IsSettled).Select(static item => item.Effect.Step).ToList();
        var place = run.Position switch
        {
            null => "is about to begin",
            { Step: RunPosition.Holdout } => "is held out: measured, gets nothing",
            { Then: PositionMove.Begin } position => $"goes on with {position.Step}{Until(position.DueAt, zone, " on ")}",
            { Then: PositionMove.After } position => $"goes on after {position.Step}{Until(position.DueAt, zone, " on ")}",
            { } position => $"is at {position.Step} since {Local(position.EnteredAt, zone)}{Until(position.DueAt, zone, ", until ")}",
        };
        if (open.Count > 0) place += $"; not handed over yet: {string.Join(", ", open)}";
        return document.Status == RunStatus.Held ? $"{place}; {HeldBecause(document)}" : place;
    }

    private static string HeldBecause(RunDocument document) => document.Log.FindLast(static line => line.What == RunEdits.Held)?.Why ?? RunEdits.Paused;

    private static string Until(Instant? at, DateTimeZone zone, string word) => at is { } due ? word + Local(due, zone) : "";

    /// <summary>Moments inside a log line are written in UTC; here they are shown by the customer's clock.</summary>
    // What happens to a person once has its type for an id; said once, it is said.
    private static string Words(string text, DateTimeZone zone) =>
        text.Split(' ') is [var type, var id] && type == id ? type : LocalMoments.In(text, moment => Local(moment, zone));
}

/// <summary>One line of a story.</summary>
/// <param name="At">UTC.</param>
/// <param name="Local">By the customer's clock.</param>
/// <param name="Step">Empty: the run itself.</param>
/// <param name="What">What was done or chosen.</param>
/// <param name="Why">What was seen, or why not.</param>
public sealed record StoryLine(Instant At, string Local, string Step, string What, string? Why);
