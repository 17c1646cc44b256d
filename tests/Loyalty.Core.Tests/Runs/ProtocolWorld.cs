using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Core.Tests.Runs;

/// <summary>
/// The whole system around one run document as a value: hands (orchestrations and sweeps) at each of their persistence points, announcements
/// under way, the provider, the clock. It executes the real <see cref="RunProtocol"/>; only the journey is a small stub.
/// </summary>
internal sealed record ProtocolWorld
{
    public const int Events = 2;

    public required RunDocument Document { get; init; }
    public required RunProtocolSettings Settings { get; init; }
    public Instant Now { get; init; } = Instant.FromUtc(2026, 1, 1, 0, 0);

    /// <summary>Raised by every commit: the ETag.</summary>
    public int Version { get; init; }
    public int EventsApplied { get; init; }
    public ImmutableList<Instant> AppendedAt { get; init; } = [];
    public ImmutableList<(Announcement What, int Gen)> Announcements { get; init; } = [];
    public ImmutableList<Hand> Hands { get; init; } = [];

    /// <summary>Instance ids are never started twice.</summary>
    public ImmutableSortedSet<int> StartedGens { get; init; } = [];
    public ImmutableSortedDictionary<string, int> Taken { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
    public ImmutableSortedDictionary<string, int> HandedOver { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
    public int Faults { get; init; }

    /// <summary>How often time passed although something could have moved: a slow hand.</summary>
    public int Delays { get; init; }
    public Duration WorstLateness { get; init; }

    public static ProtocolWorld Start(RunProtocolSettings settings)
    {
        var now = Instant.FromUtc(2026, 1, 1, 0, 0);
        var run = new RunState
        {
            RunId = "r",
            CustomerId = "c",
            Journey = "j",
            Version = 1,
            KeyValue = "c",
            Entry = StubJourney.Event(0, now),
            EnteredAt = now,
        };
        return new ProtocolWorld
        {
            Document = RunProtocol.Begin(run, now, settings),
            Settings = settings,
            Now = now,
            Announcements = [(Announcement.Start, 1)],
        };
    }

    public ProtocolWorld Commit(RunDocument document) => this with { Document = document, Version = Version + 1 };

    /// <summary>
    /// Leaves out what can change nothing any more: a hand of an older generation that is not in a delivery (its next turn is superseded), the
    /// start or poke of an older generation, an orchestrator that has returned (its instance id stays taken).
    /// </summary>
    public ProtocolWorld Reduced() => this with
    {
        Hands = Hands.RemoveAll(hand => hand.Phase == Phase.Ending || (hand.Gen < Document.Gen && !hand.IsDelivering)
            || (hand.Gen < Document.Gen && hand.Phase == Phase.Claim && !Document.Outbox.Any(item => item.Key == hand.Item && !item.IsSettled))),
        Announcements = Announcements.RemoveAll(one => one.Gen < Document.Gen),
    };

    public ProtocolWorld With(int hand, Hand next) => this with { Hands = Hands.SetItem(hand, next) };

    public ProtocolWorld Without(int hand) => this with { Hands = Hands.RemoveAt(hand) };

    /// <summary>What distinguishes two worlds for the future: times are told relative to now.</summary>
    public string Key()
    {
        var text = new StringBuilder(256);
        var run = Document.Run;
        text.Append(Document.Gen).Append((char)('a' + (int)Document.Status)).Append(Ahead(Document.WakeAt)).Append('|')
            .Append(run.Position?.Step).Append(Ahead(run.Position?.DueAt)).Append(run.Outcome is null ? 'L' : 'F').Append('|');
        foreach (var seen in run.Seen) text.Append(seen.Id);
        foreach (var signal in Document.Inbox) text.Append(signal.Key).Append(',');
        foreach (var item in Document.Outbox)
            text.Append(item.Key).Append((char)('a' + (int)item.State)).Append(Ahead(item.LeaseUntil)).Append(Ahead(item.ClaimedAt)).Append(';');
        text.Append('|').Append(EventsApplied).Append(' ').Append(Faults).Append(' ').Append(Delays);
        foreach (var (what, gen) in Announcements.OrderBy(one => (one.Gen, one.What))) text.Append((char)('a' + (int)what)).Append(gen);
        text.Append('|');
        foreach (var hand in Hands.Select(one => one.Key(this)).Order(StringComparer.Ordinal)) text.Append(hand).Append('/');
        text.Append('|').Append(StartedGens.Contains(Document.Gen) ? 's' : '-').Append('|').AppendJoin(',', Taken).Append('|').AppendJoin(',', HandedOver);
        return text.ToString();
    }

    public string Ahead(Instant? moment) => moment switch
    {
        null => "-",
        { } value when value <= Now => "0",
        // Only one far moment exists at a time (the wait's end); how far it is changes nothing.
        { } value when value - Now > Duration.FromMinutes(30) => "F",
        { } value => ((long)(value - Now).TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

/// <summary>A hand between two persistence points.</summary>
internal sealed record Hand(int Gen, bool IsSweep, Phase Phase)
{
    public string? Item { get; init; }
    public Instant? Until { get; init; }
    public bool IsPoked { get; init; }

    /// <summary>The version of the document that a question at the provider was based on.</summary>
    public int AskedAt { get; init; }
    public Instant ClaimedAt { get; init; }

    public bool IsDelivering => Phase is Phase.Claim or Phase.Call or Phase.Ask or Phase.Settle;

    public string Key(ProtocolWorld world) =>
        $"{Gen}{(IsSweep ? 's' : 'j')}{(int)Phase}{Item}{world.Ahead(Until)}{(IsPoked ? 'p' : ' ')}"
        + (Phase == Phase.Ask ? (AskedAt == world.Version ? "=" : "!") : "")
        + (Phase == Phase.Call ? (world.Now < ClaimedAt + world.Settings.ClaimLease / 2 ? "<" : ">") : "");
}

internal enum Phase
{
    /// <summary>AdvanceRun is about to load, decide and commit.</summary>
    Advance,

    /// <summary>AdvanceRun has committed; its result is not recorded.</summary>
    AdvanceDone,

    /// <summary>DeliverMessage is about to claim.</summary>
    Claim,

    /// <summary>DeliverMessage has the claim and is about to call the provider.</summary>
    Call,

    /// <summary>DeliverMessage is about to ask the provider about a claim that ran out.</summary>
    Ask,

    /// <summary>The provider has it; the outcome is not committed.</summary>
    Settle,

    /// <summary>Waiting for the timer or a poke.</summary>
    Wait,

    /// <summary>The orchestrator has returned; the instance still exists.</summary>
    Ending,
}

/// <summary>first mail → waits 20 h (stays active) for an event → second mail → waits 10 days (parks) for the other event → finished.</summary>
internal static class StubJourney
{
    public static Occurrence Event(int number, Instant at) =>
        new($"e{number}", "e", at, ImmutableDictionary<string, AttributeValue>.Empty);

    public static TurnDecision Decide(RunState run, ImmutableArray<RunSignal> inbox, Instant now)
    {
        var effects = ImmutableArray.CreateBuilder<RunEffect>();
        foreach (var signal in inbox.OfType<RunSignal.Occurred>()) run = run with { Seen = run.Seen.Add(signal.Event) };
        var isSettled = inbox.Any(signal => signal is RunSignal.StepSettled settled && settled.Step == run.Position?.Step);
        while (!run.IsFinished)
        {
            switch (run.Position?.Step)
            {
                case null: run = Mail(run, "mail1", now, effects); return Decision(run, effects);
                case "mail1" when isSettled: run = At(run, "near", now, now + Duration.FromHours(20)); break;
                case "near" when run.Seen.Count > 0: run = Mail(run with { Seen = run.Seen.RemoveAt(0) }, "mail2", now, effects); return Decision(run, effects);
                case "near" when run.Position.DueAt <= now: run = Mail(run, "mail2", now, effects); return Decision(run, effects);
                case "mail2" when isSettled: run = At(run, "far", now, now + Duration.FromDays(10)); break;
                case "far" when run.Seen.Count > 0 || run.Position.DueAt <= now:
                    run = run with { Position = null, Outcome = "completed", EndedAt = now, Seen = [] };
                    break;
                default: return Decision(run, effects);
            }

            isSettled = false;
        }

        return Decision(run, effects);
    }

    private static RunState At(RunState run, string step, Instant now, Instant? due) =>
        run with { Position = new RunPosition(step, 1, now, due) };

    private static RunState Mail(RunState run, string step, Instant now, ImmutableArray<RunEffect>.Builder effects)
    {
        effects.Add(new RunEffect.Send(step, 1, "t", "offers", false, ImmutableDictionary<string, AttributeValue>.Empty, null, now + Duration.FromDays(3)));
        return At(run, step, now, null);
    }

    private static TurnDecision Decision(RunState run, ImmutableArray<RunEffect>.Builder effects) => new(run, effects.ToImmutable(), false, []);
}
