using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Telemetry;
using NodaTime;
using Learnt = System.Collections.Immutable.ImmutableDictionary<string, System.Collections.Immutable.ImmutableArray<Loyalty.Core.Journeys.ArmTally>>;

namespace Loyalty.Engine.Runs;

/// <summary>One turn of a run: takes the inbox, decides, commits run, awards and outbox items in one batch; on conflict it starts over.</summary>
public sealed class AdvanceRunUseCase(
    IDocumentStore store, IProgramSource programs, IArmTallies tallies, Announcer announcer, RunProtocolSettings settings, IClock clock)
{
    /// <param name="reference">The run, and the generation of the hand that moves it.</param>
    /// <param name="firedAt">The moment of the timer that woke the hand; a turn's now is never before it.</param>
    /// <param name="cancellation">Gives up before anything is committed.</param>
    public async Task<TurnReport> AdvanceAsync(RunReference reference, Instant? firedAt, CancellationToken cancellation = default) =>
        TurnReport.Of(await TurnAsync(reference, firedAt, cancellation));

    /// <inheritdoc cref="AdvanceAsync"/>
    public ValueTask<NextMove> TurnAsync(RunReference reference, Instant? firedAt, CancellationToken cancellation = default)
    {
        if (store is not IObjectStore) return TurnAgainAsync(reference, firedAt, cancellation);
        // Documents in memory have no other writer: the first attempt is the last.
        var next = Advance(reference, firedAt, cancellation);
        return next.MarkerId is null ? new ValueTask<NextMove>(next) : AnnounceAsync(reference, next, cancellation);
    }

    private async ValueTask<NextMove> TurnAgainAsync(RunReference reference, Instant? firedAt, CancellationToken cancellation) =>
        await AnnounceAsync(reference, await AgainAsync(reference, firedAt, cancellation), cancellation);

    private async ValueTask<NextMove> AnnounceAsync(RunReference reference, NextMove next, CancellationToken cancellation)
    {
        if (next.MarkerId is { } marker) await announcer.FinishMarkerAsync(reference.CustomerId, marker, cancellation);
        return next;
    }

    private Task<NextMove> AgainAsync(RunReference reference, Instant? firedAt, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(() => TryAdvanceAsync(reference, firedAt, cancellation).AsTask());

    /// <summary>Notes that a turn threw: counted, backed off, flagged after ten.</summary>
    public Task<TurnReport> FailAsync(RunReference reference, string what, CancellationToken cancellation = default) =>
        Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
            var document = await session.ReadAsync<RunDocument>(Keys.Run(reference.RunId), cancellation);
            if (document is null || document.Gen > reference.Gen || await IsMergedAsync(session, cancellation)) return TurnReport.Ended;
            var failed = RunProtocol.Fail(document, what, clock.GetCurrentInstant(), settings);
            session.Put(Keys.Run(reference.RunId), Kinds.Run, failed, failed.WakeAt);
            if (!await session.CommitAsync(cancellation)) return null;
            Measures.FailedTurn(failed.Run.Journey, failed.IsStalled);
            return TurnReport.Ended;
        });

    /// <summary>Where documents are objects in memory: nothing has to be waited for, and nobody traces it.</summary>
    private NextMove Advance(RunReference reference, Instant? firedAt, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
        if (session.Read<RunDocument>(Keys.Run(reference.RunId)) is not { } document || document.Gen > reference.Gen) return NextMove.Ended;
        var definition = programs.DefinitionAsync(document.Run.Journey, document.Run.Version, cancellation).Answer() ?? throw NotStored(document.Run);
        if (session.Read<CustomerState>(Keys.CustomerId) is not { MergedInto: null } customer) return NextMove.Ended;
        var learned = definition.Index.HasAdaptive ? new ValueTask<Learnt>(tallies.ReadAsync(definition.Name, document.Run.Version, cancellation)).Answer() : null;
        var person = session.Read<PersonState>(Keys.PersonId);
        return DecideAsync(session, document, definition, customer, person, learned, reference, NowOf(firedAt), cancellation).Answer()!;
    }

    private async ValueTask<NextMove?> TryAdvanceAsync(RunReference reference, Instant? firedAt, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
        var document = await session.ReadAsync<RunDocument>(Keys.Run(reference.RunId), cancellation);
        if (document is null || document.Gen > reference.Gen) return NextMove.Ended;
        using var activity = RunTracing.Turn(document);
        var now = NowOf(firedAt);
        var definition = await programs.DefinitionAsync(document.Run.Journey, document.Run.Version, cancellation) ?? throw NotStored(document.Run);
        // A merged person's runs live on with the one who stays, in the hand of another generation.
        if (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation) is not { MergedInto: null } customer) return NextMove.Ended;
        var person = await session.ReadAsync<PersonState>(Keys.PersonId, cancellation);
        var learned = definition.Index.HasAdaptive ? await tallies.ReadAsync(definition.Name, document.Run.Version, cancellation) : null;
        return await DecideAsync(session, document, definition, customer, person, learned, reference, now, cancellation);
    }

    private Instant NowOf(Instant? firedAt) => firedAt is { } fired ? Instant.Max(fired, clock.GetCurrentInstant()) : clock.GetCurrentInstant();

    private static InvalidOperationException NotStored(RunState run) => new($"Version {run.Version} of journey {run.Journey} is not stored here.");

    private ValueTask<NextMove?> DecideAsync(
        PartitionSession session,
        RunDocument document,
        JourneyDefinition definition,
        CustomerState customer,
        PersonState? person,
        Learnt? learned,
        RunReference reference,
        Instant now,
        CancellationToken cancellation)
    {
        var program = programs.Current;
        var zone = CustomerMoments.ZoneOf(customer, program.Model);
        var assetId = definition.Enter.Key == JourneyEntry.AssetKey ? document.Run.KeyValue : null;
        var attributes = ProgramAttributes.Of(customer, person, program, now, assetId);
        var isRestricted = customer.RestrictedAt is not null;
        var isPaused = (program.IsPaused(document.Run.Journey) || isRestricted) && !document.Run.IsFinished;
        if (isPaused && !Leaves(document, definition, attributes, zone, now))
            return HoldAsync(session, document, now, isRestricted ? RunEdits.Restricted : RunEdits.Paused, cancellation);
        var input = new TurnInput(definition, document.Run, document.Inbox, attributes, zone, now)
        {
            RefuseAward = definition.Index.HasAward ? TurnEffects.Refusal(customer, person, program, now) : null,
            IsPaused = isPaused,
            KeepsLog = settings.KeepsLog,
            KnownArm = definition.Index.HasSplit ? KnownArm(customer, definition) : null,
            Tallies = learned is null ? null : Learned(learned),
        };
        var outcome = RunProtocol.Advance(document, reference.Gen, now, input, static (input, _, _) => JourneyMachine.Decide(input), settings);
        if (outcome is not TurnOutcome.Turned turned) return new ValueTask<NextMove?>(NextMove.Ended);
        if (IsIdle(document, turned)) return new ValueTask<NextMove?>(NextMove.Of(document, now));
        if (turned.Effects.IsEmpty && !turned.Document.Run.IsFinished)
        {
            // Half of all turns: the run itself is all that changes.
            session.Put(Keys.Run(reference.RunId), Kinds.Run, turned.Document, turned.Document.WakeAt);
            return CommitAsync(session, changed: null, turned.Document, reference, null, now, cancellation);
        }

        var effects = new TurnEffects(session, customer, person, definition, program, now);
        if (!effects.TryApply(turned)) return CommitWithOthersAsync(session, effects, turned, reference, now, cancellation);
        session.Put(Keys.Run(reference.RunId), Kinds.Run, turned.Document, turned.Document.WakeAt);
        return CommitAsync(session, effects.Changed, turned.Document, reference, null, now, cancellation);
    }

    private static Func<string, ImmutableArray<ArmTally>> Learned(Learnt learned) =>
        split => learned.TryGetValue(split, out var arms) && !arms.IsDefault ? arms : [];

    private static Func<string, string?> KnownArm(CustomerState customer, JourneyDefinition definition) =>
        split => KeptDraws.Find(customer, definition.DrawSalt, definition.IdOf(split));

    /// <summary>A turn with effects that other documents have to be read for: the messages it took back, tasks, codes, what it sets off in other journeys of the customer.</summary>
    private async ValueTask<NextMove?> CommitWithOthersAsync(
        PartitionSession session, TurnEffects effects, TurnOutcome.Turned turned, RunReference reference, Instant now, CancellationToken cancellation)
    {
        var program = programs.Current;
        var runId = reference.RunId;
        await effects.ApplyAsync(turned, cancellation);
        session.Put(Keys.Run(runId), Kinds.Run, turned.Document, turned.Document.WakeAt);
        JourneyRouter? router = null;
        foreach (var effect in turned.Effects)
        {
            if (effect is not (RunEffect.Emit or RunEffect.Start)) continue;
            router ??= new JourneyRouter(session, programs, effects.Customer, effects.Person, settings, now);
            if (effect is RunEffect.Emit emit) await router.RouteAsync(emit.Event, mayStart: true, cancellation);
            else if (effect is RunEffect.Start start && program.Journey(start.Journey) is { Enter.Manual: true } journey)
                await router.StartAsync(journey, start.Entry, ignoresAge: false, cancellation);
        }

        if (router is not null) effects.Became(router.Customer);
        var marker = router is null ? null : await MarkAsync(session, router, turned.Effects, runId, now, cancellation);
        // An event of the run's own may have come back to it.
        var after = session.Read<RunDocument>(Keys.Run(runId))!;
        return await CommitAsync(session, effects.Changed, after, reference, marker, now, cancellation);
    }

    /// <summary>The turn and everything it did: one batch.</summary>
    /// <param name="session">What has been put so far.</param>
    /// <param name="changed">The customer afterwards; null: nothing has changed them.</param>
    /// <param name="after">The run as it was put.</param>
    /// <param name="reference">Who turns.</param>
    /// <param name="marker">What is to be announced; null: nothing.</param>
    /// <param name="now">The clock.</param>
    /// <param name="cancellation">Gives up.</param>
    private ValueTask<NextMove?> CommitAsync(
        PartitionSession session,
        CustomerState? changed,
        RunDocument after,
        RunReference reference,
        string? marker,
        Instant now,
        CancellationToken cancellation)
    {
        if (changed is not null) CustomerDocuments.PutCustomer(session, changed, programs.Current.Model);
        else session.Guard(Keys.CustomerId);
        var next = after.Gen > reference.Gen ? NextMove.Ended : NextMove.Of(after, now);
        if (marker is not null) next = next with { MarkerId = marker };
        return session.IsInMemory
            ? new ValueTask<NextMove?>(Counted(session.CommitAsync(cancellation).Answer(), next, after))
            : CommitStoredAsync(session, next, after, cancellation);
    }

    private static async ValueTask<NextMove?> CommitStoredAsync(PartitionSession session, NextMove next, RunDocument after, CancellationToken cancellation) =>
        Counted(await session.CommitAsync(cancellation), next, after);

    private static NextMove? Counted(bool isCommitted, NextMove next, RunDocument after)
    {
        if (isCommitted) Measures.Turn(after.Run.Journey);
        return isCommitted ? next : null;
    }

    private async ValueTask<string?> MarkAsync(
        PartitionSession session,
        JourneyRouter router,
        ImmutableArray<RunEffect> effects,
        string runId,
        Instant now,
        CancellationToken cancellation)
    {
        var announcements = router.Announcements;
        if (announcements.IsEmpty) return null;
        var cause = effects.First(static effect => effect is RunEffect.Emit or RunEffect.Start);
        var id = Keys.TurnMarker(runId, cause.Step, cause.Visit);
        await session.ReadAsync<EventMarker>(id, cancellation);
        session.Put(id, Kinds.Marker, new EventMarker { Type = EventMarker.Turn, AppliedAt = now, Open = announcements }, now + settings.WakeSlack);
        return id;
    }

    /// <summary>Whether the person was merged into another; a commit of this session fails if that happens meanwhile.</summary>
    internal static async ValueTask<bool> IsMergedAsync(PartitionSession session, CancellationToken cancellation)
    {
        var customer = await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation);
        session.Guard(Keys.CustomerId);
        return customer?.MergedInto is not null;
    }

    /// <summary>Whether what has come ends the run, without executing any step: exit and erase act at once, also on a paused journey.</summary>
    internal static bool Leaves(RunDocument document, JourneyDefinition definition, ProgramAttributes attributes, DateTimeZone zone, Instant now) =>
        JourneyMachine.Decide(new TurnInput(definition, document.Run, document.Inbox, attributes, zone, now) { IsPaused = true }).Run.IsFinished;

    private static async ValueTask<NextMove?> HoldAsync(PartitionSession session, RunDocument document, Instant now, string reason, CancellationToken cancellation)
    {
        if (document.Status == RunStatus.Held) return NextMove.Ended;
        session.Guard(Keys.CustomerId);
        session.Put(Keys.Run(document.Run.RunId), Kinds.Run, RunEdits.Hold(document, now, reason));
        return await session.CommitAsync(cancellation) ? NextMove.Ended : null;
    }

    /// <summary>A poke that found nothing new writes nothing.</summary>
    private static bool IsIdle(RunDocument before, TurnOutcome.Turned turned) =>
        before.Inbox.IsEmpty && turned.Effects.IsEmpty && turned.Document.Status == before.Status && turned.Document.WakeAt == before.WakeAt
        && turned.Document.Log.Count == before.Log.Count && ReferenceEquals(turned.Document.Run.Steps, before.Run.Steps) && turned.Document.Outbox.Length == before.Outbox.Length
        && Equals(turned.Document.Run.Position, before.Run.Position) && before.Failures == 0;
}
