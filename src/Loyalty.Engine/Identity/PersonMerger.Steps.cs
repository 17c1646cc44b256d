using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Identity;

/// <content>The steps, in their order. The one who goes is sealed: what is read there does not change.</content>
public sealed partial class PersonMerger
{
    /// <summary>Documents in one batch, the guard of the record and what the ledger posts by itself not counted.</summary>
    private const int BatchSize = 40;

    /// <summary>The one who stays as of now, unsealed, in a session that guards the record.</summary>
    private async Task<(PartitionSession Session, CustomerState Customer)> SurvivorOfAsync(string absorbedId, CancellationToken cancellation)
    {
        var into = (await CustomerAsync(absorbedId, cancellation))!.MergedInto!;
        while (true)
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(into));
            var customer = (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation))!;
            if (customer.MergedInto is not { } next)
            {
                session.Guard(Keys.CustomerId);
                return (session, customer);
            }

            // That one goes too: what was joined there has to be where it went before anything else follows. Or it stays after all.
            if (await JoinAsync(into, cancellation)) into = next;
        }
    }

    /// <summary>The two become one: facts, wallets and live runs in one batch, so that from here on every event reaches all of it.</summary>
    /// <returns>False: there is nobody to join any more, and the merge was called off.</returns>
    private async Task<bool> JoinAsync(string absorbedId, CancellationToken cancellation)
    {
        var joined = await Attempts.UntilCommittedAsync(() => TryJoinAsync(absorbedId, cancellation));
        if (joined.CustomerId is null) return false;
        await announcer.TellAsync(joined.CustomerId, [.. joined.Runs], cancellation);
        return true;
    }

    private async Task<Joined?> TryJoinAsync(string absorbedId, CancellationToken cancellation)
    {
        var (session, stays) = await SurvivorOfAsync(absorbedId, cancellation);
        if (await session.ReadAsync<AbsorbedPerson>(Keys.Absorbed(absorbedId), cancellation) is not null || stays.Absorbed.Contains(absorbedId))
            return new Joined(stays.CustomerId, []);
        // What is joined with somebody who was erased would make them known again.
        if (stays.Contact?.ErasedAt is not null)
        {
            await MergeSeals.CallOffAsync(store, absorbedId, stays.CustomerId, clock, cancellation);
            return new Joined(null, []);
        }

        var now = clock.GetCurrentInstant();
        var program = programs.Current.Model;
        var absorbed = new PartitionSession(store, Keys.CustomerPartition(absorbedId));
        var goes = await CustomerDocuments.LoadAsync(absorbed, absorbedId, orderId: null, cancellation);
        var survivor = await CustomerDocuments.LoadAsync(session, stays.CustomerId, orderId: null, cancellation);
        var runs = ImmutableArray.CreateBuilder<RunDocument>();
        foreach (var live in goes.Customer!.Runs)
        {
            if (await absorbed.ReadAsync<RunDocument>(Keys.Run(live.RunId), cancellation) is { } run) runs.Add(run);
        }

        var joined = PersonMerge.Join(survivor, goes, runs.ToImmutable(), program, now, settings);
        CustomerDocuments.PutCustomer(session, CustomerDocuments.WithWallets(joined.Customer, joined.Wallets), program);
        session.Put(Keys.PersonId, Kinds.Person, joined.Person);
        foreach (var entry in joined.Entries) session.Put(Keys.Entry(entry.EntryId), Kinds.Entry, entry);
        foreach (var retired in joined.RetiredLots) session.PutAlways(Keys.Lot(retired.Lot.LotId), Kinds.Lot, retired);
        foreach (var run in joined.Runs) session.Put(Keys.Run(run.Run.RunId), Kinds.Run, run, run.WakeAt);
        var record = new AbsorbedPerson { CustomerId = absorbedId, JoinedAt = now, SequenceBases = joined.SequenceBases.ToImmutableDictionary() };
        session.Put(Keys.Absorbed(absorbedId), Kinds.Absorbed, record);
        foreach (var earlier in goes.Customer.Absorbed)
        {
            if (await absorbed.ReadAsync<AbsorbedPerson>(Keys.Absorbed(earlier), cancellation) is not { } known) continue;
            await session.ReadAsync<AbsorbedPerson>(Keys.Absorbed(earlier), cancellation);
            session.Put(Keys.Absorbed(earlier), Kinds.Absorbed, known.Behind(joined.SequenceBases));
        }

        if (!await session.CommitAsync(cancellation)) return null;
        return new Joined(stays.CustomerId, [.. joined.Announced.Select(static run => new RunAnnouncement(Announcement.Start, run.Run.RunId, run.Gen))]);
    }

    /// <summary>
    /// Everything else that lies with the one who goes moves: copied where it is not yet, then deleted where it was. Markers stay; a redelivery looks
    /// for them there.
    /// </summary>
    private async Task MoveAsync(string absorbedId, CancellationToken cancellation)
    {
        var partition = Keys.CustomerPartition(absorbedId);
        string? continuation = null;
        do
        {
            var page = await store.QueryAsync(new DocumentQuery(partition, "", BatchSize, Continuation: continuation), cancellation);
            var moving = page.Items.Where(static document => !Stays(document.Id)).ToList();
            var copied = moving.Where(static document => !IsJoined(document.Id)).ToList();
            if (copied.Count > 0) await Attempts.UntilCommittedAsync(() => TryCopyAsync(absorbedId, copied, cancellation));
            foreach (var order in copied.Where(static one => one.Kind == Kinds.Order))
                await RepointAsync(Keys.OrderIdentifier(LoyaltyJson.Read<OrderState>(order.Body.Span).OrderId), absorbedId, cancellation);
            if (moving.Count > 0) await DeleteAsync(partition, moving, cancellation);
            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    private static bool Stays(string id) =>
        id is Keys.CustomerId or Keys.MergeId || id.StartsWith(Keys.MarkerPrefix, StringComparison.Ordinal);

    /// <summary>What the join has brought over already.</summary>
    private static bool IsJoined(string id) =>
        id == Keys.PersonId || id.StartsWith(Keys.AbsorbedPrefix, StringComparison.Ordinal);

    private async Task<string?> TryCopyAsync(string absorbedId, List<Document> documents, CancellationToken cancellation)
    {
        var (session, stays) = await SurvivorOfAsync(absorbedId, cancellation);
        var record = (await session.ReadAsync<AbsorbedPerson>(Keys.Absorbed(absorbedId), cancellation))!;
        foreach (var document in documents)
        {
            switch (document.Kind)
            {
                case Kinds.Entry:
                    var entry = LoyaltyJson.Read<LedgerEntry>(document.Body.Span);
                    var moved = WalletMerge.Moved(entry, stays.CustomerId, record.SequenceBases.GetValueOrDefault(entry.Wallet));
                    await CopyAsync(session, Keys.Entry(moved.EntryId), document, moved, cancellation);
                    break;
                case Kinds.Order:
                    var order = LoyaltyJson.Read<OrderState>(document.Body.Span) with { CustomerId = stays.CustomerId };
                    await CopyAsync(session, document.Id, document, order, cancellation);
                    break;
                case Kinds.Run:
                    var run = LoyaltyJson.Read<RunDocument>(document.Body.Span);
                    await CopyAsync(session, document.Id, document, run with { Run = RunMerge.Moved(run.Run, stays.CustomerId, absorbedId) }, cancellation);
                    break;
                case Kinds.Erasure:
                    // Asked for, and not begun: it is the one who stays now who is to be forgotten.
                    var erasure = LoyaltyJson.Read<ErasureRecord>(document.Body.Span) with { CustomerId = stays.CustomerId };
                    await CopyAsync(session, document.Id, document, erasure, cancellation);
                    break;
                default:
                    await CopyAsync(session, document.Id, document, LoyaltyJson.Read<System.Text.Json.Nodes.JsonNode>(document.Body.Span), cancellation);
                    break;
            }
        }

        return await session.CommitAsync(cancellation) ? stays.CustomerId : null;
    }

    /// <summary>What is there already came before a cut.</summary>
    private static async Task CopyAsync<T>(PartitionSession session, string id, Document document, T value, CancellationToken cancellation)
        where T : class
    {
        if (await session.ReadAsync<object>(id, cancellation) is null) session.Put(id, document.Kind, value, document.WakeAt, document.ExpiresAt);
    }

    private async Task DeleteAsync(string partition, List<Document> documents, CancellationToken cancellation)
    {
        var outcome = await store.CommitAsync(partition, [.. documents.Select(static one => new DocumentWrite.Delete(one.Id))], cancellation);
        if (outcome.IsCommitted) return;
        // Somebody helps and was faster with some of them.
        foreach (var document in documents) await store.CommitAsync(partition, [new DocumentWrite.Delete(document.Id)], cancellation);
    }

    private async Task RepointAsync(string absorbedId, CancellationToken cancellation)
    {
        var customer = (await CustomerAsync(absorbedId, cancellation))!;
        foreach (var identifier in customer.Identifiers) await RepointAsync(new Identifier(identifier), absorbedId, cancellation);
    }

    /// <summary>An identifier that points at the one who goes points at the one who stays. One that was missed leads there all the same, by the seal.</summary>
    private async Task RepointAsync(Identifier identifier, string absorbedId, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.IdentifierPartition(identifier));
        if (await session.ReadAsync<IdentifierOwner>(Keys.OwnerId, cancellation) is not { } owner || owner.CustomerId != absorbedId) return;
        var (_, stays) = await SurvivorOfAsync(absorbedId, cancellation);
        session.Put(Keys.OwnerId, Kinds.Identifier, owner with { CustomerId = stays.CustomerId });
        // Lost: somebody helps and has pointed it there.
        await session.CommitAsync(cancellation);
    }

    /// <summary>The merge is told to the journeys, once; from here on events are applied again.</summary>
    private async Task TellAsync(string absorbedId, CancellationToken cancellation)
    {
        var told = await Attempts.UntilCommittedAsync(() => TryTellAsync(absorbedId, cancellation));
        await announcer.FinishMarkerAsync(told, Keys.MergeMarker(absorbedId), cancellation);
    }

    private async Task<string?> TryTellAsync(string absorbedId, CancellationToken cancellation)
    {
        var (session, stays) = await SurvivorOfAsync(absorbedId, cancellation);
        var record = (await session.ReadAsync<AbsorbedPerson>(Keys.Absorbed(absorbedId), cancellation))!;
        if (record.IsDone) return stays.CustomerId;
        var now = clock.GetCurrentInstant();
        var program = programs.Current.Model;
        var snapshot = await CustomerDocuments.LoadAsync(session, stays.CustomerId, orderId: null, cancellation);
        var asked = OptInMerge.AskedBy(stays, record.JoinedAt);
        var applied = PersonMerge.Finish(snapshot, absorbedId, asked, program, now);
        ContactBook.Ask(session, asked, absorbedId, record.JoinedAt, now);
        CustomerDocuments.Put(session, applied);
        var router = new JourneyRouter(session, programs, CustomerDocuments.After(snapshot, applied), settings, now);
        foreach (var occurrence in applied.Occurrences) await router.RouteAsync(occurrence, mayStart: true, cancellation);
        CustomerDocuments.PutCustomer(session, router.Customer, program);
        session.Put(Keys.Absorbed(absorbedId), Kinds.Absorbed, record with { IsDone = true });
        var markerId = Keys.MergeMarker(absorbedId);
        await session.ReadAsync<EventMarker>(markerId, cancellation);
        var announcements = router.Announcements;
        session.Put(
            markerId,
            Kinds.Marker,
            new EventMarker { Type = EventTypes.CustomerMerged, AppliedAt = now, Open = announcements },
            announcements.IsEmpty ? null : now + settings.WakeSlack,
            announcements.IsEmpty ? Retention.Until(now, Retention.Markers) : null);
        return await session.CommitAsync(cancellation) ? stays.CustomerId : null;
    }

    /// <summary>Of the one who goes nothing remains but where to go on.</summary>
    private Task CloseAsync(string absorbedId, CancellationToken cancellation) => Attempts.UntilCommittedAsync<object>(async () =>
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(absorbedId));
        var record = await session.ReadAsync<MergeRecord>(Keys.MergeId, cancellation);
        if (record is null || record.DoneAt is not null) return this;
        var customer = (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation))!;
        session.Put(Keys.CustomerId, Kinds.Merged, PersonMerge.Tombstone(customer));
        session.Put(Keys.MergeId, Kinds.Merge, record with { DoneAt = clock.GetCurrentInstant() });
        return await session.CommitAsync(cancellation) ? this : null;
    });

    /// <param name="CustomerId">Who stays; null: the merge was called off.</param>
    /// <param name="Runs">Runs to start.</param>
    private sealed record Joined(string? CustomerId, ImmutableArray<RunAnnouncement> Runs);
}
