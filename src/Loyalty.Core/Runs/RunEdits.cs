using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Runs;

/// <summary>What publishing, pausing and resuming do to a run document; pure, committed under the document's ETag like a turn.</summary>
public static class RunEdits
{
    /// <summary>
    /// Where a run rests after an edit. One with open items or signals stays with the hand that has it. Any other is parked in a new generation,
    /// so that a hand that waits for the old moment is fenced off; the due scan brings it back.
    /// </summary>
    internal static RunDocument Settle(RunDocument before, RunDocument edited, Instant now, RunProtocolSettings settings)
    {
        switch (before.Status)
        {
            case RunStatus.Finished: return edited;
            case RunStatus.Held: return edited with { WakeAt = null };
            case RunStatus.Active when edited.HasOpenItems || !edited.Inbox.IsEmpty || before.Run.Position is null:
                return edited with { WakeAt = Earlier(before.WakeAt, now + settings.WakeSlack) };
            case RunStatus.Parked when edited.HasOpenItems || !edited.Inbox.IsEmpty:
                return edited with { WakeAt = Earlier(before.WakeAt, RunProtocol.NextMoment(edited, now)) };
            default:
                return edited with { Gen = edited.Gen + 1, Status = RunStatus.Parked, WakeAt = RunProtocol.NextMoment(edited, now) };
        }
    }

    /// <summary>What the log calls it.</summary>
    public const string Held = "held";

    /// <summary>Why a run is held: its journey is paused.</summary>
    public const string Paused = "the journey is paused";

    /// <summary>Why a run is held: the person's data may only be stored (GDPR, article 18).</summary>
    public const string Restricted = "the person's data is restricted";

    /// <summary>Nobody moves the run until its journey is resumed, or the restriction lifted. What has come stays in the inbox.</summary>
    /// <param name="document">The run.</param>
    /// <param name="now">The present.</param>
    /// <param name="reason"><see cref="Paused"/> or <see cref="Restricted"/>; stands in its log.</param>
    public static RunDocument Hold(RunDocument document, Instant now, string reason = Paused) => document with
    {
        Gen = document.Gen + 1,
        Status = RunStatus.Held,
        WakeAt = null,
        Log = RunProtocol.Kept(document.Log.Add(new RunLogLine(now, document.Run.Position?.Step ?? "", Held, reason))),
    };

    /// <summary>The journey goes on: the due scan finds the run at its next moment.</summary>
    /// <returns>The same document if it is not held.</returns>
    public static RunDocument Rearm(RunDocument document, Instant now) => document.Status != RunStatus.Held
        ? document
        : document with
        {
            Status = RunStatus.Parked,
            WakeAt = RunProtocol.NextMoment(document, now),
            Log = RunProtocol.Kept(document.Log.Add(new RunLogLine(now, document.Run.Position?.Step ?? "", "resumed", null))),
        };

    /// <summary>A held run whose inbox ends it (exit, erase): it gets a hand at once, whatever its journey does.</summary>
    public static RunDocument Release(RunDocument document, Instant now, RunProtocolSettings settings) => document.Status != RunStatus.Held
        ? document
        : document with { Gen = document.Gen + 1, Status = RunStatus.Active, WakeAt = now + settings.WakeSlack };

    private static Instant Earlier(Instant? one, Instant other) => one is { } value && value < other ? value : other;
}
