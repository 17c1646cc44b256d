using System.Collections.Immutable;
using Loyalty.Core.Ledger;

namespace Loyalty.Core.Games;

/// <summary>How far a customer is in one game. It follows from contributions alone, whatever their order.</summary>
public sealed record GameProgress
{
    /// <summary>Values and periods that are kept; the oldest period leaves first.</summary>
    public const int Kept = 400;

    public required string Name { get; init; }

    /// <summary>Orders or events, or minor units.</summary>
    public long Sum { get; init; }

    /// <summary>Of streaks by period, of different values by value: how many contributions; sorted by key.</summary>
    public ImmutableArray<GameCount> Counts { get; init; } = [];

    /// <summary>Goals that are reached and granted now.</summary>
    public int Rounds { get; init; }

    /// <summary>Grants ever made: each has a key of its own.</summary>
    public int Turn { get; init; }

    /// <summary>The lots of the rounds that are granted now, the latest last; empty where a round earns no points.</summary>
    public ImmutableArray<LotPart> Lots { get; init; } = [];
}

/// <summary>Contributions under one key.</summary>
public sealed record GameCount(string Key, long Count);

/// <summary>What one order contributes to one game.</summary>
/// <param name="Game">The game.</param>
/// <param name="Sum">Times or minor units.</param>
/// <param name="Keys">Period or values, sorted.</param>
public sealed record GameMark(string Game, long Sum, ImmutableArray<string> Keys)
{
    public bool Equals(GameMark? other) => other is not null && Game == other.Game && Sum == other.Sum && Keys.SequenceEqual(other.Keys);

    public override int GetHashCode() => HashCode.Combine(Game, Sum);
}
