using System.Collections.Immutable;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Tiers;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <content>What counts towards tiers, and where the customer stands.</content>
public static partial class CustomerDecider
{
    /// <summary>
    /// Spend and orders, at the day of the order, whenever they are told; of a program without tiers too, so that those it gets one day find what its customers have bought.
    /// </summary>
    private static void Qualify(CustomerDraft draft, OrderContribution? before, OrderContribution? after)
    {
        if (before == after) return;
        if (before is not null) Add(draft, before, -1);
        if (after is not null) Add(draft, after, 1);
    }

    private static void Add(CustomerDraft draft, OrderContribution order, int sign)
    {
        var spend = InProgramCurrency(draft.Program, order.SpendMinor, order.Currency, order.PaidAt);
        var day = order.PaidAt.InZone(draft.Program.TimeZone).Date;
        draft.Customer = draft.Customer with
        {
            Qualifying = QualifyingDays.Add(draft.Customer.Qualifying ?? [], new QualifyingDay(day, 0, sign * spend, sign)),
        };
    }

    /// <summary>
    /// What an entry does to the points that count towards tiers, by lot: what becomes usable counts, what is returned of it counts no more. Spending,
    /// expiry, arrears and moves do not touch it.
    /// </summary>
    internal static IEnumerable<LotPart> QualifyingPoints(LedgerEntry entry)
    {
        foreach (var posting in entry.Postings)
        {
            var sign = (entry.Type, posting.From, posting.To) switch
            {
                (EntryType.Grant or EntryType.Adjust, LedgerAccount.Issued, LedgerAccount.Available) => 1,
                (EntryType.Activate, _, _) => 1,
                (EntryType.Adjust, _, LedgerAccount.Adjusted) => -1,
                (EntryType.Reverse, LedgerAccount.Available or LedgerAccount.Arrears, _) => -1,
                _ => 0,
            };
            if (sign != 0) yield return new LotPart(sign < 0 ? posting.ForLot ?? posting.LotId : posting.LotId, sign * posting.Points);
        }

        // A claim is what a return could not take; when it is paid off later, the posting above and the claim cancel out.
        foreach (var claim in entry.Claims) yield return new LotPart(claim.LotId, -claim.Points);
    }

    /// <summary>The tier's multiplier as an earning rule, on the terms of the first rule it multiplies.</summary>
    private static ImmutableArray<EarningRule> TierRules(TierState? tier, ProgramModel program)
    {
        if (program.Tiers is not { } plan || plan.IndexOf(tier?.Name) is not (>= 0 and var index)) return [];
        var level = plan.Levels[index];
        var based = program.Earning.Rules.FirstOrDefault(static rule =>
            rule is { On: EarningTrigger.OrderPaid, Wallet: WalletRule.Spendable, Formula: not EarningFormula.Multiply });
        if (level.Multiplier <= 1 || based is null) return [];
        return
        [
            new EarningRule
            {
                Id = "tier-" + level.Name,
                Version = plan.Version,
                Formula = new EarningFormula.Multiply(level.Multiplier, []),
                Activation = based.Activation,
                Expiry = based.Expiry,
            },
        ];
    }
}
