using System.Globalization;
using Loyalty.Core.Journeys;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

/// <summary>Random journeys × random events, moved by a host that is sometimes late and sometimes tells twice.</summary>
public sealed class MachineProperties
{
    /// <summary><c>LOYALTY_JOURNEY_SEEDS</c> makes it longer.</summary>
    private static readonly int Seeds = int.TryParse(Environment.GetEnvironmentVariable("LOYALTY_JOURNEY_SEEDS"), CultureInfo.InvariantCulture, out var seeds) ? seeds : 1500;

    [Fact]
    public void Decide_RandomRuns_NeverStuckNoEffectTwiceNothingAfterTheEnd()
    {
        var outcomes = new Dictionary<string, int>();
        var steps = new Dictionary<string, int>();
        for (var seed = 0; seed < Seeds; seed++)
        {
            var host = new RandomHost(seed);
            host.Play();
            var outcome = host.Bench.Run.Outcome!;
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            foreach (var kind in host.Executed) steps[kind] = steps.GetValueOrDefault(kind) + 1;
        }

        // The generator is worth its name: every way to end was taken.
        foreach (var outcome in new[] { RunOutcomes.Completed, RunOutcomes.Goal, RunOutcomes.Exit, RunOutcomes.HeldOut, "over", "left" })
            Assert.True(outcomes.GetValueOrDefault(outcome) > 10, $"{outcome}: {outcomes.GetValueOrDefault(outcome)}");

        // And every kind of step was executed; a new one must be added to the generator.
        var kinds = typeof(JourneyStep).GetNestedTypes().Where(static type => type.IsSubclassOf(typeof(JourneyStep))).Select(static type => type.Name).ToList();
        Assert.True(kinds.Count >= 14, $"{kinds.Count}");
        Assert.All(kinds, kind => Assert.True(steps.GetValueOrDefault(kind) > 20, $"{kind}: {steps.GetValueOrDefault(kind)}"));
    }

    [Fact]
    public void Decide_RecordedTurns_ReplayToTheSameDecisions()
    {
        var turns = 0;
        for (var seed = 0; seed < Seeds / 3; seed++)
        {
            var host = new RandomHost(seed);
            host.Play();
            foreach (var turn in host.Turns)
            {
                turns++;
                Assert.Equal(turn.Decided, turn.Replay(host.Bench));
            }
        }

        Assert.True(turns > Seeds, $"{turns}");
    }

    [Fact]
    public void Log_OfARandomRun_TellsEveryEffectAndEveryStepsResult()
    {
        var told = 0;
        for (var seed = 0; seed < Seeds / 3; seed++)
        {
            var host = new RandomHost(seed);
            host.Play();
            var log = host.Bench.Log;
            var effects = host.Bench.Effects.SelectMany(RandomHost.Told).ToList();
            told += effects.Count;

            // What was done, in its order, read from the log alone.
            Assert.Equal(effects, log.Where(static line => RandomHost.IsDeed(line.What)).Select(static line => (line.Step, line.What)));
            foreach (var (name, step) in host.Bench.Run.Steps.Where(static pair => pair.Value.Result is not null))
                Assert.True(log.Exists(line => line.Step == name), $"seed {seed}: the log does not speak of {name}: {step.Result}");
            Assert.True(log.Zip(log.Skip(1)).All(static pair => pair.First.At <= pair.Second.At));
            Assert.Contains("ended: " + host.Bench.Run.Outcome, log.Select(static line => line.What));
        }

        Assert.True(told > Seeds, $"{told}");
    }

    [Fact]
    public void Decide_SameSeed_SameDecisions()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var (one, other) = (new RandomHost(seed), new RandomHost(seed));
            one.Play();
            other.Play();
            Assert.Equal(one.Bench.Log, other.Bench.Log);
            Assert.Equal(RandomHost.Json(one.Bench.Run), RandomHost.Json(other.Bench.Run));
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

            Assert.Equal(RandomHost.Json(together.Run), RandomHost.Json(apart.Run));
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

            Assert.Equal(RandomHost.Json(once.Run), RandomHost.Json(twice.Run));
            Assert.Equal(once.Effects.Count, twice.Effects.Count);
        }
    }
}
