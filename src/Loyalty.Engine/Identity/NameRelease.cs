using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Identity;

/// <summary>
/// Takes an address away from a person who has another one: it leads to nobody from then on and may become somebody else's. What came in under it until then is
/// the person's all the same, so both the record and the address remember the moment. Cut off anywhere, it can be done again.
/// </summary>
internal sealed class NameRelease(IDocumentStore store, IClock clock)
{
    /// <param name="name">An address or number.</param>
    /// <param name="customerId">Whose it is; anybody else's stays as it is.</param>
    /// <param name="until">The last moment at which it was theirs; null: now.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    public async Task ReleaseAsync(Identifier name, string customerId, Instant? until, CancellationToken cancellation)
    {
        var owner = await OwnerAsync(name, cancellation);
        var since = owner is null ? null : owner.CustomerId is null ? owner.Before?.Until : owner.From();
        await NoteAsync(customerId, new FormerName(name.Value, until ?? clock.GetCurrentInstant()) { Since = since }, isListed: true, cancellation);
        // One that was missed when they were merged leads to them by way of the one who went.
        if (owner?.CustomerId is not { } known || await store.SurvivorAsync(known, cancellation) != customerId) return;
        // The same moment in the record as with the address, also after a cut between the two.
        if (await TakeAsync(name, known, until, cancellation) is { } end)
            await NoteAsync(customerId, new FormerName(name.Value, end) { Since = since }, isListed: false, cancellation);
    }

    private async Task<IdentifierOwner?> OwnerAsync(Identifier name, CancellationToken cancellation) =>
        await store.ReadAsync(Keys.IdentifierPartition(name), Keys.OwnerId, cancellation) is { } document ? LoyaltyJson.Read<IdentifierOwner>(document.Body.Span) : null;

    /// <returns>Until when it was theirs; null: it was not.</returns>
    private async Task<Instant?> TakeAsync(Identifier name, string ownerId, Instant? until, CancellationToken cancellation)
    {
        var released = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.IdentifierPartition(name));
            if (await session.ReadAsync<IdentifierOwner>(Keys.OwnerId, cancellation) is not { } known) return new IdentifierOwner(null, default);
            if (known.CustomerId != ownerId) return known;
            var now = clock.GetCurrentInstant();
            var left = known with { CustomerId = null, Before = new FormerOwner(ownerId, until ?? now) };
            // As long as something may be under way that came in before.
            session.Put(Keys.OwnerId, Kinds.Identifier, left, expiresAt: left.ErasedAt is null ? Retention.Until(now, Retention.Intake) : null);
            return await session.CommitAsync(cancellation) ? left : null;
        });
        return released.Before is { } before && before.CustomerId == ownerId ? before.Until : null;
    }

    /// <param name="customerId">Whose record.</param>
    /// <param name="former">What it shall know.</param>
    /// <param name="isListed">True: only if the record still has the name; false: unless it knows this already.</param>
    /// <param name="cancellation">Gives up.</param>
    private Task NoteAsync(string customerId, FormerName former, bool isListed, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync<object>(async () =>
        {
            var partition = Keys.CustomerPartition(customerId);
            if (await store.ReadAsync(partition, Keys.CustomerId, cancellation) is not { } document) return this;
            var customer = LoyaltyJson.Read<CustomerState>(document.Body.Span);
            // Sealed by a merge: whoever asked finds the one who stays when they ask again.
            if (customer.MergedInto is not null || (isListed ? !customer.Identifiers.Contains(former.Name) : customer.Former?.Contains(former) == true)) return this;
            var changed = customer with { Identifiers = customer.Identifiers.Remove(former.Name), Former = FormerName.Add(customer.Former, former) };
            // Nothing of this has a moment of its own: the record wakes when it would have.
            DocumentWrite write = new DocumentWrite.Replace(document.Id, document.ETag, document.Kind, LoyaltyJson.WriteDocument(changed), document.WakeAt, document.ExpiresAt);
            return (await store.CommitAsync(partition, [write], cancellation)).IsCommitted ? this : null;
        });
}
