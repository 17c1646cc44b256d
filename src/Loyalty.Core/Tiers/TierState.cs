using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Tiers;

/// <summary>Where a customer stands.</summary>
public sealed record TierState
{
    /// <summary>The tier; null: none any more.</summary>
    public string? Name { get; init; }

    /// <summary>Since when.</summary>
    public required Instant Since { get; init; }

    /// <summary>When it is looked at again: the end of the period and the grace; null: no tier to lose.</summary>
    public Instant? EndsAt { get; init; }

    /// <summary>How it was reached, from the lowest step that still bears to the highest.</summary>
    public ImmutableArray<TierStep> Steps { get; init; } = [];
}

/// <summary>A tier that was reached.</summary>
/// <param name="Name">The tier.</param>
/// <param name="Day">The day on which the sum of the window up to it reached the threshold.</param>
/// <param name="IsKept">Left by a step down; nothing has to bear it.</param>
public sealed record TierStep(string Name, LocalDate Day, bool IsKept = false);

/// <summary>A tier that changed.</summary>
/// <param name="From">null: none.</param>
/// <param name="To">null: none.</param>
/// <param name="At">When.</param>
/// <param name="Reason"><c>reached</c>, <c>period-end</c>, <c>returned</c> (what carried it was taken back), <c>definition</c> or <c>given</c> (an offer gave it).</param>
public sealed record TierChange(string? From, string? To, Instant At, string Reason);
