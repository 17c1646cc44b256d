using System.Collections.Immutable;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Games;
using Loyalty.Core.Journeys;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;

namespace Loyalty.Core.Customers;

/// <content>Badges, challenges and streaks.</content>
public static partial class CustomerDecider
{
    /// <summary>What an order contributes to games, replaced by what it contributes now; which games it counts for is settled when it first counts.</summary>
    private static OrderState Play(CustomerDraft draft, OrderState order, OrderState before)
    {
        if (draft.Program.Games.IsEmpty && order.Games is null) return order;
        if (order.Facts is not { IsPaid: true, Latest: not null }) return order;
        var marks = ImmutableArray.CreateBuilder<GameMark>();
        foreach (var game in draft.Program.Games)
        {
            var known = before.Games?.FirstOrDefault(mark => mark.Game == game.Name);
            if (game.EventType != EventTypes.OrderPaid || (known is null && !(before.Nth is null && Counts(draft, game, order)))) continue;
            var now = MarkOf(draft, game, order);
            Move(draft, game, known, now, order.Facts.PaidAt!.Value);
            marks.Add(now);
        }

        return order with { Games = marks.Count == 0 ? null : marks.ToImmutable() };
    }

    private static void Play(CustomerDraft draft, Occurrence occurrence)
    {
        foreach (var game in draft.Program.Games)
        {
            if (game.EventType != occurrence.Type || !GameDecider.IsOpenAt(game, occurrence.At)) continue;
            var occasion = new EarningOccasion
            {
                Trigger = EarningTrigger.Event,
                Key = "event:" + occurrence.Id,
                EventType = occurrence.Type,
                EventId = occurrence.Id,
                At = occurrence.At,
                Attributes = occurrence.Attributes,
            };
            if (!Holds(draft, game, occasion)) continue;
            ImmutableArray<string> keys = game.Kind == GameKind.Streak ? [GameDecider.PeriodKey(game.Every, occurrence.At, draft.Program.TimeZone)] : [];
            Move(draft, game, null, new GameMark(game.Name, 1, keys), occurrence.At);
        }
    }

    private static void Move(CustomerDraft draft, GameRule game, GameMark? before, GameMark after, NodaTime.Instant at)
    {
        if (after.Equals(before)) return;
        var all = draft.Customer.Games ?? [];
        var progress = all.FirstOrDefault(one => one.Name == game.Name) ?? new GameProgress { Name = game.Name };
        var decision = GameDecider.Replace(draft.Customer.CustomerId, progress, game, before, after, at, draft.Now, draft.Program.TimeZone);
        draft.Customer = draft.Customer with
        {
            Games = [.. all.Where(one => one.Name != game.Name).Append(decision.Progress).OrderBy(static one => one.Name, StringComparer.Ordinal)],
        };
        foreach (var command in decision.Commands) draft.MustPost(command.Wallet, command.Command);
        if (decision.Reached > 0) draft.Tell(Occurrences.BadgeEarned(game, decision.Progress, at));
    }

    private static bool Counts(CustomerDraft draft, GameRule game, OrderState order) =>
        GameDecider.IsOpenAt(game, order.Facts.PaidAt!.Value) && Holds(draft, game, OrderEarner.Occasion(order));

    private static bool Holds(CustomerDraft draft, GameRule game, EarningOccasion occasion)
    {
        if (game.When is not { } when) return true;
        var facts = FactsOf(draft);
        return when.Holds(EarningSelector.Lookup(occasion, facts), occasion.At, facts.Zone);
    }

    private static GameMark MarkOf(CustomerDraft draft, GameRule game, OrderState order)
    {
        var facts = order.Facts;
        var kept = facts.IsCancelled || facts.IsRefunded ? [] : OrderValue.Lines(facts.Latest!, facts.Refunds).Where(static line => line.NetMinor > 0).ToList();
        if (kept.Count == 0) return new GameMark(game.Name, 0, []);
        var sum = game.Measure == GameMeasure.Amount ? InProgramCurrency(draft.Program, order) : 1;
        if (game.Kind == GameKind.Streak)
            return new GameMark(game.Name, sum, [GameDecider.PeriodKey(game.Every, facts.PaidAt!.Value, draft.Program.TimeZone)]);
        var values = game.Measure switch
        {
            GameMeasure.Categories => kept.Select(static line => line.Line.Category),
            GameMeasure.Skus => kept.Select(static line => line.Line.Sku),
            _ => [],
        };
        return new GameMark(game.Name, sum, [.. values.OfType<string>().Distinct().Order(StringComparer.Ordinal)]);
    }

    /// <summary>Net goods kept in minor units of the program's currency, rounded down; without a rate 0.</summary>
    private static long InProgramCurrency(ProgramModel program, OrderState order)
    {
        var kept = OrderValue.Kept(order.Facts);
        return InProgramCurrency(program, kept, order.Facts.Latest!.Currency, order.Facts.PaidAt!.Value);
    }

    private static long InProgramCurrency(ProgramModel program, long minor, string currency, NodaTime.Instant at)
    {
        if (currency == program.Currency) return minor;
        if (program.Rates.Of(currency, at) is not { } rate) return 0;
        return (long)decimal.Floor(minor * rate * CurrencyUnits.MinorPerUnit(program.Currency) / CurrencyUnits.MinorPerUnit(currency));
    }
}
