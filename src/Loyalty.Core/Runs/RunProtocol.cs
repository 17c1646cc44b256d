using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Runs;

/// <summary>
/// The protocol between the run document and the hands that move it (orchestrations, sweeps, deliveries): pure functions from a document to
/// the next one. Every answer is committed under the document's ETag before anything is done outside, so two hands cannot both succeed.
/// </summary>
/// <remarks>
/// Promises, explored exhaustively in tests/Loyalty.Core.Tests/Runs: a signal is taken by exactly one turn; an item is handed over at most once;
/// a run that is neither held nor finished has a <see cref="RunDocument.WakeAt"/> no later than two minutes after its next moment;
/// nothing finishes with a signal or an item left.
/// </remarks>
public static class RunProtocol
{
    /// <summary>Signals a run can hold; above, the oldest occurrences that no step awaits are dropped with a log line.</summary>
    public const int InboxLimit = 100;

    /// <summary>Log lines kept in the document.</summary>
    public const int LogLimit = 200;

    /// <summary>After this many failed turns <c>wakeAt</c> backs off to an hour.</summary>
    public const int BackOffAfterFailures = 5;

    /// <summary>After this many failed turns the run is flagged.</summary>
    public const int StalledAfterFailures = 10;

    /// <summary>The durable instance that moves a run in one generation.</summary>
    public static string InstanceId(string runId, int gen) => $"{runId}:{gen}";

    /// <summary>A run that has just begun; its first turn is the orchestration's. Announce <see cref="Announcement.Start"/>.</summary>
    public static RunDocument Begin(RunState run, Instant now, RunProtocolSettings settings) => new()
    {
        Run = run,
        Gen = 1,
        Status = RunStatus.Active,
        WakeAt = now + settings.WakeSlack,
    };

    /// <summary>Puts a signal into the inbox and says what has to be announced once this is committed.</summary>
    public static (RunDocument Document, Announcement Announcement) Append(
        RunDocument document, RunSignal signal, Instant now, RunProtocolSettings settings)
    {
        return Append(document, document.Outbox, signal, now, settings);
    }

    /// <summary>A signal, together with what it leaves of the outbox.</summary>
    private static (RunDocument Document, Announcement Announcement) Append(
        RunDocument document, ImmutableArray<OutboxItem> outbox, RunSignal signal, Instant now, RunProtocolSettings settings)
    {
        switch (document.Status)
        {
            case RunStatus.Finished: return (outbox == document.Outbox ? document : document with { Outbox = outbox }, Announcement.None);
            case RunStatus.Held: return (document with { Outbox = outbox, Inbox = With(document.Inbox, signal) }, Announcement.None);
            case RunStatus.Parked:
                var unparked = document with
                {
                    Outbox = outbox,
                    Inbox = With(document.Inbox, signal),
                    Gen = Has(settings, RunProtocolParts.NewGenerationAtPark) ? document.Gen + 1 : document.Gen,
                    Status = RunStatus.Active,
                    WakeAt = now + settings.WakeSlack,
                };
                return (unparked, Announcement.Start);
            default:
                var wakeAt = Has(settings, RunProtocolParts.WakeOnAppend) ? Earlier(document.WakeAt, now + settings.WakeSlack) : document.WakeAt;
                return (document with { Outbox = outbox, Inbox = With(document.Inbox, signal), WakeAt = wakeAt }, Announcement.Poke);
        }
    }

    /// <summary>The inbox with a signal at its end; the same signal twice is one.</summary>
    private static ImmutableArray<RunSignal> With(ImmutableArray<RunSignal> inbox, RunSignal signal)
    {
        foreach (var known in inbox)
        {
            if (known.IsSameAs(signal)) return Bounded(inbox);
        }

        return Bounded(inbox.Add(signal));
    }

    /// <summary>
    /// One turn by a hand of generation <paramref name="gen"/>: takes the whole inbox, lets the journey decide until it must wait, queues its
    /// sends. The caller posts the awards in the same batch.
    /// </summary>
    public static TurnOutcome Advance(
        RunDocument document,
        int gen,
        Instant now,
        Func<RunState, ImmutableArray<RunSignal>, TurnDecision> decide,
        RunProtocolSettings settings) => Advance(document, gen, now, decide, static (decide, run, inbox) => decide(run, inbox), settings);

    /// <inheritdoc cref="Advance(RunDocument, int, Instant, Func{RunState, ImmutableList{RunSignal}, TurnDecision}, RunProtocolSettings)"/>
    /// <typeparam name="T">What the decision is made from beside run and inbox.</typeparam>
    public static TurnOutcome Advance<T>(
        RunDocument document,
        int gen,
        Instant now,
        T input,
        Func<T, RunState, ImmutableArray<RunSignal>, TurnDecision> decide,
        RunProtocolSettings settings)
    {
        if (document.Gen > gen) return new TurnOutcome.Superseded();
        if (document.Status is RunStatus.Finished or RunStatus.Held) return new TurnOutcome.Rests(document);

        var decision = decide(input, document.Run, document.Inbox);
        var outbox = Unsettled(document.Outbox);
        if (decision.CancelQueued && !outbox.IsEmpty) outbox = CancelledAll(outbox, now);
        foreach (var effect in decision.Effects)
        {
            if (effect.IsOutgoing) outbox = outbox.Add(new OutboxItem { Effect = effect, QueuedAt = now, NotBefore = (effect as RunEffect.Send)?.NotBefore });
        }

        var (status, wakeAt) = Rest(decision.Run, outbox, now, settings);
        var next = document with
        {
            Run = decision.Run,
            Inbox = [],
            Outbox = outbox,
            Log = decision.Log.IsEmpty ? document.Log : Kept(document.Log.AddRange(decision.Log)),
            Failures = 0,
            IsStalled = false,
            Status = status,
            WakeAt = wakeAt,
        };
        return new TurnOutcome.Turned(next, decision.Effects);
    }

    /// <summary>What is open of the outbox: nearly always all of it, or nothing.</summary>
    private static ImmutableArray<OutboxItem> Unsettled(ImmutableArray<OutboxItem> outbox)
    {
        var settled = 0;
        foreach (var item in outbox)
        {
            if (item.IsSettled) settled++;
        }

        if (settled == 0) return outbox;
        return settled == outbox.Length ? [] : outbox.RemoveAll(static item => item.IsSettled);
    }

    /// <summary>Where a run comes to rest after a turn, which has taken its whole inbox: finished, parked or active, with the <c>wakeAt</c> that follows.</summary>
    private static (RunStatus Status, Instant? WakeAt) Rest(RunState run, ImmutableArray<OutboxItem> outbox, Instant now, RunProtocolSettings settings)
    {
        if (run.IsFinished && !outbox.HasOpen()) return (RunStatus.Finished, null);
        var due = NextMoment(run, outbox, now);
        // Whoever waits for a turn under a shared limit waits with many: no orchestration each, the due scan brings them back.
        if (due - now > settings.ParkLongerThan || (due - now > settings.WakeSlack && IsPaced(outbox))) return (RunStatus.Parked, due);
        return (RunStatus.Active, ActiveWakeAt(run, outbox, due, settings));
    }

    /// <summary>
    /// Whether a parked run that is woken, and in which a turn then changes nothing, would be parked again until the very same moment: what does not concern it
    /// need not wake it.
    /// </summary>
    public static bool StaysParked(RunDocument document, Instant now, RunProtocolSettings settings)
    {
        if (document.Status != RunStatus.Parked || document.Failures > 0 || !document.Inbox.IsEmpty) return false;
        return Unsettled(document.Outbox) == document.Outbox
            && Rest(document.Run, document.Outbox, now, settings) == (RunStatus.Parked, document.WakeAt);
    }

    private static bool IsPaced(ImmutableArray<OutboxItem> outbox) => !outbox.IsEmpty
        && outbox.Any(static item => item is { State: OutboxState.Open, Reason: WithholdReasons.ProviderQuota or WithholdReasons.Budget });

    /// <summary>The next moment at which something is to be done: the wait's end or an open item's, never before now.</summary>
    public static Instant NextMoment(RunDocument document, Instant now) =>
        document.Inbox.IsEmpty ? NextMoment(document.Run, document.Outbox, now) : now;

    private static Instant NextMoment(RunState run, ImmutableArray<OutboxItem> outbox, Instant now)
    {
        var due = run.IsFinished ? null : run.Position?.DueAt;
        foreach (var item in outbox)
        {
            if (!item.IsSettled) due = Earlier(due, item.DueAt(now));
        }

        return Instant.Max(now, due ?? now);
    }

    /// <summary>Before the provider is called: takes the item, or says why not.</summary>
    /// <param name="document">The run's document.</param>
    /// <param name="key">The item's key.</param>
    /// <param name="now">The clock.</param>
    /// <param name="settings">The protocol's times.</param>
    public static ClaimOutcome Claim(RunDocument document, string key, Instant now, RunProtocolSettings settings)
    {
        var item = document.Outbox.Of(key);
        if (item is null || item.IsSettled) return new ClaimOutcome.AlreadySettled();
        switch (item.State)
        {
            case OutboxState.Claimed when now < item.LeaseUntil: return new ClaimOutcome.NotYet(item.LeaseUntil!.Value);
            case OutboxState.Claimed: return new ClaimOutcome.AskProvider(item);
            case OutboxState.Unknown when now < item.UnknownUntil: return new ClaimOutcome.NotYet(item.UnknownUntil!.Value);
            case OutboxState.Unknown: return new ClaimOutcome.UnknownForGood(item);
            case OutboxState.Open when now < item.NotBefore: return new ClaimOutcome.NotYet(item.NotBefore!.Value);
            default: return new ClaimOutcome.Claimed(TakeLease(document, item, now, settings));
        }
    }

    /// <summary>The provider has never seen an expired claim's operation: claim it anew.</summary>
    public static RunDocument ClaimAnew(RunDocument document, string key, Instant now, RunProtocolSettings settings) =>
        TakeLease(document, document.Outbox.Of(key)!, now, settings);

    /// <summary>A claimed message with the address it goes to, by its hash: what is answered or reported later is held against it.</summary>
    public static RunDocument Addressed(RunDocument document, string key, string addressHash) =>
        document.Outbox.Of(key) is { } item ? document with { Outbox = document.Outbox.With(item with { AddressHash = addressHash }) } : document;

    /// <summary>The provider cannot be asked about an expired claim: wait for a delivery report until the window ends.</summary>
    public static RunDocument MarkUnknown(RunDocument document, string key, Instant now, RunProtocolSettings settings)
    {
        var item = document.Outbox.Of(key)!;
        var marked = item with { State = OutboxState.Unknown, UnknownUntil = now + settings.UnknownWindow };
        return Reschedule(document, document.Outbox.With(marked), now, settings);
    }

    /// <summary>Puts an item that may not go yet back, to be looked at again at <paramref name="notBefore"/>.</summary>
    public static RunDocument Defer(RunDocument document, string key, Instant notBefore, string reason, Instant now, RunProtocolSettings settings)
    {
        var item = document.Outbox.Of(key);
        if (item is null || item.IsSettled) return document;
        var deferred = item with { State = OutboxState.Open, NotBefore = notBefore, Reason = reason, ClaimedAt = null, LeaseUntil = null };
        return Reschedule(document, document.Outbox.With(deferred), now, settings);
    }

    /// <summary>Records an item's outcome together with the signal that lets its step end. A second outcome changes nothing.</summary>
    /// <param name="document">The run's document.</param>
    /// <param name="key">The item's key.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="reason">Why; null: nothing to tell.</param>
    /// <param name="providerId">What the provider calls it; null: it told none.</param>
    /// <param name="now">The clock.</param>
    /// <param name="settings">The protocol's times.</param>
    /// <param name="values">What the step leaves, by name; null: nothing.</param>
    public static (RunDocument Document, Announcement Announcement) SettleItem(
        RunDocument document,
        string key,
        string result,
        string? reason,
        string? providerId,
        Instant now,
        RunProtocolSettings settings,
        ImmutableDictionary<string, AttributeValue>? values = null)
    {
        var item = document.Outbox.Of(key);
        if (item is null || item.IsSettled) return (document, Announcement.None);
        var settled = item with
        {
            State = OutboxState.Settled,
            Result = result,
            Reason = reason,
            ProviderId = providerId,
            SettledAt = now,
        };
        var outbox = document.Outbox.With(settled);
        // Nobody waits for it: the hand's next turn, or the due scan's, sees that it is done.
        if (!item.Effect.IsAwaited) return (Reschedule(document, outbox, now, settings), Announcement.None);
        var signal = new RunSignal.StepSettled(item.Effect.Step, item.Effect.Visit, result, reason, now)
        {
            Values = values ?? ImmutableDictionary<string, AttributeValue>.Empty,
        };
        return Append(document, outbox, signal, now, settings);
    }

    /// <summary>The due scan takes a run whose moment has passed: a new generation, so that whoever had it is fenced off.</summary>
    /// <returns>null where the run is not due any more.</returns>
    public static RunDocument? ClaimDue(RunDocument document, Instant now, RunProtocolSettings settings)
    {
        if (document.Status is RunStatus.Held or RunStatus.Finished || document.WakeAt is not { } wakeAt || wakeAt > now) return null;
        return document with { Gen = document.Gen + 1, Status = RunStatus.Active, WakeAt = now + settings.WakeSlack };
    }

    /// <summary>A turn that threw: counted, and tried again later and later.</summary>
    public static RunDocument Fail(RunDocument document, string what, Instant now, RunProtocolSettings settings)
    {
        var failures = document.Failures + 1;
        var pause = failures < BackOffAfterFailures ? settings.WakeSlack : Duration.FromHours(1);
        return document with
        {
            Failures = failures,
            IsStalled = failures >= StalledAfterFailures,
            WakeAt = now + pause,
            Log = Kept(document.Log.Add(new RunLogLine(now, document.Run.Position?.Step ?? "", "turn failed", what))),
        };
    }

    /// <summary>A finished run has something left to tell (its goal came late): it lives until that is done.</summary>
    public static (RunDocument Document, Announcement Announcement) Reopen(
        RunDocument document, IEnumerable<RunEffect> effects, Instant now, RunProtocolSettings settings)
    {
        var items = effects.Where(static effect => effect.IsOutgoing).Select(effect => new OutboxItem { Effect = effect, QueuedAt = now }).ToList();
        if (items.Count == 0 || document.Status != RunStatus.Finished) return (document, Announcement.None);
        var next = document with { Outbox = document.Outbox.AddRange(items), Gen = document.Gen + 1, Status = RunStatus.Active };
        return (next with { WakeAt = now + settings.WakeSlack }, Announcement.Start);
    }

    private static RunDocument TakeLease(RunDocument document, OutboxItem item, Instant now, RunProtocolSettings settings)
    {
        if (!Has(settings, RunProtocolParts.Claim)) return document;
        var claimed = item with
        {
            State = OutboxState.Claimed,
            Attempt = item.Attempt + 1,
            ClaimedAt = now,
            LeaseUntil = now + settings.ClaimLease,
        };
        return Reschedule(document, document.Outbox.With(claimed), now, settings);
    }

    /// <summary>After a change of the outbox that is no turn: <c>wakeAt</c> may come nearer or go further, the status stays.</summary>
    private static RunDocument Reschedule(RunDocument document, ImmutableArray<OutboxItem> outbox, Instant now, RunProtocolSettings settings)
    {
        if (document.Status != RunStatus.Active) return document with { Outbox = outbox };
        var due = document.Inbox.IsEmpty ? NextMoment(document.Run, outbox, now) : now;
        return document with { Outbox = outbox, WakeAt = ActiveWakeAt(document.Run, outbox, due, settings) };
    }

    private static Instant ActiveWakeAt(RunState run, ImmutableArray<OutboxItem> outbox, Instant due, RunProtocolSettings settings)
    {
        if (!Has(settings, RunProtocolParts.WakeWhileOutboxOpen) && outbox.HasOpen())
        {
            // The part switched off: as if only the wait itself were watched.
            return Instant.Max(due, run.Position?.DueAt ?? due + Duration.FromDays(30));
        }

        return due + settings.WakeSlack;
    }

    private static ImmutableArray<OutboxItem> CancelledAll(ImmutableArray<OutboxItem> outbox, Instant now) =>
        [.. outbox.Select(item => item.State == OutboxState.Open && item.Effect.IsAwaited ? Cancelled(item, now) : item)];

    private static OutboxItem Cancelled(OutboxItem item, Instant now) =>
        item with { State = OutboxState.Settled, Result = "withheld", Reason = "cancelled", SettledAt = now };

    private static ImmutableArray<RunSignal> Bounded(ImmutableArray<RunSignal> inbox)
    {
        if (inbox.Length <= InboxLimit) return inbox;
        var oldest = 0;
        while (oldest < inbox.Length && inbox[oldest] is not RunSignal.Occurred) oldest++;
        return oldest == inbox.Length ? inbox : inbox.RemoveAt(oldest);
    }

    internal static ImmutableList<RunLogLine> Kept(ImmutableList<RunLogLine> log) =>
        log.Count <= LogLimit ? log : log.RemoveRange(0, log.Count - LogLimit);

    private static Instant Earlier(Instant? one, Instant other) => one is { } value && value < other ? value : other;

    private static bool Has(RunProtocolSettings settings, RunProtocolParts part) => (settings.Parts & part) == part;
}
