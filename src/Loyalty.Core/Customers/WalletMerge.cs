using System.Collections.Immutable;
using Loyalty.Core.Ledger;

namespace Loyalty.Core.Customers;

/// <summary>
/// The wallets of two people who are one. Lots, holds, claims and arrears come over as they are: terms, remaining amounts, rule versions. The entries
/// that made them follow; their places in the wallet are kept free from the beginning, so that whatever is posted meanwhile comes behind them.
/// </summary>
public static class WalletMerge
{
    private const string KeyPrefix = "merged:";

    /// <summary>The wallet of both.</summary>
    /// <param name="wallet">The survivor's; its sequence is the base of <see cref="Moved"/>.</param>
    /// <param name="absorbed">The other's, of the same name.</param>
    public static WalletState Join(WalletState wallet, WalletState absorbed) => wallet with
    {
        Sequence = wallet.Sequence + absorbed.Sequence,
        Balances = wallet.Balances.Plus(absorbed.Balances),
        Lots = [.. wallet.Lots.Concat(absorbed.Lots).OrderBy(static lot => lot.GrantedAt)],
        Holds = [.. wallet.Holds.Concat(absorbed.Holds)],
    };

    /// <summary>An entry in its new wallet: the same fact, at the place that was kept free for it, under a key that names where it came from.</summary>
    /// <param name="entry">As it stands with the absorbed person.</param>
    /// <param name="customerId">The survivor.</param>
    /// <param name="sequenceBase">The survivor's sequence when the wallets were joined.</param>
    public static LedgerEntry Moved(LedgerEntry entry, string customerId, long sequenceBase)
    {
        var key = MovedKey(entry.CustomerId, entry.Key);
        return entry with
        {
            CustomerId = customerId,
            Key = key,
            EntryId = LedgerDecider.EntryIdOf(customerId, entry.Wallet, key),
            Sequence = sequenceBase + entry.Sequence,
        };
    }

    /// <summary>
    /// The entry ids under which a customer may have used a business key: the own one, then one for each absorbed person. Whoever looks for a
    /// repeated request looks for all of them.
    /// </summary>
    public static IEnumerable<string> EntryIdsOf(CustomerState customer, string wallet, string key)
    {
        yield return LedgerDecider.EntryIdOf(customer.CustomerId, wallet, key);
        foreach (var absorbed in customer.Absorbed)
            yield return LedgerDecider.EntryIdOf(customer.CustomerId, wallet, MovedKey(absorbed, key));
    }

    /// <summary>The id of somebody's entry after they were merged into another.</summary>
    /// <param name="survivorId">Who stays.</param>
    /// <param name="from">Whose entry it was.</param>
    /// <param name="wallet">Its wallet.</param>
    /// <param name="key">Its business key there.</param>
    public static string MovedIdOf(string survivorId, string from, string wallet, string key) => LedgerDecider.EntryIdOf(survivorId, wallet, MovedKey(from, key));

    /// <summary>An entry that moves a second time keeps the key of its first move, so that its id does not depend on the way it came.</summary>
    private static string MovedKey(string from, string key) =>
        key.StartsWith(KeyPrefix, StringComparison.Ordinal) ? key : $"{KeyPrefix}{from}|{key}";
}
