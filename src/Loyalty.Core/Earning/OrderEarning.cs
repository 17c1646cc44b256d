using System.Collections.Immutable;
using Loyalty.Core.Ledger;

namespace Loyalty.Core.Earning;

/// <summary>What an order earned so far, and under which rules: frozen when it was first evaluated.</summary>
public sealed record OrderEarning
{
    /// <summary>The rules that applied, in their order; empty: none did.</summary>
    public ImmutableArray<RuleEarning> Rules { get; init; } = [];

    /// <summary>Why the order earns nothing at all, e.g. <c>currency-mismatch</c>; null: it may earn.</summary>
    public string? NothingBecause { get; init; }

    /// <summary>The rate as of its payment; its refunds use the same. null: the order is in the program's currency.</summary>
    public CurrencyRate? Rate { get; init; }

    /// <summary>Ids of the refunds that were posted, sorted.</summary>
    public ImmutableArray<string> PostedRefunds { get; init; } = [];

    /// <summary>The cancellation, or that all of its money was given back, was posted: nothing of it counts any more.</summary>
    public bool IsCancelPosted { get; init; }
}

/// <summary>What one rule granted for one order.</summary>
public sealed record RuleEarning
{
    /// <summary>The rule as it was.</summary>
    public required EarningRule Rule { get; init; }

    /// <summary>At most so many points: what its caps left when the order was first counted; null: no cap.</summary>
    public long? Allowance { get; init; }

    /// <summary>The cap behind <see cref="Allowance"/>, in words.</summary>
    public string? CappedBy { get; init; }

    /// <summary>At most so many whole points: what a budget over all customers gave when the order was first counted; null: the rule has none.</summary>
    public long? Budget { get; init; }

    /// <summary>What of it the caps have counted: the most it ever was, since a refund frees nothing for other orders. null: nothing is counted.</summary>
    public long? Counted { get; init; }

    /// <summary>Granted less reversed: what was posted up to now, 0 or more.</summary>
    public long Posted { get; init; }

    /// <summary>The same by line of the order as of the last entry; lines with 0 are left out.</summary>
    public ImmutableArray<LineShare> Lines { get; init; } = [];

    /// <summary>The lots it opened, the latest last.</summary>
    public ImmutableArray<string> Lots { get; init; } = [];
}
