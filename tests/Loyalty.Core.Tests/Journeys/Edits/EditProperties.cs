using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using Loyalty.Core.Journeys.Edits;
using Loyalty.Core.Runs;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys.Edits;

/// <summary>Random journeys, edited at random moments into other random journeys of the same step names: whatever the edit, nothing is done twice and nobody is stranded.</summary>
public sealed class EditProperties
{
    private const int Seeds = 1500;
    private static readonly RunProtocolSettings Settings = RunProtocolSettings.Default;

    [Fact]
    public void Follow_RandomEditsOfRandomRuns_NothingTwiceAndNobodyStranded()
    {
        int edited = 0, finished = 0, moved = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var life = new Life(seed);
            life.Live();
            edited += life.Edits;
            moved += life.Moved;
            if (life.Document.Run.IsFinished) finished++;
        }

        // The generator is worth its name.
        Assert.True(edited > Seeds / 3, $"{edited} edits");
        Assert.True(moved > Seeds / 10, $"{moved} people whose step was gone");
        Assert.Equal(Seeds, finished);
    }

    private sealed class Life
    {
        private readonly RandomJourneys _random;
        private readonly Bench _bench;
        private readonly HashSet<string> _sent = new(StringComparer.Ordinal);
        private readonly HashSet<string> _awarded = new(StringComparer.Ordinal);
        private readonly int _seed;
        private ImmutableDictionary<string, string> _used;
        private JourneyDefinition _definition;
        private Instant _now = Bench.Start;

        public Life(int seed)
        {
            _seed = seed;
            _random = new RandomJourneys(seed);
            _definition = _random.Make(withGoalAndExits: false);
            _bench = new Bench(_definition);
            _used = StepIdentity.Of(_definition).ToImmutableDictionary(StringComparer.Ordinal);
            Document = RunProtocol.Begin(_bench.Run, _now, Settings);
        }

        public RunDocument Document { get; private set; }

        public int Edits { get; private set; }

        public int Moved { get; private set; }

        public void Live()
        {
            for (var turn = 0; turn < 400 && !Document.Run.IsFinished; turn++)
            {
                if (_random.Chance(0.25)) Edit(turn);
                Turn();
                Deliver();
                if (Document.Run.IsFinished) continue;
                var due = RunProtocol.NextMoment(Document, _now);
                Assert.True(due - _now < Duration.FromDays(4000), $"seed {_seed}: waits until {due}");
                _now = Instant.Max(due, _now + Duration.FromMinutes(_random.Below(600)));
            }
        }

        private void Turn()
        {
            var outcome = RunProtocol.Advance(
                Document, int.MaxValue, _now, (run, inbox) => JourneyMachine.Decide(Input(run, inbox)), Settings);
            var turned = Assert.IsType<TurnOutcome.Turned>(outcome);
            Document = turned.Document;
            foreach (var effect in turned.Effects)
            {
                if (effect is RunEffect.Award) Assert.True(_awarded.Add($"{effect.KeyStep}:{effect.Visit}"), $"seed {_seed}: {effect.KeyStep} awarded twice");
                // A task that was opened in a repeat is closed wherever its step stands by then.
                Assert.True(effect.Visit == 1 || effect is RunEffect.CloseTask || InRepeat(effect.Step), $"seed {_seed}: {effect.Step} executed again outside repeat");
            }
        }

        /// <summary>Most items are handed over at once, some are still open when the next edit comes.</summary>
        private void Deliver()
        {
            foreach (var item in Document.Outbox.Where(one => !one.IsSettled && one.DueAt(_now) <= _now))
            {
                if (_random.Chance(0.3)) continue;
                Assert.True(_sent.Add(item.Key), $"seed {_seed}: {item.Key} sent twice");
                Document = RunProtocol.SettleItem(Document, item.Key, _random.Pick("sent", "withheld"), null, null, _now, Settings).Document;
            }
        }

        private void Edit(int turn)
        {
            var other = new RandomJourneys(_seed * 1000 + turn).Make(withGoalAndExits: false) with { Version = _definition.Version + 1 };
            var old = _definition.Index.InOrder.Select(static place => place.Step.Name).ToArray();
            var now = other.Index.InOrder.Select(static place => place.Step.Name).ToArray();
            var moves = _random.Chance(0.5)
                ? ImmutableSortedDictionary<string, string>.Empty
                : ImmutableSortedDictionary<string, string>.Empty.Add(_random.Pick(old), _random.Pick(now));
            var ids = StepIdentity.Assign(_definition, other, moves, _used);
            other = other with { StepIds = ids };
            Assert.Equal(now.Length, now.Select(other.IdOf).Distinct(StringComparer.Ordinal).Count());
            Assert.All(StepIdentity.Of(other), one => Assert.Equal(_used.GetValueOrDefault(one.Key, one.Value), one.Value));
            var plan = EditPlan.Make(_definition, other, moves);
            if (Document.Run.Position is { } here && plan.LandingOf(here.Step) is StepLanding.Nowhere) return;

            var before = Document;
            var context = new EditContext(new AttributeFunction(static _ => AttributeValue.None), DateTimeZone.Utc, _now, _random.Chance(0.5) ? Duration.FromHours(4) : null);
            var edited = RunEditor.Follow(Document, plan, context, Settings);
            Assert.NotNull(edited);
            Assert.True(edited.Document.Status is RunStatus.Active or RunStatus.Parked && edited.Document.WakeAt is not null, $"seed {_seed}: sleeps for ever");
            Assert.True(edited.Document.Run.Position is not { } at || other.Index.Find(at.Step) is not null, $"seed {_seed}: at no step");
            _used = _used.SetItems(StepIdentity.Of(other));
            if (edited.Landing is StepLanding.Begin or StepLanding.After) Moved++;
            (Document, _definition) = (edited.Document, other);
            Edits++;
            Assert.True(before.Outbox.Where(static item => item.IsSettled).All(item => Document.Outbox.Any(one => one.Key == item.Key)));
        }

        private bool InRepeat(string step)
        {
            for (var parent = _definition.Index.Find(step)!.Parent; parent is not null; parent = parent.Parent)
            {
                if (parent.Step is JourneyStep.Repeat) return true;
            }

            return false;
        }

        private TurnInput Input(RunState run, ImmutableArray<RunSignal> inbox) =>
            new(_definition, run, inbox, new AttributeFunction(static _ => AttributeValue.None), DateTimeZone.Utc, _now);
    }
}
