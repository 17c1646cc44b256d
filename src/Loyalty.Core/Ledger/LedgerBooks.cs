using System.Collections.Immutable;
using System.Globalization;

namespace Loyalty.Core.Ledger;

/// <summary>The auditor: recomputes everything from the entries alone and says what does not hold.</summary>
public static class LedgerBooks
{
    /// <summary>
    /// Checks the entries of any number of wallets: places without gaps, keys unique, amounts positive, at most 60 lots per entry,
    /// accounts sum to 0 and stay on their side of it, lots whole, nothing reversed beyond its grant.
    /// </summary>
    /// <returns>What is wrong, in words; empty: the books balance.</returns>
    public static ImmutableArray<string> Check(IEnumerable<LedgerEntry> entries)
    {
        var findings = ImmutableArray.CreateBuilder<string>();
        foreach (var wallet in entries.GroupBy(static entry => (entry.CustomerId, entry.Wallet)))
            new Audit($"{wallet.Key.CustomerId}/{wallet.Key.Wallet}", findings).Run(wallet);
        return findings.ToImmutable();
    }

    /// <summary>As <see cref="Check(IEnumerable{LedgerEntry})"/>, and that the wallet's balances and lots are what its entries say.</summary>
    public static ImmutableArray<string> Check(WalletState wallet, IEnumerable<LedgerEntry> entries)
    {
        var findings = ImmutableArray.CreateBuilder<string>();
        var audit = new Audit($"{wallet.CustomerId}/{wallet.Name}", findings);
        audit.Run(entries.Where(entry => entry.CustomerId == wallet.CustomerId && entry.Wallet == wallet.Name));
        audit.Compare(wallet);
        return findings.ToImmutable();
    }

    /// <summary>The balances of one wallet's entries.</summary>
    public static WalletBalances Balances(IEnumerable<LedgerEntry> entries)
    {
        var balances = new WalletBalances();
        foreach (var entry in entries)
        {
            foreach (var posting in entry.Postings) balances = balances.Post(posting);
        }

        return balances;
    }

    private sealed class Audit(string name, ImmutableArray<string>.Builder findings)
    {
        private readonly Dictionary<string, LotState> _lots = [];
        private readonly HashSet<string> _keys = [];
        private WalletBalances _balances = new();
        private long _sequence;

        public void Run(IEnumerable<LedgerEntry> entries)
        {
            foreach (var entry in entries.OrderBy(static entry => entry.Sequence)) Take(entry);
        }

        public void Compare(WalletState wallet)
        {
            if (wallet.Sequence != _sequence) Say($"the wallet is at entry {wallet.Sequence}, the entries end at {_sequence}");
            if (wallet.Balances != _balances) Say($"the wallet says {wallet.Balances}, its entries {_balances}");
            foreach (var lot in wallet.Lots)
            {
                var told = _lots.GetValueOrDefault(lot.LotId);
                var amounts = told is null ? "nothing" : Amounts(told);
                if (amounts != Amounts(lot)) Say($"lot {lot.LotId} says {Amounts(lot)}, its entries {amounts}");
            }

            var missing = _lots.Values.Where(lot => !lot.IsEnded && wallet.Lot(lot.LotId) is null).Select(lot => lot.LotId);
            foreach (var lotId in missing) Say($"lot {lotId} holds points and is not in the wallet");
        }

        private void Take(LedgerEntry entry)
        {
            var place = entry.Sequence.ToString(CultureInfo.InvariantCulture);
            if (entry.Sequence != _sequence + 1) Say($"entry {place} follows entry {_sequence}");
            _sequence = entry.Sequence;
            if (!_keys.Add(entry.Key)) Say($"entry {place} repeats the key {entry.Key}");
            if (entry.Postings.Select(static posting => posting.LotId).Distinct().Count() > LedgerLimits.LotsPerEntry)
                Say($"entry {place} names too many lots");
            foreach (var claim in entry.Claims) Change(claim.LotId, lot => lot.Post(claim), place);
            if (entry.Extended is { } extended && entry.Type is not (EntryType.Extend or EntryType.Restore))
                Say($"entry {place} ({entry.Type}) extends {extended.Length} lots");
            foreach (var posting in entry.Postings)
            {
                if (posting.Points < 1) Say($"entry {place} posts {posting.Points} points");
                if (!IsAllowed(entry.Type, posting)) Say($"entry {place} ({entry.Type}) posts {posting.From} to {posting.To}");
                Post(entry, posting);
            }

            CheckBalances(place);
        }

        private void Post(LedgerEntry entry, LedgerPosting posting)
        {
            var place = entry.Sequence.ToString(CultureInfo.InvariantCulture);
            _balances = _balances.Post(posting);
            if (Opens(entry.Type, posting) && !_lots.TryAdd(posting.LotId, Opened(entry, posting)))
                Say($"entry {place} opens lot {posting.LotId} again");
            Change(posting.LotId, lot => lot.Post(posting), place);
            if (posting.ForLot is { } returned) Change(returned, lot => lot with { Undone = lot.Undone + posting.Points }, place);
        }

        private static bool Opens(EntryType type, LedgerPosting posting) =>
            posting.From == LedgerAccount.Issued || (type == EntryType.Consolidate && posting.From == LedgerAccount.Moved);

        private static LotState Opened(LedgerEntry entry, LedgerPosting posting) =>
            new() { LotId = posting.LotId, GrantedAt = entry.PostedAt, Granted = posting.Points };

        private void Change(string lotId, Func<LotState, LotState> change, string place)
        {
            if (!_lots.TryGetValue(lotId, out var lot))
            {
                Say($"entry {place} names lot {lotId}, which was never granted");
                return;
            }

            lot = change(lot);
            _lots[lotId] = lot;
            var sum = lot.Pending + lot.Available + lot.Held + lot.Spent + lot.Expired + lot.Reversed + lot.Moved;
            var least = new[] { lot.Pending, lot.Available, lot.Held, lot.Spent, lot.Expired, lot.Reversed, lot.Moved, lot.Claim, lot.Undone }.Min();
            if (sum != lot.Granted || least < 0) Say($"after entry {place} lot {lotId} is not whole: {Amounts(lot)}");
            if (lot.Undone > lot.Granted) Say($"after entry {place} lot {lotId} is reversed beyond its grant: {Amounts(lot)}");
        }

        private void CheckBalances(string place)
        {
            var b = _balances;
            if (b.Total != 0) Say($"after entry {place} the accounts do not sum to 0");
            if (Math.Max(b.Issued, b.Arrears) > 0) Say($"after entry {place} issued or arrears is above 0");
            if (new[] { b.Pending, b.Available, b.Held, b.Spent, b.Expired, b.Reversed, b.Adjusted }.Min() < 0)
                Say($"after entry {place} an account is below 0");
        }

        private void Say(string what) => findings.Add($"{name}: {what}");
    }

    private static bool IsAllowed(EntryType type, LedgerPosting posting) => (type, posting.From, posting.To) switch
    {
        (EntryType.Grant, LedgerAccount.Issued, LedgerAccount.Pending or LedgerAccount.Available) => true,
        (EntryType.Activate, LedgerAccount.Pending, LedgerAccount.Available) => true,
        (EntryType.Hold, LedgerAccount.Available, LedgerAccount.Held) => true,
        (EntryType.Commit, LedgerAccount.Held, LedgerAccount.Spent) => true,
        (EntryType.Release, LedgerAccount.Held, LedgerAccount.Available) => true,
        (EntryType.Spend, LedgerAccount.Available, LedgerAccount.Spent or LedgerAccount.Arrears) => true,
        (EntryType.Restore, LedgerAccount.Spent, LedgerAccount.Available) => true,
        (EntryType.Expire, LedgerAccount.Available, LedgerAccount.Expired) => true,
        (EntryType.Adjust, LedgerAccount.Issued, LedgerAccount.Available) => true,
        (EntryType.Adjust, LedgerAccount.Available, LedgerAccount.Adjusted) => true,
        (EntryType.Consolidate, LedgerAccount.Available, LedgerAccount.Moved) => true,
        (EntryType.Consolidate, LedgerAccount.Moved, LedgerAccount.Available) => true,
        (EntryType.Reverse, LedgerAccount.Pending or LedgerAccount.Available or LedgerAccount.Arrears, LedgerAccount.Reversed) => true,
        _ => false,
    };

    private static string Amounts(LotState lot) => string.Create(
        CultureInfo.InvariantCulture,
        $"granted {lot.Granted} = pending {lot.Pending} + available {lot.Available} + held {lot.Held} + spent {lot.Spent}"
        + $" + expired {lot.Expired} + reversed {lot.Reversed} + moved {lot.Moved}, claim {lot.Claim}, undone {lot.Undone}");
}
