using System.Collections.Immutable;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;

namespace Loyalty.Core.Earning;

/// <summary>A command for one of the customer's wallets.</summary>
public sealed record WalletCommand(string Wallet, LedgerCommand Command);

/// <summary>What has to be posted so that the ledger holds what an order is worth.</summary>
/// <param name="Earning">To be kept with the order.</param>
/// <param name="Commands">In order.</param>
public sealed record EarningDecision(OrderEarning? Earning, ImmutableArray<WalletCommand> Commands)
{
    /// <summary>What rules gave the customer after it.</summary>
    public ImmutableArray<RuleUsage> Usage { get; init; } = [];

    /// <summary>The order's points payments after it.</summary>
    public ImmutableArray<PointsPayment>? PointsPaid { get; init; }

    /// <summary>Redemptions of which something was given back.</summary>
    public ImmutableArray<RedemptionState> Redemptions { get; init; } = [];
}

/// <summary>
/// Keeps the ledger at each order's target. The gross sale is posted first, then each refund that was not posted yet in the order of (time, id),
/// then the cancellation, so that the entries read as the business happened even where one payload told it all.
/// </summary>
public static partial class OrderEarner
{
    /// <summary>What is left to post for an order; nothing before it is paid.</summary>
    /// <param name="order">The order after the merge.</param>
    /// <param name="program">The program that counts for orders not evaluated before.</param>
    /// <param name="facts">The customer, caps and budgets; default: nobody in particular.</param>
    /// <param name="redemptions">The redemptions that paid it, where they are known.</param>
    public static EarningDecision Decide(
        OrderState order, ProgramModel program, EarningFacts? facts = null, ImmutableArray<RedemptionState>? redemptions = null)
    {
        if (order.Facts is not { IsPaid: true, Latest: not null })
            return new EarningDecision(order.Earning, []) { Usage = facts?.Usage ?? [], PointsPaid = order.PointsPaid };
        return new Posting(order, program, facts ?? EarningFacts.None, redemptions ?? []).Run();
    }

    /// <summary>Of an order whose worth is posted: what still waits for fulfilment is told when it becomes usable.</summary>
    public static ImmutableArray<WalletCommand> Rescheduled(OrderState order, ProgramModel program)
    {
        if (order is not { Earning: { } earning, Facts: { IsPaid: true } facts }) return [];
        var commands = ImmutableArray.CreateBuilder<WalletCommand>();
        Reschedule(earning, facts, program, commands);
        return commands.ToImmutable();
    }

    /// <summary>Fulfilment may be told after the grant.</summary>
    private static void Reschedule(OrderEarning earning, OrderFacts facts, ProgramModel program, ImmutableArray<WalletCommand>.Builder commands)
    {
        foreach (var earned in earning.Rules)
        {
            if (earned.Lots.IsEmpty || earned.Rule.Activation is not ActivationRule.AfterFulfilment) continue;
            if (LotTerms.Of(earned.Rule, facts.PaidAt!.Value, facts.FulfilledAt, program.TimeZone) is not { AvailableAt: { } at } terms) continue;
            foreach (var lot in earned.Lots) commands.Add(new WalletCommand(earned.Rule.Wallet, new LedgerCommand.Schedule(lot, at, terms.ExpiresAt)));
        }
    }

    /// <summary>What decides which rules count for an order.</summary>
    public static EarningOccasion Occasion(OrderState order) => new()
    {
        Trigger = EarningTrigger.OrderPaid,
        Key = KeyOf(order),
        EventId = $"{Events.EventTypes.OrderPaid}:{order.OrderId}",
        At = order.Facts.PaidAt!.Value,
        Nth = order.Nth,
        Channel = order.Facts.Latest!.Channel,
        Attributes = OrderOccurrences.Attributes(order, order.Facts.Latest, refund: null)
            .SetItem("at", order.Facts.PaidAt.Value)
            .SetItem("type", Events.EventTypes.OrderPaid),
    };

    internal static string KeyOf(OrderState order) => "order:" + order.OrderId;

    /// <summary>The occasion; its attributes are put together only where some rule asks for them.</summary>
    private static EarningOccasion Asked(OrderState order, ProgramModel program, EarningFacts facts) =>
        program.Earning.HasConditions || facts.TierRules.Any(static rule => rule.When is not null)
            ? Occasion(order)
            : new EarningOccasion { Trigger = EarningTrigger.OrderPaid, Key = KeyOf(order), At = order.Facts.PaidAt!.Value, Nth = order.Nth, Channel = order.Facts.Latest!.Channel };

    private static OrderEarning Frozen(OrderState order, ProgramModel program, EarningFacts facts)
    {
        var paidAt = order.Facts.PaidAt!.Value;
        CurrencyRate? rate = null;
        if (order.Facts.Latest!.Currency != program.Currency)
        {
            if (program.Rates.Of(order.Facts.Latest.Currency, paidAt) is not { } declared)
                return new OrderEarning { NothingBecause = EarningReasons.NoRate };
            rate = new CurrencyRate(declared, program.Currency);
        }

        var rules = ImmutableArray.CreateBuilder<RuleEarning>(1);
        foreach (var choice in EarningSelector.Choose(Asked(order, program, facts), program, facts))
        {
            if (choice.Reason is not null) continue;
            rules.Add(new RuleEarning
            {
                Rule = choice.Rule,
                Allowance = choice.Allowance,
                CappedBy = choice.CappedBy,
                Budget = choice.Budget,
                Counted = IsCounted(choice.Rule) ? 0 : null,
            });
        }

        return new OrderEarning { Rate = rate, Rules = rules.DrainToImmutable() };
    }

    /// <summary>Whether what a rule gives has to be remembered for other orders.</summary>
    private static bool IsCounted(EarningRule rule) => rule.Caps is { IsPersonal: true } || rule.CoolDownDays is not null || rule.IsOnce;

    private static ImmutableArray<LineShare> Difference(ImmutableArray<LineShare> before, ImmutableArray<LineShare> after)
    {
        // What a target tells is sorted and without zeros already.
        if (before.IsEmpty) return after;
        var shares = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var share in after) shares[share.LineId] = share.Points;
        foreach (var share in before) shares[share.LineId] = shares.GetValueOrDefault(share.LineId) - share.Points;
        return [.. shares.Where(static share => share.Value != 0).Select(static share => new LineShare(share.Key, share.Value))];
    }
}
