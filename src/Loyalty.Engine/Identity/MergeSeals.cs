using Loyalty.Core.Customers;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Identity;

/// <summary>Takes back the seal of somebody whose merge has become impossible: the one who was to stay was erased before the two were joined.</summary>
internal static class MergeSeals
{
    /// <summary>
    /// The one who was to go is a person of their own again. Where the erasure was asked for when the two counted as one already, it is asked for of them, too, in the
    /// same batch: who wanted to be forgotten is both.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="absorbedId">The one who was to go; not joined with anybody yet.</param>
    /// <param name="erasedId">The one who was to stay, erased: nothing is joined with such a record any more, so that this cannot be overtaken.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    public static Task CallOffAsync(IDocumentStore store, string absorbedId, string erasedId, IClock clock, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync<object>(async () =>
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(absorbedId));
            var record = await session.ReadAsync<MergeRecord>(Keys.MergeId, cancellation);
            var customer = await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation);
            // Somebody else has called it off.
            if (record is null || customer?.MergedInto is null) return session;
            var now = clock.GetCurrentInstant();
            // Due at once: the customer's own moments are reckoned anew.
            session.Put(Keys.CustomerId, Kinds.Customer, customer with { MergedInto = null }, now);
            session.Delete(Keys.MergeId);
            var known = await session.ReadAsync<ErasureRecord>(EraseUseCase.RecordId, cancellation);
            if (known is null && await ErasureOfAsync(store, erasedId, cancellation) is { IsByRule: false } erasure && erasure.RequestedAt >= record.SealedAt)
            {
                session.Put(
                    EraseUseCase.RecordId,
                    Kinds.Erasure,
                    new ErasureRecord { CustomerId = absorbedId, RequestedAt = erasure.RequestedAt, Cause = erasure.Cause },
                    now);
            }

            return await session.CommitAsync(cancellation) ? session : null;
        });

    private static ValueTask<ErasureRecord?> ErasureOfAsync(IDocumentStore store, string customerId, CancellationToken cancellation) =>
        new PartitionSession(store, Keys.CustomerPartition(customerId)).ReadAsync<ErasureRecord>(EraseUseCase.RecordId, cancellation);
}
