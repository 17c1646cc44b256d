using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>
/// Brings what happened to a customer to the customer's journeys: into the inboxes of live runs, to the goals of ended ones, and as the trigger
/// of new ones. It writes into the caller's session, so all of it is one batch with the facts themselves.
/// </summary>
internal sealed class JourneyRouter(
    PartitionSession session, IProgramSource programs, CustomerState customer, PersonState? person, RunProtocolSettings settings, Instant now)
{
    private readonly LiveProgram _program = programs.Current;
    private List<RunAnnouncement>? _announcements;
    private Dictionary<(string Journey, int Version), JourneyDefinition?>? _versions;
    private ProgramAttributes? _attributes;
    private CustomerState? _attributesOf;

    /// <inheritdoc cref="JourneyRouter"/>
    public JourneyRouter(PartitionSession session, IProgramSource programs, CustomerSnapshot snapshot, RunProtocolSettings settings, Instant now)
        : this(session, programs, snapshot.Customer!, snapshot.Person, settings, now)
    {
    }

    /// <summary>The customer after the journeys had their say.</summary>
    public CustomerState Customer { get; private set; } = customer;

    /// <summary>What the durable engine has to be told after the commit, one per run.</summary>
    public ImmutableList<RunAnnouncement> Announcements => _announcements is null ? [] : [.. _announcements];

    /// <summary>The same, for whoever tells it at once.</summary>
    public IReadOnlyList<RunAnnouncement> Announced => _announcements ?? [];

    /// <summary>Routes one fact.</summary>
    /// <param name="occurrence">The fact.</param>
    /// <param name="mayStart">False for imports and replays: facts and ledger only.</param>
    /// <param name="cancellation">Gives up before anything is written.</param>
    public ValueTask RouteAsync(Occurrence occurrence, bool mayStart, CancellationToken cancellation)
    {
        if (!session.IsInMemory) return RouteStoredAsync(occurrence, mayStart, cancellation);
        Route(occurrence, mayStart);
        return ValueTask.CompletedTask;
    }

    private async ValueTask RouteStoredAsync(Occurrence occurrence, bool mayStart, CancellationToken cancellation)
    {
        foreach (var live in Customer.Runs) await ReadAsync(live.RunId, cancellation);
        foreach (var entry in Customer.Entries)
        {
            if (MayHaveReached(entry, occurrence)) await ReadAsync(entry.RunId, cancellation);
        }

        foreach (var run in Customer.Followed ?? [])
        {
            if (MayHaveReached(run.Journey, run.Goal, occurrence)) await ReadAsync(run.RunId, cancellation);
        }

        Route(occurrence, mayStart);
    }

    /// <summary>Reads a run and the version it is on, so that deciding need not wait.</summary>
    private async ValueTask ReadAsync(string runId, CancellationToken cancellation)
    {
        if (await session.ReadAsync<RunDocument>(Keys.Run(runId), cancellation) is not { Run: var run }) return;
        if (_program.Journey(run.Journey)?.Version != run.Version)
            (_versions ??= [])[(run.Journey, run.Version)] = await programs.DefinitionAsync(run.Journey, run.Version, cancellation);
    }

    /// <summary>Routes one fact, everything that it can reach having been read; where documents are objects in memory, it always has.</summary>
    public void Route(Occurrence occurrence, bool mayStart)
    {
        Customer = CustomerAssets.Fold(Customer, occurrence);
        if (!_program.Measures.IsEmpty) Customer = MeasureCounter.Count(Customer, _program.Measures, occurrence, _program.Model.Currency, Attributes().Look, Zone(), now);
        foreach (var live in Customer.Runs)
        {
            if (session.Read<RunDocument>(Keys.Run(live.RunId)) is not { } document) continue;
            var definition = Definition(document.Run);
            if (definition?.ListensTo(occurrence.Type, finished: false) == false && !MayMove(document, definition)) continue;
            var signal = new RunSignal.Occurred(occurrence);
            if (definition is not null && WaitsOn(document, definition, signal)) session.Guard(Keys.Run(live.RunId));
            else Signal(document, signal);
        }

        foreach (var entry in Customer.Entries)
        {
            if (MayHaveReached(entry, occurrence)) CountGoal(entry.RunId, occurrence);
        }

        foreach (var run in Customer.Followed ?? [])
        {
            if (MayHaveReached(run.Journey, run.Goal, occurrence)) CountGoal(run.RunId, occurrence);
        }

        if (!mayStart || Customer.RestrictedAt is not null) return;
        foreach (var journey in _program.StartedBy(occurrence.Type)) Enter(journey, occurrence, EntryTerms.Default);
    }

    /// <summary>Whether the date that a run waits for may be another one now. A held run reckons it anew when it goes on.</summary>
    private bool MayMove(RunDocument document, JourneyDefinition definition) =>
        document.Status != RunStatus.Held && definition.WaitsForDate(document.Run.Position) && !_program.IsPaused(definition.Name);

    /// <summary>
    /// Whether a parked run would be woken only to wait on: a turn, which asks the exits that name no event, would leave everything as it is. The batch
    /// then counts only if the run is still as it was read.
    /// </summary>
    private bool WaitsOn(RunDocument document, JourneyDefinition definition, RunSignal.Occurred signal)
    {
        // An exit that names the event is asked once, by the run's own turn, of the customer as the whole batch leaves them.
        if (!RunProtocol.StaysParked(document, now, settings) || definition.LeavesOn(signal.Event.Type)) return false;
        if (Customer.RestrictedAt is not null || _program.IsPaused(definition.Name)) return false;
        var decision = JourneyMachine.Decide(
            new TurnInput(definition, document.Run, [signal], Attributes(definition, document.Run), Zone(), now) { KeepsLog = settings.KeepsLog });
        return ReferenceEquals(decision.Run, document.Run) && decision.Effects.IsEmpty && decision.Log.IsEmpty;
    }

    private bool MayHaveReached(PreviousEntry entry, Occurrence occurrence) => entry.EndedAt is not null && MayHaveReached(entry.Journey, entry.Goal, occurrence);

    /// <summary>Whether an ended run may have reached its goal. What the goal of an older version is the run's own version says.</summary>
    private bool MayHaveReached(string journey, GoalWindow? goal, Occurrence occurrence)
    {
        if (goal?.MayHold(occurrence.At, now) == false) return false;
        var live = _program.Journey(journey);
        return (goal is not null && live?.Version != goal.Version) || live?.ListensTo(occurrence.Type, finished: true) == true;
    }

    /// <summary>The version that a run is on; null: it is not stored here.</summary>
    private JourneyDefinition? Definition(RunState run)
    {
        if (_program.Journey(run.Journey) is { } live && live.Version == run.Version) return live;
        if (_versions is not null && _versions.TryGetValue((run.Journey, run.Version), out var known)) return known;
        return session.IsInMemory
            ? programs.DefinitionAsync(run.Journey, run.Version).Answer()
            : throw new InvalidOperationException($"Version {run.Version} of journey {run.Journey} was not read before it was asked for.");
    }

    /// <summary>Starts a journey that another journey, a person, an audience or enrolment asked for.</summary>
    /// <returns>What was decided, one for each key.</returns>
    public async ValueTask<ImmutableArray<EntryDecision>> StartAsync(
        JourneyDefinition journey, Occurrence trigger, bool ignoresAge, CancellationToken cancellation)
    {
        if (!session.IsInMemory)
        {
            foreach (var live in Customer.Runs) await ReadAsync(live.RunId, cancellation);
        }

        return Enter(journey, trigger, EntryTerms.Default with { IsDirect = true, IgnoresAge = ignoresAge });
    }

    /// <summary>Gives a run a signal of its own: what a person did at a task.</summary>
    public async ValueTask SignalAsync(string runId, RunSignal signal, CancellationToken cancellation)
    {
        if (!session.IsInMemory) await ReadAsync(runId, cancellation);
        Signal(runId, signal);
    }

    private void Signal(string runId, RunSignal signal)
    {
        if (session.Read<RunDocument>(Keys.Run(runId)) is { } document) Signal(document, signal);
    }

    private void Signal(RunDocument document, RunSignal signal)
    {
        var (next, announcement) = RunProtocol.Append(document, signal, now, settings);
        if (ReferenceEquals(next, document)) return;
        if (next.Status == RunStatus.Held && Leaves(next))
        {
            (next, announcement) = (RunEdits.Release(next, now, settings), Announcement.Start);
        }

        session.Put(Keys.Run(next.Run.RunId), Kinds.Run, next, next.WakeAt);
        Announce(announcement, next);
    }

    /// <summary>Exit and erase act at once, also on a run that is held.</summary>
    private bool Leaves(RunDocument document) =>
        Definition(document.Run) is { } definition && AdvanceRunUseCase.Leaves(document, definition, Attributes(definition, document.Run), Zone(), now);

    /// <summary>A goal that occurred within the window counts also after the run, and while it still ends.</summary>
    private void CountGoal(string runId, Occurrence occurrence)
    {
        if (session.Read<RunDocument>(Keys.Run(runId)) is not { } document || Definition(document.Run) is not { Goal: { } goal } definition) return;
        if (!goal.Events.Contains(occurrence.Type) || (document.Run.GoalAt is not null && !goal.CountsPasses(document.Run))) return;
        var signal = new RunSignal.Occurred(occurrence);
        if (document.Status != RunStatus.Finished)
        {
            Signal(document, signal);
            return;
        }

        var decision = JourneyMachine.Decide(new TurnInput(
            definition, document.Run, [signal], Attributes(definition, document.Run), Zone(), now)
        { KeepsLog = settings.KeepsLog });
        if (ReferenceEquals(decision.Run, document.Run)) return;
        var counted = document with { Run = decision.Run, Log = document.Log.AddRange(decision.Log) };
        (counted, var announcement) = RunProtocol.Reopen(counted, decision.Effects, now, settings);
        session.Put(Keys.Run(runId), Kinds.Run, counted, counted.WakeAt);
        Customer = GoalJournal.Note(Customer, counted.Run, definition, Zone());
        Announce(announcement, counted);
    }

    private ImmutableArray<EntryDecision> Enter(JourneyDefinition journey, Occurrence occurrence, EntryTerms terms)
    {
        if (Customer.RestrictedAt is not null || Customer.Contact?.ErasedAt is not null) return [];
        var decisions = JourneyEntry.Decide(
            journey, Customer.CustomerId, occurrence, Attributes(), Customer.Entries, Customer.Runs, Zone(), now, Terms(journey, terms));
        foreach (var decision in decisions)
        {
            switch (decision)
            {
                case EntryDecision.Start start: Begin(journey, start.Run); break;
                case EntryDecision.Restart restart:
                    Signal(restart.OldRunId, new RunSignal.Ended(RunOutcomes.Restarted, now));
                    Customer = CustomerJournal.End(Customer, restart.OldRunId, now);
                    Begin(journey, restart.Run);
                    break;
                case EntryDecision.Refresh refresh: Signal(refresh.RunId, refresh.Signal); break;
                default: break;
            }
        }

        return decisions;
    }

    private EntryTerms Terms(JourneyDefinition journey, EntryTerms terms)
    {
        if (_program.GlobalHoldout == 0 && journey.Holdout == 0 && journey.Enter.Key != JourneyEntry.AssetKey) return terms;
        return terms with
        {
            GlobalHoldout = _program.GlobalHoldout,
            KnownHoldout = journey.Holdout > 0 ? KeptDraws.Find(Customer, journey.DrawSalt, JourneyDraw.HoldoutStep) : null,
            Asset = journey.Enter.Key == JourneyEntry.AssetKey ? Asset : null,
        };
    }

    private AttributeValue Asset(string assetId, string name) => CustomerAssets.Look(CustomerAssets.Find(Customer, assetId), name);

    private void Begin(JourneyDefinition journey, RunState run)
    {
        var isDrawn = journey.Holdout > 0 && !JourneyDraw.IsGloballyHeldOut(_program.GlobalHoldout, run.CustomerId);
        var draws = isDrawn
            ? KeptDraws.With(Customer.Draws, journey.DrawSalt, JourneyDraw.HoldoutStep, run.IsHeldOut ? JourneyDraw.Held : JourneyDraw.Free)
            : Customer.Draws;
        if (journey.Goal is not null && !GoalJournal.HasRoom(Customer, run.EnteredAt)) run = run with { IsUnmeasured = true };
        var goal = GoalWindow.Of(journey, run, Zone());
        if (CustomerJournal.Begin(Customer, new LiveRun(run.RunId, run.Journey, run.KeyValue), run.Entry.Id, run.EnteredAt, draws, goal) is not { } begun) return;
        Customer = begun;
        var document = RunProtocol.Begin(run, now, settings);
        session.Put(Keys.Run(run.RunId), Kinds.Run, document, document.WakeAt);
        Announce(Announcement.Start, document);
    }

    private void Announce(Announcement what, RunDocument document)
    {
        if (what != Announcement.None) Announce(new RunAnnouncement(what, document.Run.RunId, document.Gen));
    }

    /// <summary>One announcement a run: a start reads the whole inbox, so a poke behind it adds nothing.</summary>
    public void Announce(RunAnnouncement announcement)
    {
        var all = _announcements ??= [];
        var known = 0;
        while (known < all.Count && all[known].RunId != announcement.RunId) known++;
        if (known == all.Count) all.Add(announcement);
        else if (announcement.What != Announcement.Poke) all[known] = announcement;
    }

    private ProgramAttributes Attributes()
    {
        if (_attributes is not null && ReferenceEquals(_attributesOf, Customer)) return _attributes;
        _attributesOf = Customer;
        return _attributes = ProgramAttributes.Of(Customer, person, _program, now);
    }

    /// <summary>What a run sees: with the thing that it is about, where its journey has a run for each.</summary>
    private ProgramAttributes Attributes(JourneyDefinition definition, RunState run) => definition.Enter.Key == JourneyEntry.AssetKey
        ? ProgramAttributes.Of(Customer, person, _program, now, run.KeyValue)
        : Attributes();

    private DateTimeZone Zone() => CustomerMoments.ZoneOf(Customer, _program.Model);
}
