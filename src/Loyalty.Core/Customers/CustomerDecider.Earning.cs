using System.Collections.Immutable;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <content>What orders, sign-ups and events earn.</content>
public static partial class CustomerDecider
{
    /// <summary>What earning rules read of a customer.</summary>
    public static EarningFacts FactsOf(CustomerSnapshot snapshot, ProgramModel program, Instant now) => new()
    {
        Attributes = CustomerAttributes.Lookup(snapshot, program),
        Zone = CustomerMoments.ZoneOf(snapshot.Customer, program),
        Usage = snapshot.Customer?.Earned ?? [],
        Budgets = snapshot.Budgets,
        IgnoresBudgets = snapshot.IgnoresBudgets,
        TierRules = TierRules(snapshot.Customer?.Tier, program),
        Now = now,
    };

    /// <summary>What earning rules read of the customer as decided so far.</summary>
    private static EarningFacts FactsOf(CustomerDraft draft)
    {
        var program = draft.Program;
        return new EarningFacts
        {
            // Asked while the rules decide, and nothing of the draft changes meanwhile: the whole record is written only where a condition reads it.
            Attributes = path => CustomerAttributes.Look(draft.Customer, draft.Person, program, path),
            Zone = draft.Profile.TimeZone ?? program.TimeZone,
            Usage = draft.Earned ?? [],
            Budgets = draft.Budgets,
            IgnoresBudgets = draft.IgnoresBudgets,
            TierRules = TierRules(draft.Tier, program),
            Now = draft.Now,
        };
    }

    private static OrderState Earn(CustomerDraft draft, OrderState order, OrderState before)
    {
        if (IsEarnedAlready(order, before))
        {
            // Fulfilment changes no worth, but may say when points become usable.
            if (order.Facts.FulfilledAt == before.Facts.FulfilledAt) return order;
            foreach (var command in OrderEarner.Rescheduled(order, draft.Program)) draft.MustPost(command.Wallet, command.Command);
            return order;
        }

        var facts = FactsOf(draft);
        var earned = OrderEarner.Decide(order, draft.Program, facts, draft.Redemptions);
        foreach (var command in earned.Commands) draft.MustPost(command.Wallet, command.Command);
        foreach (var redemption in earned.Redemptions) draft.Keep(redemption);
        Remember(draft, earned.Usage);
        if (earned.Earning?.NothingBecause is { } reason)
        {
            if (before.Earning is null) draft.Note(reason);
            Explain(draft, order, reason);
        }

        if (before.Earning is null && earned.Earning is not null) Slide(draft, order);
        return order with { Earning = earned.Earning, PointsPaid = earned.PointsPaid };
    }

    /// <summary>What was posted is still what the order is worth: nothing that its worth follows from has changed since.</summary>
    private static bool IsEarnedAlready(OrderState order, OrderState before)
    {
        if (order.PointsPaid is { IsEmpty: false } || order.Earning is not { NothingBecause: null } || before.Facts.Latest is not { } known || order.Facts.Latest is not { } latest) return false;
        if (latest.Lines != known.Lines || latest.Currency != known.Currency || latest.TaxesIncluded != known.TaxesIncluded) return false;
        var (one, other) = (before.Facts, order.Facts);
        return one.Refunds == other.Refunds && one.IsCancelled == other.IsCancelled && one.IsRefunded == other.IsRefunded && one.PaidAt == other.PaidAt;
    }

    /// <summary>The latest paid order keeps points with sliding expiry alive, also those of an order that is told late.</summary>
    private static void Slide(CustomerDraft draft, OrderState order)
    {
        var latest = draft.Purchases.LastAt ?? order.Facts.PaidAt!.Value;
        foreach (var wallet in draft.WalletsWithSlidingLots())
        {
            ImmutableArray<SlidingEnd> ends =
            [
                .. wallet.Lots.Select(static lot => lot.SlidingDays).OfType<int>().Distinct().Order()
                    .Select(days => new SlidingEnd(days, LotTerms.EndOfDay(latest, days, draft.Program.TimeZone))),
            ];
            var cause = new EntryCause { OrderId = order.OrderId, Reason = "sliding-expiry" };
            draft.MustPost(wallet.Name, new LedgerCommand.Extend($"order:{order.OrderId}|extend", ends, cause));
        }
    }

    /// <summary>What an event about the customer earns; orders and sign-ups have their own ways.</summary>
    private static void Earn(CustomerDraft draft, Occurrence occurrence)
    {
        Play(draft, occurrence);
        if (!draft.Program.Earning.HearsEvent(occurrence.Type)) return;
        var occasion = new EarningOccasion
        {
            Trigger = EarningTrigger.Event,
            Key = "event:" + occurrence.Id,
            EventType = occurrence.Type,
            EventId = occurrence.Id,
            At = occurrence.At,
            Attributes = occurrence.Attributes.SetItem("id", occurrence.Id).SetItem("type", occurrence.Type).SetItem("at", occurrence.At),
        };
        Post(draft, EventEarner.Decide(occasion, draft.Program, FactsOf(draft)));
    }

    private static void EarnSignUp(CustomerDraft draft, Occurrence signUp)
    {
        var occasion = new EarningOccasion
        {
            Trigger = EarningTrigger.Registration,
            Key = "registration",
            EventType = EventTypes.CustomerSignedUp,
            EventId = signUp.Id,
            At = signUp.At,
            Attributes = draft.Program.Earning.HasConditions ? signUp.Attributes : ImmutableDictionary<string, AttributeValue>.Empty,
        };
        var earned = EventEarner.Decide(occasion, draft.Program, FactsOf(draft));
        var once = draft.OnceGranted;
        if (earned.Commands.IsEmpty)
        {
            Remember(draft, earned.Usage);
            return;
        }

        var open = earned.Commands;
        foreach (var command in earned.Commands)
        {
            var at = SortedNames.Find(once, command.Command.Key);
            if (at < 0) once = once.Insert(~at, command.Command.Key);
            else open = open.Remove(command);
        }

        draft.OnceGranted = once;
        Post(draft, earned with { Commands = open });
    }

    private static void Post(CustomerDraft draft, EventEarning earned)
    {
        foreach (var command in earned.Commands) draft.MustPost(command.Wallet, command.Command);
        Remember(draft, earned.Usage);
    }

    private static void Remember(CustomerDraft draft, ImmutableArray<RuleUsage> usage)
    {
        if (usage.IsDefaultOrEmpty || usage == draft.Earned) return;
        draft.Customer = draft.Customer with { Earned = usage };
    }
}
