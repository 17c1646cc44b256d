using System.Collections.Immutable;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;

namespace Loyalty.Core.Earning;

/// <summary>What one rule would give, or why it would not.</summary>
public sealed record RuleOutcome
{
    public required string RuleId { get; init; }
    public required int RuleVersion { get; init; }
    public required string Wallet { get; init; }

    /// <summary>0 or more.</summary>
    public required long Points { get; init; }

    /// <summary>One of <see cref="EarningReasons"/>; null: it gives.</summary>
    public string? Reason { get; init; }

    /// <summary>Before rounding and caps.</summary>
    public decimal? Exact { get; init; }

    /// <summary>The value that counted, minor units of the order's currency.</summary>
    public long? EligibleMinor { get; init; }

    /// <summary>The most it may give now, where a cap bounds it.</summary>
    public long? Allowance { get; init; }
    public string? CappedBy { get; init; }

    /// <summary>The rule of its group that counts instead.</summary>
    public string? InsteadOf { get; init; }
    public ImmutableArray<LineShare> Lines { get; init; } = [];
}

/// <summary>The answer to "what would this earn, and why".</summary>
/// <param name="Points">By wallet, those with more than 0.</param>
/// <param name="Rules">Every rule, in the order in which they are asked.</param>
/// <param name="NothingBecause">Why nothing at all could be earned; null: something could.</param>
public sealed record EarningExploration(
    ImmutableSortedDictionary<string, long> Points, ImmutableArray<RuleOutcome> Rules, string? NothingBecause);

/// <summary>Asks the very code that posts, and posts nothing.</summary>
public static class EarningExplorer
{
    /// <summary>What an order would earn as it stands. One that is not paid counts as paid when it was last updated.</summary>
    /// <param name="order">With its lines; <see cref="OrderState.Nth"/> as it would be.</param>
    /// <param name="program">The program.</param>
    /// <param name="facts">The customer and caps.</param>
    public static EarningExploration Explore(OrderState order, ProgramModel program, EarningFacts facts)
    {
        var latest = order.Facts.Latest ?? throw new ArgumentException("The order has no version.", nameof(order));
        order = order with { Facts = order.Facts with { PaidAt = order.Facts.PaidAt ?? latest.UpdatedAt }, Earning = null };
        CurrencyRate? rate = null;
        if (latest.Currency != program.Currency)
        {
            if (program.Rates.Of(latest.Currency, order.Facts.PaidAt!.Value) is not { } declared)
                return new EarningExploration(Sums([]), [], EarningReasons.NoRate);
            rate = new CurrencyRate(declared, program.Currency);
        }

        var choices = EarningSelector.Choose(OrderEarner.Occasion(order), program, facts);
        var counting = choices.Where(static choice => choice.Reason is null)
            .Select(static choice => new RuleEarning { Rule = choice.Rule, Allowance = choice.Allowance, CappedBy = choice.CappedBy, Budget = choice.Budget })
            .ToList();
        var kept = OrderValue.Lines(latest, order.Facts.Refunds);
        var lines = PointsAllocation.AfterPayments(kept, latest, order.PointsPaid ?? []);
        var targets = OrderTarget.Of(counting, lines, latest.Currency, rate);
        var outcomes = ImmutableArray.CreateBuilder<RuleOutcome>(choices.Length);
        var next = 0;
        foreach (var choice in choices) outcomes.Add(choice.Reason is null ? Of(choice, targets[next++]) : Of(choice));
        return new EarningExploration(Sums(outcomes), outcomes.ToImmutable(), order.Facts.IsCancelled ? "cancelled" : order.Facts.IsRefunded ? "refunded" : null);
    }

    /// <summary>What an event would earn.</summary>
    public static EarningExploration Explore(EarningOccasion occasion, ProgramModel program, EarningFacts facts)
    {
        var outcomes = EventEarner.Targets(occasion, program, facts)
            .Select(static one => Of(one.Choice) with { Points = one.Points, Reason = one.Reason })
            .ToImmutableArray();
        return new EarningExploration(Sums(outcomes), outcomes, null);
    }

    private static RuleOutcome Of(RuleChoice choice) => new()
    {
        RuleId = choice.Rule.Id,
        RuleVersion = choice.Rule.Version,
        Wallet = choice.Rule.Wallet,
        Points = 0,
        Reason = choice.Reason,
        Allowance = choice.Bound?.Points,
        CappedBy = choice.Bound?.Name,
    };

    private static RuleOutcome Of(RuleChoice choice, RuleTarget target) => Of(choice) with
    {
        Points = target.Points,
        Exact = target.Exact,
        EligibleMinor = target.EligibleMinor,
        Lines = target.Lines,
        InsteadOf = target.InsteadOf,
        Reason = target switch
        {
            { Points: > 0 } => null,
            { InsteadOf: not null } => EarningReasons.OtherRuleCounts,
            { EligibleMinor: <= 0 } => EarningReasons.NoEligibleGoods,
            { IsBelowMinimum: true } => EarningReasons.BelowMinimum,
            _ => EarningReasons.BelowOnePoint,
        },
    };

    private static ImmutableSortedDictionary<string, long> Sums(IEnumerable<RuleOutcome> outcomes) => outcomes
        .Where(static outcome => outcome.Points > 0)
        .GroupBy(static outcome => outcome.Wallet)
        .ToImmutableSortedDictionary(static group => group.Key, static group => group.Sum(static outcome => outcome.Points), StringComparer.Ordinal);
}
