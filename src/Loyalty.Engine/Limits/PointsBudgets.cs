using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Limits;

/// <summary>
/// What earning rules with a budget over all customers may give. A decision is made twice: first as if there was enough, which tells what to ask for; then
/// with what the budgets gave. Taken → committed with the ledger → confirmed; what a crash leaves open is settled by the entry that is there or is not.
/// </summary>
/// <remarks>
/// An order takes its part when it is first counted, and keeps it: a return frees nothing for other orders, and what is added to the order later earns
/// nothing beyond it.
/// </remarks>
public sealed class PointsBudgets(SharedLimits limits, IClock clock)
{
    /// <summary>How much every budget of the program has left, by rule.</summary>
    public async Task<ImmutableDictionary<string, long>> LeftAsync(ProgramModel program, CancellationToken cancellation = default)
    {
        var left = ImmutableDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var rule in program.Earning.Rules)
        {
            if (rule.Caps?.Budget is { } budget) left[rule.Id] = await limits.LeftAsync(SharedLimits.PointsOf(rule.Id), budget, cancellation);
        }

        return left.ToImmutable();
    }

    /// <summary>Decides with what the budgets give.</summary>
    /// <param name="snapshot">What the decision reads.</param>
    /// <param name="program">The program.</param>
    /// <param name="decide">The decision, without side effects.</param>
    /// <param name="cancellation">Gives up; what was taken is found again or settled.</param>
    internal async Task<Budgeted> DecideAsync(
        CustomerSnapshot snapshot, ProgramModel program, Func<CustomerSnapshot, CustomerDecision> decide, CancellationToken cancellation)
    {
        if (decide(snapshot with { IgnoresBudgets = true }) is not CustomerDecision.Applied rehearsed) return new Budgeted(decide(snapshot), []);
        var granted = ImmutableDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        var takes = ImmutableArray.CreateBuilder<BudgetTake>();
        foreach (var entry in rehearsed.Entries)
        {
            if (RuleOf(entry, program) is not { Caps.Budget: { } budget } rule) continue;
            var key = $"{entry.CustomerId}|{entry.Key}";
            var outcome = new TakeOutcome(Keys.CustomerPartition(entry.CustomerId), Keys.Entry(entry.EntryId)) { Entry = new TakeEntry(entry.CustomerId, entry.Wallet, entry.Key) };
            var request = new LimitRequest(SharedLimits.PointsOf(rule.Id), key, entry.Points, budget, outcome) { TakesPart = true };
            if (await limits.AcquireAsync(request, cancellation) is not { } grant) continue;
            granted[entry.Key] = grant.Amount;
            takes.Add(new BudgetTake(request.Limit, key, entry.Key, grant.At));
        }

        var decision = decide(snapshot with { Budgets = granted.ToImmutable() });
        return new Budgeted(decision, takes.ToImmutable());
    }

    /// <summary>What was taken too long ago to be relied on by a commit now.</summary>
    internal bool IsStale(Budgeted budgeted) => budgeted.Takes.Any(take => clock.GetCurrentInstant() - take.At > SharedLimits.CommitWithin);

    /// <summary>The decision is committed: what it used stays taken, the rest is free again.</summary>
    internal async Task ConfirmAsync(Budgeted budgeted, CancellationToken cancellation)
    {
        foreach (var take in budgeted.Takes)
        {
            var used = (budgeted.Decision as CustomerDecision.Applied)?.Entries.FirstOrDefault(entry => entry.Key == take.EntryKey)?.Points ?? 0;
            await limits.ConfirmAsync(take.Limit, take.Key, used, cancellation);
        }
    }

    /// <summary>The rule behind a first grant; what later versions of an order grant lies within what the first count took.</summary>
    private static EarningRule? RuleOf(LedgerEntry entry, ProgramModel program)
    {
        if (entry.Type != EntryType.Grant || entry.Cause is not { RuleId: { } id, Reason: not "game" } || entry.Cause.Revision is not (null or EarningOccasion.Sale)) return null;
        foreach (var rule in program.Earning.Rules)
        {
            if (rule.Id == id) return rule;
        }

        return null;
    }
}

/// <summary>A decision and what was taken for it.</summary>
internal sealed record Budgeted(CustomerDecision Decision, ImmutableArray<BudgetTake> Takes);

/// <summary>What one grant took from a budget.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Key">The purpose there.</param>
/// <param name="EntryKey">The grant's business key.</param>
/// <param name="At">When.</param>
internal sealed record BudgetTake(string Limit, string Key, string EntryKey, Instant At);
