using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using Loyalty.Core.Serialization;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

/// <summary>Plays one run to its end: a host that is sometimes late and sometimes tells twice.</summary>
internal sealed class RandomHost
{
    private static readonly DateTimeZone[] Zones =
    [
        Sofia, DateTimeZoneProviders.Tzdb["America/New_York"], DateTimeZoneProviders.Tzdb["Australia/Lord_Howe"], DateTimeZoneProviders.Tzdb["Asia/Kolkata"],
    ];

    private readonly RandomJourneys _random;
    private readonly List<Occurrence> _told = [];
    private readonly List<RecordedTurn> _turns = [];
    private int _effectsAtEnd = -1;

    public RandomHost(int seed)
    {
        _random = new RandomJourneys(seed);
        Bench = new Bench(_random.Make(withGoalAndExits: true), heldOut: _random.Chance(0.05)) { Zone = _random.Pick(Zones) };
        if (_random.Chance(0.7)) Bench.Attributes["customer.birthday"] = new AttributeValue.Day(new LocalDate(1990, 1 + _random.Below(12), 1 + _random.Below(28)));
        if (_random.Chance(0.5)) Bench.Attributes["customer.next-order-at"] = Day(_random.Below(60));
        if (_random.Chance(0.2)) Bench.RefuseAward = _ => "budget";
    }

    public Bench Bench { get; }

    /// <summary>Every turn with what it saw and what it decided.</summary>
    public IReadOnlyList<RecordedTurn> Turns => _turns;

    /// <summary>Effects on the customer; what an adaptive split learns comes also after the end, with the goal.</summary>
    private int Acts => Bench.Effects.Count(static effect => effect is not RunEffect.Tally);

    /// <summary>Kinds of the steps that were executed.</summary>
    public IEnumerable<string> Executed =>
        Bench.Run.Steps.Keys.Select(name => Bench.Definition.Index.Find(name)!.Step.GetType().Name).Concat(Bench.Run.Outcome == "over" ? [nameof(JourneyStep.End)] : []).Distinct();

    public void Play()
    {
        var turns = 0;
        Turn();
        while (!Bench.Run.IsFinished)
        {
            Assert.True(++turns < 2000, "it never ends");
            Next();
        }

        for (var i = 0; i < 3; i++) Happen(Bench.Now);
        Assert.Equal(_effectsAtEnd, Acts);
        var keys = Bench.Effects.Select(static e => (e.GetType(), e.Key)).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());

        // Whoever left early takes along what was still to be handed over.
        if (Bench.Run.Outcome is RunOutcomes.Goal or RunOutcomes.Exit or "left") Assert.True(Bench.Cancelled);
    }

    private void Next()
    {
        var due = Bench.Due;
        if (due is null)
        {
            Bench.Now += Duration.FromMinutes(1 + _random.Below(600));
            if (_random.Chance(0.3)) Happen(Bench.Now);
            else Settle();
            return;
        }

        var until = due.Value - Bench.Now;
        if (StepHere() is JourneyStep.HumanTask && _random.Chance(0.6))
        {
            Bench.Now += until * _random.Below(100) / 100;
            Settle();
            return;
        }

        if (_random.Chance(0.4))
        {
            Bench.Now += until * _random.Below(100) / 100;
            Happen(Bench.Now);
        }
        else
        {
            Bench.Now = Instant.Max(Bench.Now, due.Value) + (_random.Chance(0.1) ? Duration.FromHours(_random.Below(200)) : Duration.Zero);
            Turn();
        }
    }

    private JourneyStep? StepHere() => Bench.At is { } at ? Bench.Definition.Index.Find(at)?.Step : null;

    /// <summary>What the step waits for outside comes back, one way or another.</summary>
    private void Settle()
    {
        var result = StepHere() switch
        {
            JourneyStep.Webhook => _random.Pick(StepResults.Done, StepResults.Failed),
            JourneyStep.Offer => _random.Pick(StepResults.Issued, StepResults.SoldOut, StepResults.Failed),
            JourneyStep.HumanTask => _random.Pick("agreed", "refused"),
            _ => _random.Pick("sent", "sent", "withheld", "expired"),
        };
        Turn(new RunSignal.StepSettled(Bench.At!, Bench.Run.Position!.Visit, result, null, Bench.Now));
    }

    private void Happen(Instant now)
    {
        if (_random.Chance(0.2)) Bench.Attributes["customer.orders"] = _random.Below(6);
        if (_told.Count > 0 && _random.Chance(0.2))
        {
            Turn(new RunSignal.Occurred(_told[_random.Below(_told.Count)]));
            return;
        }

        _told.Add(_random.Happening(_told.Count, now - Duration.FromMinutes(_random.Below(300))));
        Turn(new RunSignal.Occurred(_told[^1]));
    }

    private void Turn(params RunSignal[] inbox)
    {
        // What is stored between two turns says all.
        var (before, told) = (LoyaltyJson.Write(Bench.Run), LoyaltyJson.Write(inbox.ToImmutableList()));
        var recorded = new RecordedTurn(before, told, Bench.Now, Bench.Attributes.ToImmutableDictionary());
        Bench.Restore(LoyaltyJson.Read<RunState>(before));
        var (effects, log) = (Bench.Effects.Count, Bench.Log.Count);
        Bench.Turn([.. LoyaltyJson.Read<ImmutableArray<RunSignal>>(told)]);
        _turns.Add(recorded with { Decided = RecordedTurn.Text(Bench.Run, Bench.Effects.Skip(effects), Bench.Log.Skip(log)) });
        if (Bench.Run.IsFinished && _effectsAtEnd < 0) _effectsAtEnd = Acts;
    }

    /// <summary>What the log says of an effect.</summary>
    public static IEnumerable<(string Step, string What)> Told(RunEffect effect) => effect switch
    {
        RunEffect.Send send => [(send.Step, "send " + send.Template)],
        RunEffect.Award award => [(award.Step, string.Create(CultureInfo.InvariantCulture, $"award {award.Points} {award.Wallet}"))],
        RunEffect.Webhook call => [(call.Step, "call " + call.Endpoint)],
        RunEffect.Offer offer => [(offer.Step, "code of " + offer.Code)],
        RunEffect.OpenTask task => [(task.Step, "task for " + task.Queue)],
        RunEffect.Emit emit => [(emit.Step, "emit " + emit.Event.Type)],
        RunEffect.Start start => [(start.Step, "start " + start.Journey)],
        RunEffect.Set set => set.Changes.Select(change => (set.Step, "set " + change switch
        {
            CustomerChange.Fact fact => fact.Name,
            CustomerChange.Tag tag => tag.Name,
            _ => ((CustomerChange.Attribute)change).Name,
        })),
        _ => [],
    };

    /// <summary>Whether a line of the log tells of an effect.</summary>
    public static bool IsDeed(string what) =>
        Deeds.Any(deed => what.StartsWith(deed, StringComparison.Ordinal));

    private static readonly string[] Deeds = ["send ", "award ", "call ", "code of ", "task for ", "emit ", "start ", "set "];

    public static string Json(RunState run) => Encoding.UTF8.GetString(LoyaltyJson.Write(Sorted(run)));

    /// <summary>Hash maps have no order; a sorted copy has one text.</summary>
    private static object Sorted(RunState run) => new
    {
        Run = run with { Steps = StepRecordDictionary.Empty, Entry = run.Entry with { Attributes = run.Entry.Attributes.Clear() }, Seen = [] },
        Seen = run.Seen.Select(o => o.Id),
        Steps = run.Steps.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => new
        {
            s.Key,
            s.Value.Visits,
            s.Value.StartedAt,
            s.Value.EndedAt,
            s.Value.Result,
            s.Value.Reason,
            Values = s.Value.Values.OrderBy(v => v.Key, StringComparer.Ordinal),
            Matched = s.Value.Matched?.Id,
        }),
    };
}

/// <summary>One turn as it was recorded: the run and its inbox as they are stored, the customer and the clock.</summary>
internal sealed record RecordedTurn(byte[] Run, byte[] Inbox, Instant Now, ImmutableDictionary<string, AttributeValue> Attributes)
{
    /// <summary>Run, effects and log lines after it.</summary>
    public string Decided { get; init; } = "";

    /// <summary>Decides once more, from the record alone.</summary>
    public string Replay(Bench bench)
    {
        var input = new TurnInput(
            bench.Definition, LoyaltyJson.Read<RunState>(Run), LoyaltyJson.Read<ImmutableArray<RunSignal>>(Inbox), new AttributeFunction(path => Attributes.GetValueOrDefault(path, AttributeValue.None)), bench.Zone, Now)
        {
            RefuseAward = bench.RefuseAward,
        };
        var decision = JourneyMachine.Decide(input);
        return Text(decision.Run, decision.Effects, decision.Log);
    }

    public static string Text(RunState run, IEnumerable<RunEffect> effects, IEnumerable<RunLogLine> log) =>
        RandomHost.Json(run) + string.Join('\n', effects.Select(static effect => effect.GetType().Name + effect.Step + effect.Visit)) + string.Join('\n', log);
}
