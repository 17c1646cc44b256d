using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>The earning rules of one program version, in their declared order.</summary>
public sealed record EarningPlan
{
    public ImmutableArray<EarningRule> Rules { get; init; } = [];
}

/// <summary>
/// One earning rule: when → formula. An order keeps a copy of the rules it was first evaluated under, so editing or deleting a rule
/// never changes what an old order is worth.
/// </summary>
public sealed record EarningRule
{
    /// <summary>Kebab-case, unique in the program.</summary>
    public required string Id { get; init; }

    /// <summary>From 1; grows with each published change.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The point type. Default <c>spendable</c>.</summary>
    public string Wallet { get; init; } = Programs.WalletRule.Spendable;
    public EarningTrigger On { get; init; } = EarningTrigger.OrderPaid;
    public required EarningFormula Formula { get; init; }

    /// <summary>Orders paid (or people signed up) before this earn nothing by it; null: no start.</summary>
    public Instant? ValidFrom { get; init; }

    /// <summary>Orders paid from this instant on earn nothing by it; null: no end.</summary>
    public Instant? ValidUntil { get; init; }

    /// <summary>Only the customer's nth paid order (from 1); null: every one. Frozen when the order first counts.</summary>
    public int? OnlyNthOrder { get; init; }

    /// <summary>What is kept of the order's eligible goods must be worth at least this, minor units of the program's currency. Default 1.</summary>
    public long MinimumMinor { get; init; } = 1;

    /// <summary>Goods that do not count, by SKU.</summary>
    public ImmutableArray<string> ExcludedSkus { get; init; } = [];

    /// <summary>Goods that do not count, by category.</summary>
    public ImmutableArray<string> ExcludedCategories { get; init; } = [];

    public ActivationRule Activation { get; init; } = new ActivationRule.Immediately();

    public ExpiryRule Expiry { get; init; } = new ExpiryRule.Never();
}

/// <summary>What a rule answers to.</summary>
public enum EarningTrigger
{
    /// <summary>A paid order; the amount follows the order's later revisions.</summary>
    OrderPaid,

    /// <summary>The sign-up; once per person.</summary>
    Registration,
}

/// <summary>Of what value points are computed.</summary>
public enum EarningBase
{
    /// <summary>Without tax.</summary>
    Net,

    /// <summary>With tax.</summary>
    Gross,
}

/// <summary>How many points. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(PerAmount), "per-amount")]
[JsonDerivedType(typeof(Fixed), "fixed")]
public abstract record EarningFormula
{
    private EarningFormula()
    {
    }

    /// <summary>Points per unit of the program's currency, floored once over all rules of the wallet.</summary>
    /// <param name="PointsPerUnit">Above 0, at most 100, at most 4 decimals.</param>
    /// <param name="Base">Default net.</param>
    public sealed record PerAmount(decimal PointsPerUnit, EarningBase Base = EarningBase.Net) : EarningFormula;

    /// <summary>The same for each order (as long as something of it is kept) or sign-up.</summary>
    /// <param name="Points">1 or more.</param>
    public sealed record Fixed(long Points) : EarningFormula;
}

/// <summary>When points become usable. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Immediately), "immediately")]
[JsonDerivedType(typeof(AfterPayment), "after-payment")]
[JsonDerivedType(typeof(AfterFulfilment), "after-fulfilment")]
public abstract record ActivationRule
{
    private ActivationRule()
    {
    }

    public sealed record Immediately : ActivationRule;

    /// <param name="Days">Days of the program's calendar after payment (for a sign-up: after it), same local time. 0 or more.</param>
    public sealed record AfterPayment(int Days) : ActivationRule;

    /// <summary>The return window: it starts when the order is fulfilled.</summary>
    /// <param name="Days">Days of the program's calendar after fulfilment, same local time. 0 or more.</param>
    /// <param name="AtLatestDaysAfterPayment">For shops that never tell of fulfilment; null (default): then the points stay pending.</param>
    public sealed record AfterFulfilment(int Days, int? AtLatestDaysAfterPayment = null) : ActivationRule;
}

/// <summary>When points end. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Never), "never")]
[JsonDerivedType(typeof(After), "after")]
public abstract record ExpiryRule
{
    private ExpiryRule()
    {
    }

    public sealed record Never : ExpiryRule;

    /// <param name="Days">Full days of the program's calendar after the day on which points became usable; they end at 24:00 of the last.</param>
    public sealed record After(int Days) : ExpiryRule;
}
