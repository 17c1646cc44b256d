using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Privacy;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// Erases a person: takes their names away, ends their runs, removes everything but the books, destroys their keys. Cut off anywhere, the due scan goes on;
/// asked twice, it is done once (docs/operations/privacy.md).
/// </summary>
/// <remarks>
/// The order matters. Names first: from then on no event leads here. Then one batch under the record's ETag, the fence: whoever was about to apply an event, take a
/// turn or claim a message loses, and finds a record that takes nothing. Then what is left can be removed in any order, for nothing is added any more. A provider
/// may still be in the middle of a call that was claimed before the fence: its copy is looked for again when the lease is over. The keys go last.
/// </remarks>
public sealed partial class EraseUseCase(
    IDocumentStore store,
    IPersonalVault vault,
    PersonTraces traces,
    RunProtocolSettings settings,
    IClock clock,
    IMessageCopies? copies = null,
    IStoreRemains? remains = null,
    SeenCustomers? seen = null)
{
    /// <summary>The id of <see cref="ErasureRecord"/>.</summary>
    public const string RecordId = "erasure";

    private readonly IMessageCopies _copies = copies ?? new NoRemains();
    private readonly IStoreRemains _remains = remains ?? new NoRemains();

    /// <summary>Notes that somebody is to be erased, and erases as far as it goes at once.</summary>
    /// <param name="customerId">Who; somebody who was merged stands for the one who stayed.</param>
    /// <param name="cause">Who asked for it.</param>
    /// <param name="cancellation">Gives up; what was noted is done by the due scan.</param>
    /// <returns>How far it is; null: nobody is known by this id.</returns>
    public async Task<ErasureRecord?> EraseAsync(string customerId, string cause, CancellationToken cancellation = default)
    {
        var survivor = await store.SurvivorAsync(customerId, cancellation);
        var noted = await NoteAsync(survivor, cause, inactiveFor: null, cancellation);
        if (noted.Record is null) return null;
        var record = await AdvanceAsync(survivor, cancellation);
        if (survivor == customerId || record is null or { FencedAt: null }) return record;
        return await CallOffAsync(customerId, survivor, cancellation) ? await EraseAsync(customerId, cause, cancellation) : record;
    }

    /// <summary>Erases somebody who has done nothing for long, if that is still so at the moment it is noted.</summary>
    /// <param name="customerId">Who; somebody who was merged since is not meant.</param>
    /// <param name="cause">Who asked for it.</param>
    /// <param name="inactiveFor">How long they have done nothing (<see cref="Inactivity"/>).</param>
    /// <param name="cancellation">Gives up; what was noted is done by the due scan.</param>
    /// <returns>How far it is; null: the rule does not hold any more, and nothing was changed.</returns>
    public async Task<ErasureRecord?> EraseInactiveAsync(string customerId, string cause, Duration inactiveFor, CancellationToken cancellation = default) =>
        (await NoteAsync(customerId, cause, inactiveFor, cancellation)).Record is null ? null : await AdvanceAsync(customerId, cancellation);

    /// <summary>How far an erasure is; null: there is none.</summary>
    public async Task<ErasureRecord?> FindAsync(string customerId, CancellationToken cancellation = default)
    {
        var document = await store.ReadAsync(Keys.CustomerPartition(customerId), RecordId, cancellation);
        return document is null ? null : LoyaltyJson.Read<ErasureRecord>(document.Body.Span);
    }

    /// <summary>Goes on with an erasure; one that is done, or was never asked for, is success.</summary>
    public async Task<ErasureRecord?> AdvanceAsync(string customerId, CancellationToken cancellation = default)
    {
        var record = await FindAsync(customerId, cancellation);
        while (record is not null && record.Step != ErasureStep.Done)
        {
            var next = record.Step switch
            {
                ErasureStep.Requested => await FenceAsync(customerId, cancellation),
                ErasureStep.Fenced => await SweepAsync(record, cancellation),
                _ => await CloseAsync(record, cancellation),
            };
            if (next is null) return record;
            record = next;
        }

        return record;
    }

    /// <summary>The one who was asked for was to be joined with somebody who is erased now: what is left of them goes, too.</summary>
    /// <returns>True: they are a person of their own again.</returns>
    private async Task<bool> CallOffAsync(string customerId, string erasedId, CancellationToken cancellation)
    {
        // Of a longer chain the merge itself finds it, and the due scan goes on.
        if (await store.FindCustomerAsync(customerId, cancellation) is not { MergedInto: { } into } || into != erasedId) return false;
        if (await store.FindCustomerAsync(erasedId, cancellation) is not { Contact.ErasedAt: not null } erased || erased.Absorbed.Contains(customerId)) return false;
        await MergeSeals.CallOffAsync(store, customerId, erasedId, clock, cancellation);
        return true;
    }

    private Task<Noted> NoteAsync(string customerId, string cause, Duration? inactiveFor, CancellationToken cancellation) => Attempts.UntilCommittedAsync(async () =>
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        if (await session.ReadAsync<ErasureRecord>(RecordId, cancellation) is { } known) return new Noted(known);
        if (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation) is not { MergedInto: null } customer) return new Noted(null);
        var now = clock.GetCurrentInstant();
        if (inactiveFor is { } keep && Inactivity.Of(customer, keep, now) != InactivityVerdict.Goes) return new Noted(null);
        // Of somebody who has been sealed or has done something meanwhile nothing is noted by this.
        session.Guard(Keys.CustomerId);
        var record = new ErasureRecord { CustomerId = customerId, RequestedAt = now, Cause = cause, IsByRule = inactiveFor is not null };
        session.Put(RecordId, Kinds.Erasure, record, now + settings.WakeSlack);
        return await session.CommitAsync(cancellation) ? new Noted(record) : null;
    });

    /// <summary>Names, then the record and the live runs in one batch.</summary>
    /// <returns>null: others write to the record all the time, the due scan tries again.</returns>
    private async Task<ErasureRecord?> FenceAsync(string customerId, CancellationToken cancellation)
    {
        var partition = Keys.CustomerPartition(customerId);
        for (var attempt = 0; attempt < Attempts.Limit; attempt++)
        {
            if (await store.ReadAsync(partition, Keys.CustomerId, cancellation) is not { } document) return null;
            var customer = LoyaltyJson.Read<CustomerState>(document.Body.Span);
            // A merge is finished first, by the due scan or the next event; it moves names and orders about.
            if (customer.MergedInto is not null || !customer.Joining.IsEmpty) return null;
            await traces.RemoveAsync(customer, cancellation);
            if (await store.ReadAsync(partition, RecordId, cancellation) is not { } noted) return null;
            var record = LoyaltyJson.Read<ErasureRecord>(noted.Body.Span);
            if (record.Step != ErasureStep.Requested) return record;
            var (writes, fenced) = await FenceOfAsync(document, customer, record, cancellation);
            writes.Add(new DocumentWrite.Replace(RecordId, noted.ETag, Kinds.Erasure, LoyaltyJson.Write(fenced), clock.GetCurrentInstant() + settings.WakeSlack));
            if (!(await vault.CommitOpenAsync(partition, writes, cancellation)).IsCommitted) continue;
            seen?.Forget(customerId);
            return fenced;
        }

        return null;
    }

    private async Task<(List<DocumentWrite> Writes, ErasureRecord Record)> FenceOfAsync(
        Document document, CustomerState customer, ErasureRecord record, CancellationToken cancellation)
    {
        var now = clock.GetCurrentInstant();
        var writes = new List<DocumentWrite>
        {
            new DocumentWrite.Replace(Keys.CustomerId, document.ETag, Kinds.Customer, LoyaltyJson.WriteDocument(ErasedPerson.Of(customer, now))),
        };
        var (inFlight, until) = (ImmutableArray.CreateBuilder<string>(), now);
        foreach (var live in customer.Runs)
        {
            if (await store.ReadAsync(document.Partition, Keys.Run(live.RunId), cancellation) is not { } stored) continue;
            var run = LoyaltyJson.Read<RunDocument>(stored.Body.Span);
            foreach (var item in run.Outbox.Where(static item => item.State is OutboxState.Claimed or OutboxState.Unknown))
            {
                inFlight.Add(Keys.Operation(live.RunId, item.Key));
                until = Instant.Max(until, item.LeaseUntil ?? now);
            }

            writes.Add(new DocumentWrite.Replace(stored.Id, stored.ETag, Kinds.Run, LoyaltyJson.WriteDocument(ErasedPerson.Of(run, now))));
        }

        return (writes, record with
        {
            Step = ErasureStep.Fenced,
            FencedAt = now,
            RunsEnded = writes.Count - 1,
            InFlight = inFlight.ToImmutable(),
            InFlightUntil = inFlight.Count == 0 ? null : until,
        });
    }

    /// <summary>The lease of a hand-over that was under way is over: nobody calls a provider any more. Then copies, keys and remains.</summary>
    private async Task<ErasureRecord?> CloseAsync(ErasureRecord record, CancellationToken cancellation)
    {
        if (record.InFlightUntil is { } until && clock.GetCurrentInstant() < until) return null;
        foreach (var operation in record.InFlight) _copies.Remove(operation);
        _copies.RemoveUnfinished();
        var customer = (await store.FindCustomerAsync(record.CustomerId, cancellation))!;
        foreach (var absorbed in customer.Absorbed) await vault.DestroyKeyAsync(Keys.CustomerPartition(absorbed), clock.GetCurrentInstant(), cancellation);
        await vault.DestroyKeyAsync(Keys.CustomerPartition(record.CustomerId), clock.GetCurrentInstant(), cancellation);
        if (!await _remains.ScrubAsync(cancellation)) return null;
        return await ToAsync(record, done => done with { Step = ErasureStep.Done, DoneAt = clock.GetCurrentInstant(), InFlight = [] }, cancellation);
    }

    private Task<ErasureRecord> ToAsync(ErasureRecord record, Func<ErasureRecord, ErasureRecord> change, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(record.CustomerId));
            var known = (await session.ReadAsync<ErasureRecord>(RecordId, cancellation))!;
            // Two at work on it: the one who is further has done it.
            if (known.Step > record.Step) return known;
            var next = change(known);
            var now = clock.GetCurrentInstant();
            session.Put(RecordId, Kinds.Erasure, next, next.Step == ErasureStep.Done ? null : Instant.Max(now, next.InFlightUntil ?? now) + settings.WakeSlack);
            return await session.CommitAsync(cancellation) ? next : null;
        });

    private sealed record Noted(ErasureRecord? Record);
}
