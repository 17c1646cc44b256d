using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Audiences;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Simulation.World;

/// <summary>
/// Plays one customer after the other: the use cases of the host on documents in memory, and in the place of queue, durable engine and due scan one
/// queue of moments. It keeps the host's times: a hand turns at once, its timer fires at the moment, what is parked and what is the customer's
/// own waits for the due scan of the next full minute.
/// </summary>
internal sealed class CustomerWorld : IRunHands, IWorldObserver
{
    private const long TicksPerMinute = NodaConstants.TicksPerMinute;

    /// <summary>Of the host's sweep; what is not done by then gets a hand of its own.</summary>
    private const int SweepRounds = 20;
    private readonly IWorldWatcher _watcher;
    private readonly WorldClock _clock = new();
    private readonly WorldStore _store;
    private readonly MomentQueue _moments = new();
    private readonly Dictionary<string, Hand> _hands = new(StringComparer.Ordinal);
    private readonly ApplyEventUseCase _apply;
    private readonly TickCustomerUseCase _tick;
    private readonly AdvanceRunUseCase _advance;
    private readonly DeliverMessageUseCase _deliver;
    private readonly PerformEffectUseCase _perform;
    private readonly DueUseCase _due;
    private readonly AudienceUseCase _audience;
    private readonly ImmutableArray<AudienceMoment> _audiences;
    private readonly List<(Instant WakeAt, string Id, string Kind)> _dueNow = [];
    private readonly HashSet<(string Source, string Id)> _applied = [];
    private readonly RunProtocolSettings _settings;
    private string _customerId = "";
    private long _sweptAt;
    private long _armedFor;
    private int _timers;

    public CustomerWorld(
        IProgramSource programs, RunProtocolSettings settings, IWorldWatcher watcher, Learned? learned, ImmutableArray<AudienceMoment> audiences)
    {
        (_watcher, _settings, _audiences) = (watcher, settings, audiences);
        _store = new WorldStore(this);
        var queue = new WorldEventQueue();
        var channel = new WorldChannel();
        var announcer = new Announcer(_store, this, _clock);
        var people = new PersonResolver(_store, _clock);
        var merger = new PersonMerger(_store, programs, announcer, settings, _clock);
        _apply = new ApplyEventUseCase(
            _store, new IntakeService(_store, new TwoStepIntakeLog(_store, queue), _clock), people, merger, programs, announcer, queue, settings, _clock);
        _tick = new TickCustomerUseCase(_store, programs, announcer, settings, _clock);
        var outside = new WorldOutside(_store, programs, _clock, learned);
        _advance = new AdvanceRunUseCase(_store, programs, outside, announcer, settings, _clock);
        _perform = new PerformEffectUseCase(_store, programs, outside, outside, outside, announcer, settings, _clock);
        _deliver = new DeliverMessageUseCase(_store, programs, channel, channel, merger, announcer, settings, _clock);
        _due = new DueUseCase(_store, _tick, merger, announcer, this, settings, _clock);
        _audience = new AudienceUseCase(_store, programs, announcer, settings, _clock);
    }

    /// <summary>The customer's documents as they stand.</summary>
    public WorldStore Store => _store;

    /// <summary>The moment that is being played.</summary>
    public Instant Now => _clock.Now;

    /// <summary>Plays a life from its first moment to <paramref name="until"/> (included).</summary>
    public void Play(CustomerLife life, Instant start, Instant until)
    {
        _customerId = life.CustomerId;
        _hands.Clear();
        _applied.Clear();
        _moments.Clear();
        _sweptAt = long.MinValue;
        _armedFor = long.MaxValue;
        _store.Take(Keys.CustomerPartition(life.CustomerId), life.Known);
        _clock.Now = start;
        Arm();
        foreach (var past in life.Before) Arrive(past with { ReceivedAt = start }, mayStart: false);
        foreach (var arrival in life.Events) Arrive(arrival);
        Await(0);
        var end = until.ToUnixTimeTicks();
        while (_moments.TryTake(end, out var moment))
        {
            _clock.Now = Instant.FromUnixTimeTicks(moment.Ticks);
            switch (moment.Kind)
            {
                case MomentKind.Event: Apply((CanonicalEvent)moment.Subject!, moment.Number == 0); break;
                case MomentKind.Hand: Move((string)moment.Subject!, moment.Number, null); break;
                case MomentKind.Timer: Fire((string)moment.Subject!, moment.Number); break;
                case MomentKind.Audience: Enter(moment.Number); break;
                // A scan that was put off, or came earlier than it was first set for, stands in the queue once more.
                default:
                    if (moment.Ticks == _armedFor) Sweep(moment.Ticks);
                    break;
            }
        }

        _clock.Now = until;
    }

    /// <summary>An event will arrive at its <see cref="CanonicalEvent.ReceivedAt"/>.</summary>
    public void Arrive(CanonicalEvent e, bool mayStart = true) =>
        _moments.Add(e.ReceivedAt.ToUnixTimeTicks(), MomentKind.Event, e, mayStart ? 0 : 1);

    Task IRunHands.StartAsync(RunReference run, CancellationToken cancellation)
    {
        if (!_hands.TryGetValue(run.RunId, out var hand)) _hands[run.RunId] = hand = new Hand();
        if (run.Gen <= hand.Gen) return Task.CompletedTask;
        hand.Gen = run.Gen;
        hand.Timer = 0;
        _moments.Add(_clock.Now.ToUnixTimeTicks(), MomentKind.Hand, run.RunId, run.Gen);
        return Task.CompletedTask;
    }

    Task IRunHands.PokeAsync(RunReference run, CancellationToken cancellation)
    {
        // A hand that has no timer is about to turn anyway.
        if (!_hands.TryGetValue(run.RunId, out var hand) || hand.Gen != run.Gen || hand.Timer == 0) return Task.CompletedTask;
        hand.Timer = 0;
        _moments.Add(_clock.Now.ToUnixTimeTicks(), MomentKind.Hand, run.RunId, run.Gen);
        return Task.CompletedTask;
    }

    void IWorldObserver.Written(in ObjectWrite write, object? before)
    {
        Arm(write);
        _watcher.Written(_clock.Now, in write, before);
    }

    /// <summary>The due scan comes at the first full minute that is not before the document's moment.</summary>
    private void Arm(in ObjectWrite write)
    {
        if (write.WakeAt is { } wakeAt && wakeAt.ToUnixTimeTicks() < _armedFor) Arm(write.Kind, write.Value, wakeAt);
    }

    private void Arm(string kind, object value, Instant wakeAt)
    {
        // An active run's hand is at work on it; only where there is none (taken over from a store) the due scan has to find it.
        if (value is RunDocument { Status: RunStatus.Active } run && _hands.ContainsKey(run.Run.RunId)) return;
        if (kind is not (Kinds.Run or Kinds.Customer)) return;
        var ticks = Math.Max(wakeAt.ToUnixTimeTicks(), _clock.Now.ToUnixTimeTicks());
        var minute = (ticks + TicksPerMinute - 1) / TicksPerMinute * TicksPerMinute;
        if (minute <= _sweptAt) minute = _sweptAt + TicksPerMinute;
        if (minute >= _armedFor) return;
        _armedFor = minute;
        _moments.Add(minute, MomentKind.Sweep, null, 0);
    }

    private void Arm()
    {
        _armedFor = long.MaxValue;
        foreach (var document in _store.Armed) Arm(document.Kind, document.Value, document.WakeAt!.Value);
    }

    private void Apply(CanonicalEvent e, bool mayStart)
    {
        // Host and intake know an event by its source and id; here it is enough to remember it.
        var outcome = _applied.Contains((e.Source, e.Id)) ? new ApplyOutcome.AppliedBefore(_customerId) : Done(_apply.ApplyToAsync(_customerId, e, mayStart));
        if (outcome is ApplyOutcome.Applied) _applied.Add((e.Source, e.Id));
        _watcher.Applied(_clock.Now, e, outcome);
    }

    private void Await(int audience)
    {
        if (audience < _audiences.Length) _moments.Add(_audiences[audience].Minute, MomentKind.Audience, null, audience);
    }

    private void Enter(int audience)
    {
        Done(_audience.EnterAsync(_audiences[audience].Journey, _customerId, _audiences[audience].Since));
        Await(audience + 1);
    }

    private void Fire(string runId, int timer)
    {
        if (!_hands.TryGetValue(runId, out var hand) || hand.Timer != timer) return;
        hand.Timer = 0;
        Move(runId, hand.Gen, _clock.Now);
    }

    /// <summary>What JourneyOrchestrator does: turn, deliver, turn, until there is nothing to deliver; then wait for the timer.</summary>
    private void Move(string runId, int gen, Instant? firedAt)
    {
        var run = new RunReference(_customerId, runId, gen);
        while (true)
        {
            var turn = Done(_advance.TurnAsync(run, firedAt));
            firedAt = null;
            if (!turn.Goes)
            {
                if (_hands.TryGetValue(runId, out var ended) && ended.Gen == gen) _hands.Remove(runId);
                return;
            }

            if (!turn.HasWork)
            {
                Wait(runId, gen, turn.WakeAt!.Value);
                return;
            }

            Deliver(run, turn);
        }
    }

    private void Wait(string runId, int gen, Instant until)
    {
        if (!_hands.TryGetValue(runId, out var hand) || hand.Gen != gen) return;
        hand.Timer = ++_timers;
        _moments.Add(Math.Max(until.ToUnixTimeTicks(), _clock.Now.ToUnixTimeTicks()), MomentKind.Timer, runId, hand.Timer);
    }

    /// <summary>What DueSweep and SweepOrchestrator do with this customer's documents.</summary>
    private void Sweep(long minute)
    {
        _sweptAt = minute;
        TakeDue();
        Arm();
    }

    private void TakeDue()
    {
        _dueNow.Clear();
        foreach (var document in _store.Armed)
        {
            if (document.WakeAt is { } wakeAt && wakeAt <= _clock.Now) _dueNow.Add((wakeAt, document.Id, document.Kind));
        }

        if (_dueNow.Count == 0) return;
        _dueNow.Sort(static (one, other) =>
            one.WakeAt != other.WakeAt ? one.WakeAt.CompareTo(other.WakeAt) : string.CompareOrdinal(one.Id, other.Id));
        List<RunReference>? moving = null;
        for (var i = 0; i < _dueNow.Count; i++)
        {
            if (Done(_due.TakeOneAsync(new DueItem(_customerId, _dueNow[i].Id, _dueNow[i].Kind))) is { } run) (moving ??= []).Add(run);
        }

        if (moving is not null) MoveTogether(moving);
    }

    /// <summary>What SweepOrchestrator does: in each round every run turns, then what they queued is delivered.</summary>
    private void MoveTogether(List<RunReference> moving)
    {
        moving.Sort(static (one, other) => string.CompareOrdinal(one.RunId, other.RunId));
        foreach (var run in moving)
        {
            if (_hands.TryGetValue(run.RunId, out var hand)) hand.Timer = 0;
        }

        List<RunReference>? nearby = null;
        var delivering = new List<(RunReference Run, NextMove Turn)>(moving.Count);
        for (var round = 0; round < SweepRounds && moving.Count > 0; round++)
        {
            delivering.Clear();
            foreach (var run in moving)
            {
                var turn = Done(_advance.TurnAsync(run, null));
                if (!turn.Goes) continue;
                if (turn.HasWork) delivering.Add((run, turn));
                else (nearby ??= []).Add(run);
            }

            moving.Clear();
            foreach (var (run, turn) in delivering)
            {
                Deliver(run, turn);
                moving.Add(run);
            }
        }

        foreach (var run in nearby ?? []) Done(_due.HandOnAsync(run));
        foreach (var run in moving) Done(_due.HandOnAsync(run));
    }

    private void Deliver(RunReference run, NextMove turn)
    {
        foreach (var item in turn.Items) Done(_deliver.DeliverAsync(run, item));
        foreach (var item in turn.Calls ?? []) Done(_perform.PerformAsync(run, item));
    }

    /// <summary>Nothing here waits for anything outside: every call has ended when it returns.</summary>
    private static T Done<T>(ValueTask<T> task) => task.IsCompletedSuccessfully ? task.Result : Done(task.AsTask());

    private static T Done<T>(Task<T> task) => task.IsCompleted
        ? task.GetAwaiter().GetResult()
        : throw new InvalidOperationException("A use case waits for something outside: it cannot be simulated.");

    private static void Done(Task task)
    {
        if (!task.IsCompleted) throw new InvalidOperationException("A use case waits for something outside: it cannot be simulated.");
        task.GetAwaiter().GetResult();
    }

    private sealed class Hand
    {
        public int Gen { get; set; }

        /// <summary>The number of the timer it waits for; 0: it turns.</summary>
        public int Timer { get; set; }
    }
}

/// <summary>Sees what happens to the customer who is being played.</summary>
internal interface IWorldWatcher
{
    /// <summary>A document was written.</summary>
    void Written(Instant now, in ObjectWrite write, object? before);

    /// <summary>An event was applied.</summary>
    void Applied(Instant now, CanonicalEvent e, ApplyOutcome outcome);
}
