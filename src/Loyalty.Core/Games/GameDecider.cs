using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Games;

/// <summary>What changed in a game.</summary>
/// <param name="Progress">After it.</param>
/// <param name="Commands">Grants of new rounds, or the reversal of rounds that nothing bears any more.</param>
/// <param name="Reached">Rounds that were reached by it, 0 or more.</param>
public sealed record GameDecision(GameProgress Progress, ImmutableArray<WalletCommand> Commands, int Reached);

/// <summary>The rules of badges, challenges and streaks. Pure.</summary>
public static class GameDecider
{
    /// <summary>Whether something that occurred at a moment can count.</summary>
    public static bool IsOpenAt(GameRule game, Instant at) => (game.From is null || at >= game.From) && (game.Until is null || at < game.Until);

    /// <summary>The key of the period that a moment lies in: <c>2026-03-02</c> (a week by its Monday), <c>2026-03</c>.</summary>
    public static string PeriodKey(StreakPeriod period, Instant at, DateTimeZone zone)
    {
        var day = at.InZone(zone).Date;
        return period switch
        {
            StreakPeriod.Week => LocalDatePattern.Iso.Format(day.PlusDays(1 - (int)day.DayOfWeek)),
            StreakPeriod.Month => LocalDatePattern.Iso.Format(day)[..7],
            _ => LocalDatePattern.Iso.Format(day),
        };
    }

    /// <summary>Takes one contribution out and puts another in.</summary>
    /// <param name="customerId">Whose.</param>
    /// <param name="progress">Before.</param>
    /// <param name="game">The rule.</param>
    /// <param name="before">What the order contributed before; null: nothing.</param>
    /// <param name="after">What it contributes now; null: nothing.</param>
    /// <param name="at">When it occurred: points of a new round are earned then.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The program's zone.</param>
    public static GameDecision Replace(
        string customerId, GameProgress progress, GameRule game, GameMark? before, GameMark? after, Instant at, Instant now, DateTimeZone zone)
    {
        progress = progress with
        {
            Sum = progress.Sum - (before?.Sum ?? 0) + (after?.Sum ?? 0),
            Counts = Counted(Counted(progress.Counts, before, -1), after, 1),
        };
        var rounds = Rounds(game, progress);
        var reached = Math.Max(0, rounds - progress.Rounds);
        var commands = ImmutableArray.CreateBuilder<WalletCommand>();
        while (progress.Rounds < rounds) progress = Reach(customerId, progress, game, at, now, zone, commands);
        if (progress.Rounds > rounds) progress = Undo(progress, game, rounds, commands);
        return new GameDecision(progress, commands.ToImmutable(), reached);
    }

    /// <summary>
    /// The progress of two people who are one: contributions add up, what both had reached stays granted, and the next contribution settles what the
    /// whole bears.
    /// </summary>
    public static ImmutableArray<GameProgress> Join(ImmutableArray<GameProgress> games, ImmutableArray<GameProgress> others) =>
    [
        .. games.Concat(others)
            .GroupBy(static game => game.Name, StringComparer.Ordinal)
            .Select(static game => game.Aggregate(Join))
            .OrderBy(static game => game.Name, StringComparer.Ordinal),
    ];

    private static GameProgress Join(GameProgress one, GameProgress other) => one with
    {
        Sum = one.Sum + other.Sum,
        Counts =
        [
            .. one.Counts.Concat(other.Counts)
                .GroupBy(static count => count.Key, StringComparer.Ordinal)
                .Select(static key => new GameCount(key.Key, key.Sum(static count => count.Count)))
                .OrderBy(static count => count.Key, StringComparer.Ordinal)
                .TakeLast(GameProgress.Kept),
        ],
        Rounds = one.Rounds + other.Rounds,
        Turn = one.Turn + other.Turn,
        Lots = [.. one.Lots, .. other.Lots],
    };

    /// <summary>Goals that the progress bears.</summary>
    public static int Rounds(GameRule game, GameProgress progress)
    {
        if (game.Kind == GameKind.Streak) return Streaks(game, progress.Counts);
        var sum = game.Measure is GameMeasure.Categories or GameMeasure.Skus ? progress.Counts.Length : progress.Sum;
        var rounds = sum < 0 ? 0 : sum / game.Goal;
        return (int)Math.Min(game.IsRepeated ? rounds : Math.Min(rounds, 1), int.MaxValue);
    }

    private static GameProgress Reach(
        string customerId, GameProgress progress, GameRule game, Instant at, Instant now, DateTimeZone zone, ImmutableArray<WalletCommand>.Builder commands)
    {
        var turn = progress.Turn + 1;
        progress = progress with { Rounds = progress.Rounds + 1, Turn = turn };
        if (game.Points == 0) return progress;
        var key = string.Create(CultureInfo.InvariantCulture, $"game:{game.Name}|{turn}");
        var cause = new EntryCause { RuleId = game.Name, RuleVersion = game.Version, Reason = "game", EventType = game.EventType };
        var expiresAt = LotTerms.EndOf(game.Expiry, now, zone);
        var lotId = LedgerCommand.LotIdOf(customerId, game.Wallet, key);
        commands.Add(new WalletCommand(game.Wallet, new LedgerCommand.Grant(key, game.Points, now, expiresAt, cause) { EarnedAt = at, LotId = lotId }));
        return progress with { Lots = progress.Lots.Add(new LotPart(lotId, game.Points)) };
    }

    private static GameProgress Undo(GameProgress progress, GameRule game, int rounds, ImmutableArray<WalletCommand>.Builder commands)
    {
        var lost = progress.Rounds - rounds;
        // Each return has a key of its own; the turn counts grants and returns.
        var turn = progress.Turn + 1;
        var lots = progress.Lots.Skip(Math.Max(0, progress.Lots.Length - lost)).ToImmutableArray();
        if (!lots.IsEmpty)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"game:{game.Name}|{turn}|undo");
            var cause = new EntryCause { RuleId = game.Name, RuleVersion = game.Version, Reason = "game-undone", EventType = game.EventType };
            commands.Add(new WalletCommand(game.Wallet, new LedgerCommand.Reverse(key, lots.Sum(static lot => lot.Points), [.. lots.Select(static lot => lot.LotId)], cause)));
        }

        return progress with { Rounds = rounds, Turn = turn, Lots = progress.Lots.RemoveRange(progress.Lots.Length - lots.Length, lots.Length) };
    }

    private static ImmutableArray<GameCount> Counted(ImmutableArray<GameCount> counts, GameMark? mark, int sign)
    {
        foreach (var key in mark?.Keys ?? [])
        {
            var known = counts.FirstOrDefault(count => count.Key == key);
            var next = (known?.Count ?? 0) + sign;
            counts = known is null ? counts : counts.Remove(known);
            if (next != 0) counts = counts.Add(new GameCount(key, next));
        }

        return mark is null ? counts : [.. counts.OrderBy(static count => count.Key, StringComparer.Ordinal).TakeLast(GameProgress.Kept)];
    }

    /// <summary>Whole streaks in every unbroken run of periods; without repetition at most one.</summary>
    private static int Streaks(GameRule game, ImmutableArray<GameCount> counts)
    {
        var rounds = 0L;
        var length = 0L;
        string? previous = null;
        foreach (var count in counts)
        {
            if (count.Count <= 0) continue;
            length = previous is not null && Following(game.Every, previous) == count.Key ? length + 1 : 1;
            if (length % game.Goal == 0) rounds++;
            previous = count.Key;
        }

        return (int)(game.IsRepeated ? rounds : Math.Min(rounds, 1));
    }

    private static string Following(StreakPeriod period, string key) => period switch
    {
        StreakPeriod.Month => LocalDatePattern.Iso.Format(LocalDatePattern.Iso.Parse(key + "-01").Value.PlusMonths(1))[..7],
        StreakPeriod.Week => LocalDatePattern.Iso.Format(LocalDatePattern.Iso.Parse(key).Value.PlusWeeks(1)),
        _ => LocalDatePattern.Iso.Format(LocalDatePattern.Iso.Parse(key).Value.PlusDays(1)),
    };
}
