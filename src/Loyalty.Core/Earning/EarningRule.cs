using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>The earning rules of one program version, in their declared order.</summary>
public sealed record EarningPlan
{
    public ImmutableArray<EarningRule> Rules { get; init; } = [];

    /// <summary>How rules of one <see cref="EarningRule.Group"/> go together, by group; a group that is not here adds up.</summary>
    public ImmutableSortedDictionary<string, EarningStacking> Groups { get; init; } =
        ImmutableSortedDictionary.Create<string, EarningStacking>(StringComparer.Ordinal);

    /// <summary>Whether any rule has a budget over all customers.</summary>
    [JsonIgnore]
    public bool HasBudgets
    {
        get
        {
            foreach (var rule in Rules)
            {
                if (rule.Caps?.Budget is not null) return true;
            }

            return false;
        }
    }

    /// <summary>Whether any rule has a condition, which may ask for whatever is told of the occasion.</summary>
    [JsonIgnore]
    public bool HasConditions
    {
        get
        {
            foreach (var rule in Rules)
            {
                if (rule.When is not null) return true;
            }

            return false;
        }
    }

    /// <summary>Whether any rule listens to a type of event.</summary>
    public bool HearsEvent(string type)
    {
        foreach (var rule in Rules)
        {
            if (rule.On == EarningTrigger.Event && rule.EventType == type) return true;
        }

        return false;
    }
}

/// <summary>How the rules of one group go together.</summary>
public enum EarningStacking
{
    /// <summary>They add up.</summary>
    Sum,

    /// <summary>The one that gives most; of equal ones the first.</summary>
    Best,

    /// <summary>The first that gives anything, by <see cref="EarningRule.Order"/> and place in the file.</summary>
    First,
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

    /// <summary>Of <see cref="EarningTrigger.Event"/>: the type of the event, or null.</summary>
    public string? EventType { get; init; }

    /// <summary>Only the customer's nth paid order (from 1); null: every one. Frozen when the order first counts.</summary>
    public int? OnlyNthOrder { get; init; }

    /// <summary>What is kept of the order's eligible goods must be worth at least this, minor units of the program's currency. Default 1.</summary>
    public long MinimumMinor { get; init; } = 1;

    /// <summary>Goods that do not count, by SKU.</summary>
    public ImmutableArray<string> ExcludedSkus { get; init; } = [];

    /// <summary>Goods that do not count, by category.</summary>
    public ImmutableArray<string> ExcludedCategories { get; init; } = [];

    /// <summary>Goods that do not count, by label of the shop; null: none.</summary>
    public ImmutableArray<string>? ExcludedLabels { get; init; }

    /// <summary>Only these goods count; null: all.</summary>
    public GoodsFilter? Only { get; init; }

    /// <summary>Rules of one group go together as the program says; null: the rule stands for itself.</summary>
    public string? Group { get; init; }

    /// <summary>How the group goes together, copied from the plan so that a frozen rule is whole. Default: it adds up.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public EarningStacking Stacking { get; init; }

    /// <summary>Rules are asked in this order, then in the file's. Default 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Order { get; init; }

    /// <summary>At most so many points from one order or event; null: no bound.</summary>
    public long? MostPerEvent { get; init; }

    // What follows decides whether a rule applies when an order is first counted; a frozen copy needs it no more and does not keep it.

    /// <summary>Only every nth paid order (2: the second, fourth, …); null: every one.</summary>
    [JsonIgnore]
    public int? EveryNthOrder { get; init; }

    /// <summary>Only where this holds of the customer and the event; null: always.</summary>
    [JsonIgnore]
    public Condition? When { get; init; }

    /// <summary>Only orders of these sales channels; empty: of all.</summary>
    [JsonIgnore]
    public ImmutableArray<string> Channels { get; init; } = [];

    /// <summary>Only orders paid (or events) in this window of the program's clock; null: at any time.</summary>
    [JsonIgnore]
    public SendWindow? Hours { get; init; }

    /// <summary>What one customer may earn by it, and all together; null: no bound.</summary>
    [JsonIgnore]
    public EarningCaps? Caps { get; init; }

    /// <summary>Nothing by it for so many days (24 h each) after it last gave; null: no pause.</summary>
    [JsonIgnore]
    public int? CoolDownDays { get; init; }

    /// <summary>Once per customer, for ever.</summary>
    [JsonIgnore]
    public bool IsOnce { get; init; }

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

    /// <summary>An event about the customer (birthday, anniversary, review, referral, attendance, survey, the program's own).</summary>
    Event,
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
[JsonDerivedType(typeof(EndOf), "end-of")]
[JsonDerivedType(typeof(Sliding), "sliding")]
public abstract record ExpiryRule
{
    private ExpiryRule()
    {
    }

    public sealed record Never : ExpiryRule;

    /// <param name="Days">Full days of the program's calendar after the day on which points became usable; they end at 24:00 of the last.</param>
    public sealed record After(int Days) : ExpiryRule;

    /// <summary>24:00 of the last day of the calendar period in which the points became usable, or of a later one.</summary>
    /// <param name="Period">Of the program's calendar.</param>
    /// <param name="Later">So many whole periods later. 0 or more.</param>
    public sealed record EndOf(CalendarPeriod Period, int Later = 0) : ExpiryRule;

    /// <summary>As <see cref="After"/>, and every paid order of the customer moves the end to so many days after it.</summary>
    /// <param name="Days">Full days. 1 or more.</param>
    public sealed record Sliding(int Days) : ExpiryRule;
}

/// <summary>A period of the program's calendar.</summary>
public enum CalendarPeriod
{
    Month,
    Quarter,
    Year,
}

/// <summary>Goods by what the shop says of them; a line counts if any of the lists names it.</summary>
public sealed record GoodsFilter
{
    public ImmutableArray<string> Skus { get; init; } = [];
    public ImmutableArray<string> Categories { get; init; } = [];
    public ImmutableArray<string> Labels { get; init; } = [];

    /// <summary>Whether a line is among them.</summary>
    public bool Has(Orders.OrderLine line) =>
        (line.Sku is { } sku && Skus.Contains(sku))
        || (line.Category is { } category && Categories.Contains(category))
        || (line.Labels is { } labels && labels.Any(Labels.Contains));
}

/// <summary>Bounds on what a rule gives; null: none. Days and months are those of the program's calendar in which the event occurred.</summary>
/// <param name="Day">Points per customer and day.</param>
/// <param name="Month">Points per customer and month.</param>
/// <param name="Lifetime">Points per customer in all.</param>
/// <param name="Budget">Points to all customers together.</param>
public sealed record EarningCaps(long? Day = null, long? Month = null, long? Lifetime = null, long? Budget = null)
{
    /// <summary>There is a bound per customer.</summary>
    [JsonIgnore]
    public bool IsPersonal => Day is not null || Month is not null || Lifetime is not null;
}
