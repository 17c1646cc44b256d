using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Telemetry;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>One turn of a run: takes the inbox, decides, commits run, awards and outbox items in one batch; on conflict it starts over.</summary>
public sealed class AdvanceRunUseCase(IDocumentStore store, IProgramSource programs, RunProtocolSettings settings, IClock clock)
{
    /// <param name="reference">The run, and the generation of the hand that moves it.</param>
    /// <param name="firedAt">The moment of the timer that woke the hand; a turn's now is never before it.</param>
    /// <param name="cancellation">Gives up before anything is committed.</param>
    public async Task<TurnReport> AdvanceAsync(RunReference reference, Instant? firedAt, CancellationToken cancellation = default) =>
        TurnReport.Of(await TurnAsync(reference, firedAt, cancellation));

    /// <inheritdoc cref="AdvanceAsync"/>
    public Task<NextMove> TurnAsync(RunReference reference, Instant? firedAt, CancellationToken cancellation = default) =>
        Attempts.UntilCommittedAsync(() => TryAdvanceAsync(reference, firedAt, cancellation));

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

    private async Task<NextMove?> TryAdvanceAsync(RunReference reference, Instant? firedAt, CancellationToken cancellation)
    {
        var program = programs.Current;
        var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
        var document = await session.ReadAsync<RunDocument>(Keys.Run(reference.RunId), cancellation);
        if (document is null || document.Gen > reference.Gen) return NextMove.Ended;
        using var activity = RunTracing.Turn(document);
        var now = firedAt is { } fired ? Instant.Max(fired, clock.GetCurrentInstant()) : clock.GetCurrentInstant();
        var definition = await programs.DefinitionAsync(document.Run.Journey, document.Run.Version, cancellation)
            ?? throw new InvalidOperationException($"Version {document.Run.Version} of journey {document.Run.Journey} is not stored here.");
        var snapshot = await CustomerDocuments.LoadAsync(session, reference.CustomerId, program.Model, orderId: null, cancellation);
        // A merged person's runs live on with the one who stays, in the hand of another generation.
        if (snapshot.Customer is null or { MergedInto: not null }) return NextMove.Ended;

        var zone = CustomerMoments.ZoneOf(snapshot.Customer, program.Model);
        var attributes = ProgramAttributes.Lookup(snapshot, program);
        var isPaused = program.IsPaused(document.Run.Journey) && !document.Run.IsFinished;
        if (isPaused && !Leaves(document, definition, attributes, zone, now)) return await HoldAsync(session, document, now, cancellation);
        var outcome = RunProtocol.Advance(
            document,
            reference.Gen,
            now,
            (run, inbox) => JourneyMachine.Decide(
                new TurnInput(definition, run, inbox, attributes, zone, now) { RefuseAward = Refusal(snapshot, program, now), IsPaused = isPaused }),
            settings);
        if (outcome is not TurnOutcome.Turned turned) return NextMove.Ended;
        if (IsIdle(document, turned)) return NextMove.Of(document, now);

        var customer = Award(session, snapshot, turned.Effects, document.Run.RunId, program, now);
        if (turned.Document.Run.IsFinished) customer = CustomerJournal.End(customer, reference.RunId, turned.Document.Run.EndedAt ?? now);
        if (ReferenceEquals(customer, snapshot.Customer)) session.Guard(Keys.CustomerId);
        else CustomerDocuments.PutCustomer(session, customer, program.Model);
        session.Put(Keys.Run(reference.RunId), Kinds.Run, turned.Document, turned.Document.WakeAt);
        if (!await session.CommitAsync(cancellation)) return null;
        Measures.Turn(document.Run.Journey);
        return NextMove.Of(turned.Document, now);
    }

    /// <summary>Whether the person was merged into another; a commit of this session fails if that happens meanwhile.</summary>
    internal static async ValueTask<bool> IsMergedAsync(PartitionSession session, CancellationToken cancellation)
    {
        var customer = await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation);
        session.Guard(Keys.CustomerId);
        return customer?.MergedInto is not null;
    }

    /// <summary>Whether what has come ends the run, without executing any step: exit and erase act at once, also on a paused journey.</summary>
    internal static bool Leaves(RunDocument document, JourneyDefinition definition, Func<string, Core.AttributeValue> attributes, DateTimeZone zone, Instant now) =>
        JourneyMachine.Decide(new TurnInput(definition, document.Run, document.Inbox, attributes, zone, now) { IsPaused = true }).Run.IsFinished;

    private static async Task<NextMove?> HoldAsync(PartitionSession session, RunDocument document, Instant now, CancellationToken cancellation)
    {
        if (document.Status == RunStatus.Held) return NextMove.Ended;
        session.Guard(Keys.CustomerId);
        session.Put(Keys.Run(document.Run.RunId), Kinds.Run, RunEdits.Hold(document, now));
        return await session.CommitAsync(cancellation) ? NextMove.Ended : null;
    }

    /// <summary>A poke that found nothing new writes nothing.</summary>
    private static bool IsIdle(RunDocument before, TurnOutcome.Turned turned) =>
        before.Inbox.IsEmpty && turned.Effects.IsEmpty && turned.Document.Status == before.Status && turned.Document.WakeAt == before.WakeAt
        && turned.Document.Log.Count == before.Log.Count && turned.Document.Outbox.Count == before.Outbox.Count
        && Equals(turned.Document.Run.Position, before.Run.Position) && before.Failures == 0;

    /// <summary>What the ledger would refuse, so that the journey goes on as after a refusal instead of believing in points that were never posted.</summary>
    private static Func<RunEffect.Award, string?> Refusal(CustomerSnapshot snapshot, LiveProgram program, Instant now) => award =>
        CustomerDecider.Post(snapshot, award.Wallet, Command(award, "", now), program.Model, now) is CustomerDecision.Refused refused
            ? Refusals.RefusalTable.Name(refused.Code)
            : null;

    private static LedgerCommand.Grant Command(RunEffect.Award award, string runId, Instant now)
    {
        var cause = new EntryCause { RunId = runId, Reason = award.Reason ?? award.Step };
        var key = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"award|{runId}|{award.KeyStep}|{award.Visit}");
        return new LedgerCommand.Grant(key, award.Points, now, award.ExpiresAt, cause);
    }

    private static CustomerState Award(
        PartitionSession session,
        CustomerSnapshot snapshot,
        ImmutableList<RunEffect> effects,
        string runId,
        LiveProgram program,
        Instant now)
    {
        foreach (var award in effects.OfType<RunEffect.Award>())
        {
            if (CustomerDecider.Post(snapshot, award.Wallet, Command(award, runId, now), program.Model, now) is not CustomerDecision.Applied applied)
                throw new InvalidOperationException($"Award {award.Step} of run {runId} was decided and then refused.");
            CustomerDocuments.Put(session, applied);
            snapshot = CustomerDocuments.After(snapshot, applied);
        }

        return snapshot.Customer!;
    }
}

/// <summary>What the hand that moves a run does next, as the durable engine carries it.</summary>
/// <param name="Goes">True: the hand goes on with this run; false: finished, parked, held, superseded or gone.</param>
/// <param name="WakeAt">When to look again (ISO 8601), if <paramref name="Goes"/>.</param>
/// <param name="Items">Outbox items that can be handed over now.</param>
public sealed record TurnReport(bool Goes, string? WakeAt, IReadOnlyList<string> Items)
{
    /// <summary>The hand ends.</summary>
    public static TurnReport Ended { get; } = new(false, null, []);

    internal static TurnReport Of(NextMove turn) =>
        turn.Goes ? new TurnReport(true, NodaTime.Text.InstantPattern.ExtendedIso.Format(turn.WakeAt!.Value), turn.Items) : Ended;
}

/// <summary>What the hand that moves a run does next.</summary>
/// <param name="Goes">True: the hand goes on with this run; false: finished, parked, held, superseded or gone.</param>
/// <param name="WakeAt">When to look again, if <paramref name="Goes"/>.</param>
/// <param name="Items">Outbox items that can be handed over now.</param>
public sealed record NextMove(bool Goes, Instant? WakeAt, IReadOnlyList<string> Items)
{
    /// <summary>The hand ends.</summary>
    public static NextMove Ended { get; } = new(false, null, []);

    internal static NextMove Of(RunDocument document, Instant now)
    {
        if (document.Status != RunStatus.Active) return Ended;
        List<string>? items = null;
        foreach (var item in document.Outbox)
        {
            if (!item.IsSettled && item.DueAt(now) <= now) (items ??= []).Add(item.Key);
        }

        return new NextMove(true, RunProtocol.NextMoment(document, now), items ?? (IReadOnlyList<string>)[]);
    }
}
