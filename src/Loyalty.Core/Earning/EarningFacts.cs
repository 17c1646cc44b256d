using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>What rules read besides the order or event itself; frozen into the order when it is first counted.</summary>
public sealed record EarningFacts
{
    /// <summary>Nobody in particular: every condition about the customer is unset.</summary>
    public static EarningFacts None { get; } = new();

    /// <summary><c>customer.*</c>: full path → value.</summary>
    public Func<string, AttributeValue> Attributes { get; init; } = static _ => AttributeValue.None;

    /// <summary>The customer's zone, for conditions.</summary>
    public DateTimeZone Zone { get; init; } = DateTimeZone.Utc;

    /// <summary>What rules gave the customer so far.</summary>
    public ImmutableArray<RuleUsage> Usage { get; init; } = [];

    /// <summary>
    /// What the shared budgets granted, by the business key of the grant (<see cref="EarningOccasion.GrantKey"/>); a grant of a rule with a budget that is not
    /// here gets nothing.
    /// </summary>
    public ImmutableDictionary<string, long> Budgets { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Rules that follow from the customer's tier.</summary>
    public ImmutableArray<EarningRule> TierRules { get; init; } = [];

    /// <summary>The present, from which the grace of restored lots runs.</summary>
    public Instant Now { get; init; }

    /// <summary>Budgets count as unbounded: for what would be asked of them.</summary>
    public bool IgnoresBudgets { get; init; }

    /// <summary>The usage of a rule, empty where it never gave.</summary>
    public RuleUsage UsageOf(string ruleId)
    {
        foreach (var usage in Usage)
        {
            if (usage.RuleId == ruleId) return usage;
        }

        return new RuleUsage { RuleId = ruleId };
    }

    /// <summary>These facts with the usage of one rule replaced.</summary>
    public EarningFacts With(RuleUsage usage) => this with
    {
        Usage =
        [
            .. Usage.Where(other => other.RuleId != usage.RuleId).Append(usage).OrderBy(static one => one.RuleId, StringComparer.Ordinal),
        ],
    };
}
