using System.Collections.Immutable;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Games;

/// <summary>A badge, challenge or streak at a glance.</summary>
public sealed record GameOutlook
{
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public required string Title { get; init; }
    public required GameKind Kind { get; init; }

    /// <summary>Times, minor units, different values, or periods one after the other.</summary>
    public required long Goal { get; init; }

    /// <summary>
    /// How far to the next goal: 0 to <see cref="Goal"/>; of a streak the periods one after the other up to this one, or up to the one before while
    /// this one can still join them.
    /// </summary>
    public required long Current { get; init; }

    /// <summary>Goals that are reached.</summary>
    public required int Reached { get; init; }

    /// <summary>What each goal earns; 0: the badge alone.</summary>
    public long Points { get; init; }

    /// <summary>null: no end.</summary>
    public Instant? Until { get; init; }

    /// <summary>The games that are open or that the customer has reached, in the program's order.</summary>
    /// <param name="progress">The customer's; null: in none.</param>
    /// <param name="games">The program's.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The program's zone.</param>
    public static ImmutableArray<GameOutlook> Of(ImmutableArray<GameProgress>? progress, ImmutableArray<GameRule> games, Instant now, DateTimeZone zone)
    {
        var mine = (progress ?? []).ToDictionary(static one => one.Name, StringComparer.Ordinal);
        return
        [
            .. games
                .Select(game => Of(mine.GetValueOrDefault(game.Name) ?? new GameProgress { Name = game.Name }, game, now, zone))
                .Where(outlook => outlook.Reached > 0 || GameDecider.IsOpenAt(games.First(game => game.Name == outlook.Name), now)),
        ];
    }

    private static GameOutlook Of(GameProgress progress, GameRule game, Instant now, DateTimeZone zone) => new()
    {
        Name = game.Name,
        Title = game.Title,
        Kind = game.Kind,
        Goal = game.Goal,
        Current = Math.Clamp(game.Kind == GameKind.Streak ? Streak(progress, game, now, zone) : Count(progress, game), 0, game.Goal),
        Reached = progress.Rounds,
        Points = game.Points,
        Until = game.Until,
    };

    private static long Count(GameProgress progress, GameRule game)
    {
        var sum = game.Measure is GameMeasure.Categories or GameMeasure.Skus ? progress.Counts.Length : progress.Sum;
        return game.IsRepeated ? Math.Max(0, sum) % game.Goal : sum;
    }

    private static long Streak(GameProgress progress, GameRule game, Instant now, DateTimeZone zone)
    {
        var counts = progress.Counts.Where(static count => count.Count > 0).Select(static count => count.Key).ToHashSet(StringComparer.Ordinal);
        var at = now;
        if (!counts.Contains(GameDecider.PeriodKey(game.Every, at, zone))) at = Before(game.Every, at, zone);
        var length = 0L;
        for (; length < game.Goal && counts.Contains(GameDecider.PeriodKey(game.Every, at, zone)); length++) at = Before(game.Every, at, zone);
        return length;
    }

    /// <summary>Noon of the last day before the period.</summary>
    private static Instant Before(StreakPeriod period, Instant at, DateTimeZone zone)
    {
        var key = GameDecider.PeriodKey(period, at, zone);
        var first = LocalDatePattern.Iso.Parse(key.Length == 7 ? key + "-01" : key).Value;
        return zone.AtLeniently(first.PlusDays(-1).At(LocalTime.Noon)).ToInstant();
    }
}
