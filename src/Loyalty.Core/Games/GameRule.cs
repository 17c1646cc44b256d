using System.Text.Json.Serialization;
using Loyalty.Core.Conditions;
using Loyalty.Core.Earning;
using NodaTime;

namespace Loyalty.Core.Games;

/// <summary>
/// A badge, challenge or streak: an earning rule with progress. What an order contributed leaves with the order, and what it had earned is reversed.
/// </summary>
public sealed record GameRule
{
    /// <summary>Kebab-case, unique among games.</summary>
    public required string Name { get; init; }

    /// <summary>From 1; grows with each published change.</summary>
    public int Version { get; init; } = 1;

    /// <summary>For people.</summary>
    public required string Title { get; init; }
    public required GameKind Kind { get; init; }

    /// <summary><c>order.paid</c> or any event about the customer.</summary>
    public required string EventType { get; init; }

    /// <summary>Only what this holds of counts; asked once, when the order or event first counts. null: everything.</summary>
    [JsonIgnore]
    public Condition? When { get; init; }

    /// <summary>What is counted. Default: how often.</summary>
    public GameMeasure Measure { get; init; }

    /// <summary>Reached from there on: times, minor units, or different values; of a streak the length in periods. 1 or more.</summary>
    public required long Goal { get; init; }

    /// <summary>Of a streak.</summary>
    public StreakPeriod Every { get; init; }

    /// <summary>From then on (included); null: no start.</summary>
    public Instant? From { get; init; }

    /// <summary>Until then (excluded); null: no end.</summary>
    public Instant? Until { get; init; }

    /// <summary>Every further goal earns again. Default: once.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>What each goal earns; 0: the badge alone.</summary>
    public long Points { get; init; }

    /// <summary>Default <c>spendable</c>.</summary>
    public string Wallet { get; init; } = Programs.WalletRule.Spendable;
    public ExpiryRule Expiry { get; init; } = new ExpiryRule.Never();
}

/// <summary>Kinds of games.</summary>
public enum GameKind
{
    /// <summary>A goal without an end.</summary>
    Badge,

    /// <summary>A goal within a time.</summary>
    Challenge,

    /// <summary>Something in each of so many periods one after the other.</summary>
    Streak,
}

/// <summary>What a game counts.</summary>
public enum GameMeasure
{
    /// <summary>Orders or events.</summary>
    Times,

    /// <summary>Net goods kept, minor units of the program's currency; orders in another currency count by its rate.</summary>
    Amount,

    /// <summary>Different categories of goods kept.</summary>
    Categories,

    /// <summary>Different SKUs of goods kept.</summary>
    Skus,
}

/// <summary>Periods of a streak, of the program's calendar; weeks begin on Monday.</summary>
public enum StreakPeriod
{
    Day,
    Week,
    Month,
}
