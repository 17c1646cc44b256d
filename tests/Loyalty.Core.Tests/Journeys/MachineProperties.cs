using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Journeys;
using Loyalty.Core.Serialization;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

/// <summary>Random journeys × random events, moved by a host that is sometimes late and sometimes tells twice.</summary>
public sealed class MachineProperties
{
    private const int Seeds = 1500;

    private static readonly DateTimeZone[] Zones =
    [
        Sofia, DateTimeZoneProviders.Tzdb["America/New_York"], DateTimeZoneProviders.Tzdb["Australia/Lord_Howe"], DateTimeZoneProviders.Tzdb["Asia/Kolkata"],
    ];

    [Fact]
    public void Decide_RandomRuns_NeverStuckNoEffectTwiceNothingAfterTheEnd()
    {
        var outcomes = new Dictionary<string, int>();
        for (var seed = 0; seed < Seeds; seed++)
        {
            var host = new Host(seed);
            host.Play();
            var outcome = host.Bench.Run.Outcome!;
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
        }

        // The generator is worth its name: every way to end was taken.
        foreach (var outcome in new[] { RunOutcomes.Completed, RunOutcomes.Goal, RunOutcomes.Exit, RunOutcomes.HeldOut, "over", "left" })
            Assert.True(outcomes.GetValueOrDefault(outcome) > 10, $"{outcome}: {outcomes.GetValueOrDefault(outcome)}");
    }

    [Fact]
    public void Decide_SameSeed_SameDecisions()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var (one, other) = (new Host(seed), new Host(seed));
            one.Play();
            other.Play();
            Assert.Equal(one.Bench.Log, other.Bench.Log);
            Assert.Equal(Json(one.Bench.Run), Json(other.Bench.Run));
        }
    }

    [Fact]
    public void Decide_OneInboxOrSeveralTurnsAtTheSameNow_SameRunAndEffects()
    {
        var compared = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new RandomJourneys(seed);
            var journey = random.Make(withGoalAndExits: false);
            var events = Enumerable.Range(0, 1 + random.Below(6))
                .Select(i => random.Happening(i, Day(random.Below(100) / 100.0))).OrderBy(e => e.At).ThenBy(e => e.Id, StringComparer.Ordinal).ToArray();
            var (together, apart) = (new Bench(journey).Turn(), new Bench(journey).Turn());
            if (together.Run.IsFinished) continue;

            // Not after the limit: there the first turn alone lets it fire.
            together.Now = apart.Now = together.Due is { } due && due <= Day(1) ? due - Duration.FromTicks(1) : Day(1);
            events = [.. events.Where(e => e.At <= together.Now)];
            together.Tell(events);
            foreach (var e in events) apart.Tell(e);

            Assert.Equal(Json(together.Run), Json(apart.Run));
            Assert.Equal(together.Effects.Select(e => (e.Step, e.Visit)), apart.Effects.Select(e => (e.Step, e.Visit)));
            compared++;
        }

        Assert.True(compared > Seeds / 4, $"{compared}");
    }

    [Fact]
    public void Decide_InboxToldTwice_SameAsOnce()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new RandomJourneys(seed);
            var journey = random.Make(withGoalAndExits: true);
            var events = Enumerable.Range(0, 1 + random.Below(6)).Select(i => random.Happening(i, Day(random.Below(100) / 100.0))).ToArray();
            var (once, twice) = (new Bench(journey).Turn(), new Bench(journey).Turn());
            once.On(1).Tell(events);
            twice.On(1).Tell(events).Tell(events);

            Assert.Equal(Json(once.Run), Json(twice.Run));
            Assert.Equal(once.Effects.Count, twice.Effects.Count);
        }
    }

    private static string Json(RunState run) => Encoding.UTF8.GetString(LoyaltyJson.Write(Sorted(run)));

    /// <summary>Hash maps have no order; a sorted copy has one text.</summary>
    private static object Sorted(RunState run) => new
    {
        Run = run with { Steps = ImmutableDictionary<string, StepRecord>.Empty, Entry = run.Entry with { Attributes = run.Entry.Attributes.Clear() }, Seen = [] },
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

    /// <summary>Plays one run to its end.</summary>
    private sealed class Host
    {
        private readonly RandomJourneys _random;
        private readonly List<Occurrence> _told = [];
        private int _effectsAtEnd = -1;

        public Host(int seed)
        {
            _random = new RandomJourneys(seed);
            Bench = new Bench(_random.Make(withGoalAndExits: true), heldOut: _random.Chance(0.05)) { Zone = _random.Pick(Zones) };
            if (_random.Chance(0.7)) Bench.Attributes["customer.birthday"] = new AttributeValue.Day(new LocalDate(1990, 1 + _random.Below(12), 1 + _random.Below(28)));
            if (_random.Chance(0.5)) Bench.Attributes["customer.next-order-at"] = Day(_random.Below(60));
            if (_random.Chance(0.2)) Bench.RefuseAward = _ => "budget";
        }

        public Bench Bench { get; }

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
            Assert.Equal(_effectsAtEnd, Bench.Effects.Count);
            var keys = Bench.Effects.Select(e => (e.GetType(), e.Step, e.Visit)).ToList();
            Assert.Equal(keys.Count, keys.Distinct().Count());
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
            var input = LoyaltyJson.Read<ImmutableList<RunSignal>>(LoyaltyJson.Write(inbox.ToImmutableList()));
            Bench.Restore(LoyaltyJson.Read<RunState>(LoyaltyJson.Write(Bench.Run)));
            Bench.Turn([.. input]);
            if (Bench.Run.IsFinished && _effectsAtEnd < 0) _effectsAtEnd = Bench.Effects.Count;
        }
    }
}
