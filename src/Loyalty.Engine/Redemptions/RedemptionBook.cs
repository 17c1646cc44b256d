using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Engine.Identity;
using Loyalty.Engine.State;

namespace Loyalty.Engine.Redemptions;

/// <summary>
/// What redemptions took and gave back. One that a single entry made, and that gave nothing back yet, is told by that entry; the others have a document
/// of their own beside it. A redemption at a checkout is two writes less for it.
/// </summary>
internal static class RedemptionBook
{
    /// <summary>Whether the entries of a spend need a document beside them.</summary>
    public static bool NeedsDocument(IReadOnlyList<LedgerEntry> entries, string redemptionId) =>
        !entries.Any(entry => entry.Key == redemptionId) || entries.Any(entry => entry.Key.StartsWith(redemptionId + "#", StringComparison.Ordinal));

    /// <summary>The redemption as it stands; null: this customer has none of that id in that wallet.</summary>
    /// <param name="session">Of the customer's partition.</param>
    /// <param name="wallet">The wallet it was taken from.</param>
    /// <param name="redemptionId">The key of the spend or hold.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async ValueTask<RedemptionState?> FindAsync(
        PartitionSession session, string wallet, string redemptionId, CancellationToken cancellation = default)
    {
        if (await session.ReadAsync<RedemptionState>(Keys.Redemption(redemptionId), cancellation) is { } known) return known;
        if (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation) is not { } customer) return null;
        var isOwn = true;
        foreach (var entryId in WalletMerge.EntryIdsOf(customer, wallet, redemptionId))
        {
            if (await session.ReadAsync<LedgerEntry>(Keys.Entry(entryId), cancellation) is { } entry)
            {
                if (RedemptionState.Of(entry, redemptionId) is not { } told) return null;
                // What was given back of it may still be on its way from a person who was merged into this one.
                return isOwn || await HasArrivedAsync(session, customer, cancellation) ? told : null;
            }

            isOwn = false;
        }

        return null;
    }

    private static async ValueTask<bool> HasArrivedAsync(PartitionSession session, CustomerState customer, CancellationToken cancellation)
    {
        foreach (var absorbed in customer.Absorbed)
        {
            if (await session.ReadAsync<AbsorbedPerson>(Keys.Absorbed(absorbed), cancellation) is not { IsDone: true }) return false;
        }

        return true;
    }
}
