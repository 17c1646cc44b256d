using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Earning;

/// <summary>What an event earned.</summary>
/// <param name="Commands">In order.</param>
/// <param name="Usage">What rules gave the customer after it.</param>
public sealed record EventEarning(ImmutableArray<WalletCommand> Commands, ImmutableArray<RuleUsage> Usage);

/// <summary>Earning that hangs on no order: each event is decided once and never corrected by itself.</summary>
public static class EventEarner
{
    /// <summary>The grants for an event or sign-up.</summary>
    /// <param name="occasion">What happened.</param>
    /// <param name="program">The program.</param>
    /// <param name="facts">The customer, caps and budgets.</param>
    public static EventEarning Decide(EarningOccasion occasion, ProgramModel program, EarningFacts facts)
    {
        var commands = ImmutableArray.CreateBuilder<WalletCommand>();
        var targets = Targets(occasion, program, facts);
        for (var i = 0; i < targets.Length; i++)
        {
            var (choice, points, reason) = targets[i];
            if (reason is not null || points == 0) continue;
            var rule = choice.Rule;
            var terms = LotTerms.Of(rule, occasion.At, null, program.TimeZone);
            var cause = new EntryCause
            {
                RuleId = rule.Id,
                RuleVersion = rule.Version,
                Reason = occasion.Trigger == EarningTrigger.Registration ? "registration" : null,
                EventType = occasion.Trigger == EarningTrigger.Registration ? null : occasion.EventType,
                CappedBy = choice.Bound is { } bound && bound.Points == points ? bound.Name : null,
                Inputs = Inputs(choice, points, occasion, facts),
            };
            var grant = new LedgerCommand.Grant(occasion.GrantKey(rule.Id), points, terms.AvailableAt, terms.ExpiresAt, cause)
            {
                EarnedAt = occasion.At,
                SlidingDays = (rule.Expiry as ExpiryRule.Sliding)?.Days,
            };
            commands.Add(new WalletCommand(rule.Wallet, grant));
            if (rule.Caps is { IsPersonal: true } || rule.CoolDownDays is not null || rule.IsOnce)
                facts = facts.With(facts.UsageOf(rule.Id).Add(rule.Caps, points, occasion.At, program.TimeZone, isFirst: true));
        }

        return new EventEarning(commands.ToImmutable(), facts.Usage);
    }

    /// <summary>Every rule with what it would give, or why nothing.</summary>
    public static ImmutableArray<(RuleChoice Choice, long Points, string? Reason)> Targets(
        EarningOccasion occasion, ProgramModel program, EarningFacts facts)
    {
        var choices = EarningSelector.Choose(occasion, program, facts);
        var targets = new (RuleChoice Choice, long Points, string? Reason)[choices.Length];
        var hasGroups = false;
        for (var i = 0; i < targets.Length; i++)
        {
            var choice = choices[i];
            var points = choice.Reason is null ? Points(choice, occasion, facts) : 0;
            targets[i] = (choice, points, choice.Reason is null && points == 0 ? EarningReasons.BelowOnePoint : choice.Reason);
            hasGroups |= points > 0 && choice.Rule.Group is not null;
        }

        if (!hasGroups) return ImmutableCollectionsMarshal.AsImmutableArray(targets);
        foreach (var group in Enumerable.Range(0, targets.Length)
            .Where(i => targets[i].Points > 0 && targets[i].Choice.Rule is { Group: not null, Stacking: not EarningStacking.Sum })
            .GroupBy(i => (targets[i].Choice.Rule.Wallet, targets[i].Choice.Rule.Group)))
        {
            var kept = targets[group.First()].Choice.Rule.Stacking == EarningStacking.First ? group.First() : group.MaxBy(i => targets[i].Points);
            foreach (var other in group.Where(i => i != kept)) targets[other] = (targets[other].Choice, 0, EarningReasons.OtherRuleCounts);
        }

        return [.. targets];
    }

    private static long Points(RuleChoice choice, EarningOccasion occasion, EarningFacts facts)
    {
        var points = choice.Rule.Formula switch
        {
            EarningFormula.Fixed constant => constant.Points,
            EarningFormula.Computed { Formula: { } formula } => Whole(formula.Evaluate(EarningSelector.Lookup(occasion, facts), occasion.At, facts.Zone)),
            _ => 0,
        };
        return Math.Min(points, Math.Min(choice.Bound?.Points ?? long.MaxValue, choice.Rule.MostPerEvent ?? long.MaxValue));
    }

    /// <summary>What the points follow from: the formula with the values it named, and the tighter bound.</summary>
    private static ImmutableArray<EntryInput> Inputs(RuleChoice choice, long points, EarningOccasion occasion, EarningFacts facts)
    {
        var inputs = ImmutableArray.CreateBuilder<EntryInput>();
        if (choice.Rule.Formula is EarningFormula.Computed { Formula: { } formula })
            inputs.AddRange(EntryInput.Of(formula, new Conditions.AttributeFunction(EarningSelector.Lookup(occasion, facts))));
        if (choice.Allowance is { } allowance) inputs.Add(new EntryInput("allowance", allowance));
        if (choice.Budget is { } granted) inputs.Add(new EntryInput("budget-granted", granted));
        inputs.Add(new EntryInput("target", points));
        return inputs.ToImmutable();
    }

    private static long Whole(AttributeValue value) =>
        value is AttributeValue.Number { Value: >= 1 and <= LedgerLimits.PointsPerEntry } number ? (long)decimal.Floor(number.Value) : 0;
}
