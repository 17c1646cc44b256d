using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>What a rule is asked about: a paid order, a sign-up or an event.</summary>
public sealed record EarningOccasion
{
    public required EarningTrigger Trigger { get; init; }

    /// <summary>Unique for the customer: the same order, event or sign-up has the same.</summary>
    public required string Key { get; init; }

    /// <summary>Of <see cref="EarningTrigger.Event"/>: its type.</summary>
    public string? EventType { get; init; }

    /// <summary>Payment of the order, or when the event occurred.</summary>
    public required Instant At { get; init; }

    /// <summary>Which of the customer's paid orders, from 1.</summary>
    public int? Nth { get; init; }
    public string? Channel { get; init; }

    /// <summary><c>event.*</c> without the root.</summary>
    public ImmutableDictionary<string, AttributeValue> Attributes { get; init; } = ImmutableDictionary<string, AttributeValue>.Empty;

    /// <summary>The id of the event; null: not told.</summary>
    public string? EventId { get; init; }

    /// <summary>What <c>event.NAME</c> is; beside the attributes the event's own fields, as <see cref="Journeys.RunPaths.Of"/> has them.</summary>
    public AttributeValue Look(string name)
    {
        var own = name.StartsWith(RunPaths.Envelope, StringComparison.Ordinal) ? name[RunPaths.Envelope.Length..] : name;
        if (own == name && Attributes.TryGetValue(name, out var value)) return value;
        return own switch
        {
            "at" => At,
            "type" => EventType ?? EventTypes.OrderPaid,
            "id" when EventId is not null => EventId,
            _ => Attributes.GetValueOrDefault(name, AttributeValue.None),
        };
    }

    /// <summary>The business key under which a rule grants for it; of an order, at its first count.</summary>
    public string GrantKey(string ruleId) => Trigger == EarningTrigger.OrderPaid ? $"{Key}|{ruleId}|{Sale}" : $"{Key}|{ruleId}";

    /// <summary>The first count of an order.</summary>
    public const string Sale = "sale";
}

/// <summary>A rule and whether it counts.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Reason">One of <see cref="EarningReasons"/>; null: it counts.</param>
/// <param name="Allowance">The most it may give; null: no bound.</param>
/// <param name="CappedBy">The bound in words.</param>
public readonly record struct RuleChoice(EarningRule Rule, string? Reason, long? Allowance, string? CappedBy)
{
    /// <summary>What the budget over all customers granted; null: the rule has none.</summary>
    public long? Budget { get; init; }

    /// <summary>The tighter of both bounds, and its name.</summary>
    public (long Points, string Name)? Bound => (Allowance, Budget) switch
    {
        (null, null) => null,
        ({ } allowance, { } budget) when allowance <= budget => (allowance, CappedBy!),
        ({ } allowance, null) => (allowance, CappedBy!),
        (_, { } budget) => (budget, EarningSelector.BudgetWords(Rule)),
    };
}

/// <summary>Which rules count for an order or event, and why the others do not.</summary>
public static class EarningSelector
{
    /// <summary>Every rule of the program in its order, the tier's own last.</summary>
    public static ImmutableArray<RuleChoice> Choose(EarningOccasion occasion, ProgramModel program, EarningFacts facts)
    {
        var choices = ImmutableArray.CreateBuilder<RuleChoice>(program.Earning.Rules.Length + facts.TierRules.Length);
        foreach (var rule in InOrder(program.Earning.Rules)) choices.Add(Choose(rule, occasion, program, facts));
        foreach (var rule in facts.TierRules) choices.Add(Choose(rule, occasion, program, facts));
        return choices.MoveToImmutable();
    }

    /// <summary>Whether a rule counts at an instant: from its start (included) to its end (excluded).</summary>
    public static bool IsValidAt(EarningRule rule, Instant at) =>
        (rule.ValidFrom is null || at >= rule.ValidFrom) && (rule.ValidUntil is null || at < rule.ValidUntil);

    private static RuleChoice Choose(EarningRule rule, EarningOccasion occasion, ProgramModel program, EarningFacts facts)
    {
        if (Refusal(rule, occasion, program, facts) is { } reason) return new RuleChoice(rule, reason, null, null);
        (long Points, string Cap)? bound = null;
        if (rule.Caps is { IsPersonal: true } caps)
        {
            bound = facts.UsageOf(rule.Id).Left(caps, occasion.At, program.TimeZone);
            if (bound is { Points: 0 }) return new RuleChoice(rule, EarningReasons.CapReached, 0, bound.Value.Cap);
        }

        if (rule.Caps?.Budget is null || facts.IgnoresBudgets) return new RuleChoice(rule, null, bound?.Points, bound?.Cap);
        var granted = facts.Budgets.GetValueOrDefault(occasion.GrantKey(rule.Id));
        return new RuleChoice(rule, granted == 0 ? EarningReasons.BudgetReached : null, bound?.Points, bound?.Cap) { Budget = granted };
    }

    private static string? Refusal(EarningRule rule, EarningOccasion occasion, ProgramModel program, EarningFacts facts)
    {
        if (rule.On != occasion.Trigger || (rule.On == EarningTrigger.Event && rule.EventType != occasion.EventType)) return EarningReasons.OtherEvent;
        if (program.ClosedAt <= occasion.At) return EarningReasons.ProgramClosed;
        if (occasion.At < rule.ValidFrom) return EarningReasons.NotYetValid;
        if (occasion.At >= rule.ValidUntil) return EarningReasons.NoLongerValid;
        if (rule.OnlyNthOrder is { } nth && nth != occasion.Nth) return EarningReasons.NotNthOrder;
        if (rule.EveryNthOrder is { } every && (occasion.Nth ?? 0) % every != 0) return EarningReasons.NotNthOrder;
        if (!rule.Channels.IsEmpty && (occasion.Channel is null || !rule.Channels.Contains(occasion.Channel))) return EarningReasons.OtherChannel;
        if (rule.Hours?.IsOpen(occasion.At, program.TimeZone) == false) return EarningReasons.OutsideHours;
        if (rule.When is { } when && !when.Holds(Lookup(occasion, facts), occasion.At, facts.Zone)) return EarningReasons.ConditionNotMet;
        var usage = facts.UsageOf(rule.Id);
        if (rule.IsOnce && usage.Times > 0) return EarningReasons.AlreadyGranted;
        return rule.CoolDownDays is { } days && !usage.IsRested(days, occasion.At) ? EarningReasons.CoolDown : null;
    }

    /// <summary><c>event.*</c> of the occasion, everything else of the customer.</summary>
    internal static Func<string, AttributeValue> Lookup(EarningOccasion occasion, EarningFacts facts)
    {
        const string Root = "event.";
        return path => path.StartsWith(Root, StringComparison.Ordinal)
            ? occasion.Look(path[Root.Length..])
            : facts.Attributes(path);
    }

    private static ImmutableArray<EarningRule> InOrder(ImmutableArray<EarningRule> rules)
    {
        for (var i = 1; i < rules.Length; i++)
        {
            if (rules[i].Order < rules[i - 1].Order) return [.. rules.OrderBy(static rule => rule.Order)];
        }

        return rules;
    }

    internal static string BudgetWords(EarningRule rule) =>
        rule.Caps?.Budget is { } most ? string.Create(CultureInfo.InvariantCulture, $"budget {most}") : "budget";
}
