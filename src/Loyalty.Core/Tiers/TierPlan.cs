using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Earning;

namespace Loyalty.Core.Tiers;

/// <summary>The tiers of a program: <c>tiers:</c> of program.yaml.</summary>
public sealed record TierPlan
{
    /// <summary>From 1; grows with each published change.</summary>
    public int Version { get; init; } = 1;

    /// <summary>By threshold, ascending; at least one.</summary>
    public required ImmutableArray<TierLevel> Levels { get; init; }

    /// <summary>What is counted. Default points.</summary>
    public TierMeasure Measure { get; init; }

    /// <summary>Of <see cref="TierMeasure.Points"/>: which points. Default <c>qualifying</c> where the program has it, else <c>spendable</c>.</summary>
    public string Wallet { get; init; } = Programs.WalletRule.Spendable;

    /// <summary>Over which time.</summary>
    public required TierWindow Window { get; init; }

    /// <summary>Full days after the period's end before a tier steps down; what is earned in them counts. 0 or more. Default 0.</summary>
    public int GraceDays { get; init; }

    /// <summary>The place of a level, from 0; −1: there is none of this name.</summary>
    public int IndexOf(string? name)
    {
        for (var i = 0; i < Levels.Length; i++)
        {
            if (Levels[i].Name == name) return i;
        }

        return -1;
    }

    /// <summary>The highest level that a sum reaches; −1: none.</summary>
    public int Reached(long sum)
    {
        var reached = -1;
        for (var i = 0; i < Levels.Length; i++)
        {
            if (sum >= Levels[i].Threshold) reached = i;
        }

        return reached;
    }
}

/// <summary>One tier.</summary>
public sealed record TierLevel
{
    /// <summary>Kebab-case, unique.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public required string Title { get; init; }

    /// <summary>From this sum on (included): points, minor units of the program's currency, or orders. 0 or more.</summary>
    public required long Threshold { get; init; }

    /// <summary>What orders earn, times this; 1 (default): nothing more. 1 to 100.</summary>
    public decimal Multiplier { get; init; } = 1;

    /// <summary>Everything else the tier brings, as the program words it: <c>free-delivery: yes</c>.</summary>
    public ImmutableSortedDictionary<string, string> Privileges { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>What tiers count.</summary>
public enum TierMeasure
{
    /// <summary>Points that became usable, less those returned. Spending, expiry and arrears do not touch it.</summary>
    Points,

    /// <summary>Net goods kept, in the program's currency.</summary>
    Spend,

    /// <summary>Paid orders that were not cancelled.</summary>
    Orders,
}

/// <summary>Over which time tiers count. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Rolling), "rolling")]
[JsonDerivedType(typeof(Calendar), "calendar")]
public abstract record TierWindow
{
    private TierWindow()
    {
    }

    /// <param name="Days">The last so many days, today included. 1 to 730. A tier lasts as long from the day it was reached.</param>
    public sealed record Rolling(int Days) : TierWindow;

    /// <param name="Period">The running period of the program's calendar. A tier lasts until the period ends.</param>
    public sealed record Calendar(CalendarPeriod Period) : TierWindow;
}
