using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Identity;

/// <summary>
/// Merges people who turn out to be one (docs/decisions/0008): seal the younger record, join it with the older one in one batch, move its history,
/// repoint its identifiers, tell <c>customer.merged</c>. Every step may be repeated, by anybody, after a cut anywhere; whoever meets a merge under way
/// finishes it first.
/// </summary>
public sealed partial class PersonMerger(IDocumentStore store, IProgramSource programs, Announcer announcer, RunProtocolSettings settings, IClock clock)
{
    /// <summary>The person that an event is about, after everybody it names has become one.</summary>
    /// <returns>The person, and the event as it may be applied to them.</returns>
    public async Task<(string CustomerId, CanonicalEvent Event)> OneAsync(Resolution resolution, CanonicalEvent e, CancellationToken cancellation = default)
    {
        var person = resolution.People[0];
        foreach (var other in resolution.People.Skip(1)) person = await MergeAsync(person, other, e, cancellation);
        if (resolution.OrderOwner is not { } owner || owner == person) return (person, e);
        if (!await HaveTwoAccountsAsync(person, owner, e, cancellation)) return (await MergeAsync(person, owner, e, cancellation), e);
        // The shop says that these are two people; the order stays with the one who has it, and tells nothing about the other.
        return (owner, e with { Identifiers = [] });
    }

    /// <summary>Makes two people one.</summary>
    /// <returns>
    /// Who stays. The first of the two, unmerged, where <see cref="CustomerLimits.Absorbed"/> people would be exceeded: an event is never lost for that.
    /// </returns>
    public async Task<string> MergeAsync(string first, string second, CanonicalEvent cause, CancellationToken cancellation = default)
    {
        for (var attempt = 0; ; attempt++)
        {
            if (attempt == Attempts.Limit) throw new ContentionException("Two people could not be merged: others merge them all the time.");
            var one = await SurvivorAsync(first, cancellation);
            var other = await SurvivorAsync(second, cancellation);
            if (one == other) return one;
            var (oneState, otherState) = (await OpenAsync(one, cause, cancellation), await OpenAsync(other, cause, cancellation));
            // Whoever was erased meanwhile is nobody: the event is the other's.
            if (oneState.Contact?.ErasedAt is not null) return other;
            if (otherState.Contact?.ErasedAt is not null) return one;
            var (stays, goes) = PersonMerge.Order(oneState, otherState);
            if (PersonMerge.IsTooMany(stays, goes)) return one;
            if (!await SealAsync(goes.CustomerId, stays.CustomerId, cause, cancellation)) continue;
            // Called off: the one who was to stay was erased meanwhile.
            if (!await FinishAsync(goes.CustomerId, cancellation)) continue;
            return await SurvivorAsync(stays.CustomerId, cancellation);
        }
    }

    /// <summary>Who a person is now; merges met on the way are finished first.</summary>
    public async Task<string> SurvivorAsync(string customerId, CancellationToken cancellation = default)
    {
        while (true)
        {
            var customer = await CustomerAsync(customerId, cancellation);
            if (customer?.MergedInto is { } into)
            {
                if (await FinishAsync(customerId, cancellation)) customerId = into;
                continue;
            }

            if (customer is null || customer.Joining.IsEmpty) return customerId;
            foreach (var joining in customer.Joining) await FinishAsync(joining, cancellation);
        }
    }

    /// <summary>Does what is left of a merge.</summary>
    /// <param name="absorbedId">The one who goes.</param>
    /// <param name="cancellation">Gives up between two steps; the due scan resumes.</param>
    /// <returns>True: the two are one. False: nobody is merged, or no longer, for the one who was to stay was erased before the two were joined.</returns>
    public async Task<bool> FinishAsync(string absorbedId, CancellationToken cancellation = default)
    {
        var record = await ReadAsync<MergeRecord>(absorbedId, Keys.MergeId, cancellation);
        // Of somebody who is sealed without a record nothing is left to be done; a merge that was called off has taken the seal back with the record.
        if (record is null) return await CustomerAsync(absorbedId, cancellation) is { MergedInto: not null };
        if (record.DoneAt is not null) return true;
        if (!await JoinAsync(absorbedId, cancellation)) return false;
        await MoveAsync(absorbedId, cancellation);
        await RepointAsync(absorbedId, cancellation);
        await TellAsync(absorbedId, cancellation);
        await CloseAsync(absorbedId, cancellation);
        return true;
    }

    /// <summary>A person known by identifiers only gets a record, so that which of two is older is settled for ever.</summary>
    private Task<CustomerState> OpenAsync(string customerId, CanonicalEvent cause, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
            if (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation) is { } known) return known;
            var opened = new CustomerState { CustomerId = customerId, CreatedAt = cause.Time, KnownSince = clock.GetCurrentInstant() };
            session.Put(Keys.CustomerId, Kinds.Customer, opened);
            return await session.CommitAsync(cancellation) ? opened : null;
        });

    /// <summary>From now on nothing is written to this record but what the merge itself writes. False: somebody was faster.</summary>
    private async Task<bool> SealAsync(string customerId, string into, CanonicalEvent cause, CancellationToken cancellation)
    {
        var now = clock.GetCurrentInstant();
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        var customer = await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation);
        if (customer is null || customer.MergedInto is not null) return false;
        await session.ReadAsync<MergeRecord>(Keys.MergeId, cancellation);
        session.Put(Keys.CustomerId, Kinds.Merged, customer with { MergedInto = into });
        session.Put(Keys.MergeId, Kinds.Merge, new MergeRecord { Into = into, SealedAt = now, Cause = $"{cause.Source} {cause.Id}" }, now + settings.WakeSlack);
        return await session.CommitAsync(cancellation);
    }

    private async Task<bool> HaveTwoAccountsAsync(string person, string owner, CanonicalEvent e, CancellationToken cancellation)
    {
        var one = (await CustomerAsync(person, cancellation))?.Identifiers ?? [];
        var other = (await CustomerAsync(owner, cancellation))?.Identifiers ?? [];
        return PersonMerge.HaveTwoAccounts(one.Concat(e.Identifiers.Select(static identifier => identifier.Value)), other);
    }

    private Task<CustomerState?> CustomerAsync(string customerId, CancellationToken cancellation) =>
        ReadAsync<CustomerState>(customerId, Keys.CustomerId, cancellation);

    private async Task<T?> ReadAsync<T>(string customerId, string id, CancellationToken cancellation)
        where T : class
    {
        var document = await store.ReadAsync(Keys.CustomerPartition(customerId), id, cancellation);
        return document is null ? null : Core.Serialization.LoyaltyJson.Read<T>(document.Body.Span);
    }
}
