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
    PartitionSession session, IProgramSource programs, CustomerSnapshot snapshot, RunProtocolSettings settings, Instant now)
{
    private readonly LiveProgram _program = programs.Current;
    private List<RunAnnouncement>? _announcements;
    private Func<string, AttributeValue>? _attributes;
    private CustomerState? _attributesOf;

    /// <summary>The customer after the journeys had their say.</summary>
    public CustomerState Customer { get; private set; } = snapshot.Customer!;

    /// <summary>What the durable engine has to be told after the commit, one per run.</summary>
    public ImmutableList<RunAnnouncement> Announcements => _announcements is null ? [] : [.. _announcements];

    /// <summary>Routes one fact.</summary>
    /// <param name="occurrence">The fact.</param>
    /// <param name="mayStart">False for imports and replays: facts and ledger only.</param>
    /// <param name="cancellation">Gives up before anything is written.</param>
    public async ValueTask RouteAsync(Occurrence occurrence, bool mayStart, CancellationToken cancellation)
    {
        Customer = CustomerAssets.Fold(Customer, occurrence);
        if (!_program.Measures.IsEmpty) Customer = MeasureCounter.Count(Customer, _program.Measures, occurrence, _program.Model.Currency, Attributes(), Zone(), now);
        foreach (var live in Customer.Runs)
        {
            if (!IsDeaf(live.RunId, live.Journey, occurrence)) await AppendAsync(live.RunId, live.Journey, occurrence, cancellation);
        }

        foreach (var entry in Customer.Entries)
        {
            if (entry.EndedAt is not null && _program.Journey(entry.Journey)?.ListensTo(occurrence.Type, finished: true) == true)
                await CountGoalAsync(entry, occurrence, cancellation);
        }

        if (!mayStart || Customer.RestrictedAt is not null) return;
        foreach (var journey in _program.StartedBy(occurrence.Type)) await EnterAsync(journey, occurrence, EntryTerms.Default, cancellation);
    }

    /// <summary>Known at once, of a run on the live version, that the occurrence says nothing to it.</summary>
    private bool IsDeaf(string runId, string journey, Occurrence occurrence) =>
        session.IsInMemory && session.Read<RunDocument>(Keys.Run(runId)) is { } document
        && _program.Journey(journey) is { } live && live.Version == document.Run.Version && !live.ListensTo(occurrence.Type, finished: false);

    /// <summary>Starts a journey that another journey, a person, an audience or enrolment asked for.</summary>
    /// <returns>What was decided, one for each key.</returns>
    public ValueTask<ImmutableArray<EntryDecision>> StartAsync(
        JourneyDefinition journey, Occurrence trigger, bool ignoresAge, CancellationToken cancellation) =>
        EnterAsync(journey, trigger, EntryTerms.Default with { IsDirect = true, IgnoresAge = ignoresAge }, cancellation);

    /// <summary>Gives a run a signal of its own (restart, erase).</summary>
    public async ValueTask SignalAsync(string runId, RunSignal signal, CancellationToken cancellation)
    {
        if (await session.ReadAsync<RunDocument>(Keys.Run(runId), cancellation) is not { } document) return;
        var (next, announcement) = RunProtocol.Append(document, signal, now, settings);
        if (ReferenceEquals(next, document)) return;
        if (next.Status == RunStatus.Held && await LeavesAsync(next, cancellation))
        {
            (next, announcement) = (RunEdits.Release(next, now, settings), Announcement.Start);
        }

        session.Put(Keys.Run(runId), Kinds.Run, next, next.WakeAt);
        Announce(announcement, next);
    }

    /// <summary>Exit and erase act at once, also on a run that is held.</summary>
    private async ValueTask<bool> LeavesAsync(RunDocument document, CancellationToken cancellation) =>
        await programs.DefinitionAsync(document.Run.Journey, document.Run.Version, cancellation) is { } definition
        && AdvanceRunUseCase.Leaves(document, definition, Attributes(), Zone(), now);

    private async ValueTask AppendAsync(string runId, string journey, Occurrence occurrence, CancellationToken cancellation)
    {
        var document = await session.ReadAsync<RunDocument>(Keys.Run(runId), cancellation);
        if (document is null) return;
        var definition = await programs.DefinitionAsync(journey, document.Run.Version, cancellation);
        if (definition is not null && !definition.ListensTo(occurrence.Type, finished: false)) return;
        await SignalAsync(runId, new RunSignal.Occurred(occurrence), cancellation);
    }

    /// <summary>A goal that occurred within the window counts also after the run.</summary>
    private async ValueTask CountGoalAsync(PreviousEntry entry, Occurrence occurrence, CancellationToken cancellation)
    {
        var document = await session.ReadAsync<RunDocument>(Keys.Run(entry.RunId), cancellation);
        if (document is null || document.Run.GoalAt is not null || !document.Run.IsFinished || document.Status != RunStatus.Finished) return;
        if (await programs.DefinitionAsync(entry.Journey, document.Run.Version, cancellation) is not { } definition) return;
        var decision = JourneyMachine.Decide(new TurnInput(
            definition, document.Run, [new RunSignal.Occurred(occurrence)], Attributes(), Zone(), now)
        { KeepsLog = settings.KeepsLog });
        if (decision.Run.GoalAt is null) return;
        var counted = document with { Run = decision.Run, Log = document.Log.AddRange(decision.Log) };
        (counted, var announcement) = RunProtocol.Reopen(counted, decision.Effects, now, settings);
        session.Put(Keys.Run(entry.RunId), Kinds.Run, counted, counted.WakeAt);
        Announce(announcement, counted);
    }

    private async ValueTask<ImmutableArray<EntryDecision>> EnterAsync(
        JourneyDefinition journey, Occurrence occurrence, EntryTerms terms, CancellationToken cancellation)
    {
        if (Customer.RestrictedAt is not null) return [];
        var previous = Previous(journey.Name);
        var decisions = JourneyEntry.Decide(
            journey, Customer.CustomerId, occurrence, Attributes(), previous, Customer.Runs, Zone(), now, Terms(journey, terms));
        foreach (var decision in decisions)
        {
            switch (decision)
            {
                case EntryDecision.Start start: Begin(journey, start.Run); break;
                case EntryDecision.Restart restart:
                    await SignalAsync(restart.OldRunId, new RunSignal.Ended(RunOutcomes.Restarted, now), cancellation);
                    Customer = CustomerJournal.End(Customer, restart.OldRunId, now);
                    Begin(journey, restart.Run);
                    break;
                case EntryDecision.Refresh refresh: await SignalAsync(refresh.RunId, refresh.Signal, cancellation); break;
                default: break;
            }
        }

        return decisions;
    }

    private IReadOnlyCollection<PreviousEntry> Previous(string journey)
    {
        List<PreviousEntry>? previous = null;
        foreach (var entry in Customer.Entries)
        {
            if (entry.Journey == journey) (previous ??= []).Add(entry);
        }

        return previous ?? (IReadOnlyCollection<PreviousEntry>)[];
    }

    private EntryTerms Terms(JourneyDefinition journey, EntryTerms terms) => terms with
    {
        GlobalHoldout = _program.GlobalHoldout,
        KnownHoldout = journey.Holdout > 0 ? KeptDraws.Find(Customer, journey.DrawSalt, JourneyDraw.HoldoutStep) : null,
        Asset = journey.Enter.Key == JourneyEntry.AssetKey ? Asset : null,
    };

    private AttributeValue Asset(string assetId, string name) => CustomerAssets.Look(CustomerAssets.Find(Customer, assetId), name);

    private void Begin(JourneyDefinition journey, RunState run)
    {
        var begun = CustomerJournal.Begin(Customer, new LiveRun(run.RunId, run.Journey, run.KeyValue), run.Entry.Id, run.EnteredAt);
        if (begun is null) return;
        Customer = begun;
        if (journey.Holdout > 0 && !JourneyDraw.IsGloballyHeldOut(_program.GlobalHoldout, run.CustomerId))
            Customer = KeptDraws.Keep(Customer, journey.DrawSalt, JourneyDraw.HoldoutStep, run.IsHeldOut ? JourneyDraw.Held : JourneyDraw.Free);
        var document = RunProtocol.Begin(run, now, settings);
        session.Put(Keys.Run(run.RunId), Kinds.Run, document, document.WakeAt);
        Announce(Announcement.Start, document);
    }

    /// <summary>One announcement a run: a start reads the whole inbox, so a poke behind it adds nothing.</summary>
    private void Announce(Announcement what, RunDocument document)
    {
        if (what == Announcement.None) return;
        var runId = document.Run.RunId;
        var known = _announcements?.FindIndex(one => one.RunId == runId) ?? -1;
        if (known < 0) (_announcements ??= []).Add(new RunAnnouncement(what, runId, document.Gen));
        else if (what != Announcement.Poke) _announcements![known] = new RunAnnouncement(what, runId, document.Gen);
    }

    private Func<string, AttributeValue> Attributes()
    {
        if (_attributes is not null && ReferenceEquals(_attributesOf, Customer)) return _attributes;
        _attributesOf = Customer;
        return _attributes = ProgramAttributes.Lookup(Customer, snapshot.Person, _program, now);
    }

    private DateTimeZone Zone() => CustomerMoments.ZoneOf(Customer, _program.Model);
}
