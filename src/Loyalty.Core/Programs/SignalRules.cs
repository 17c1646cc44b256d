using System.Collections.Immutable;

namespace Loyalty.Core.Programs;

/// <summary>When the program tells by itself that something did not happen, or is about to: <c>signals:</c> of program.yaml.</summary>
public sealed record SignalRules
{
    /// <summary>A cart untouched and unordered for this long is <c>cart.abandoned</c>. Minutes, from 1; null: never. Default 60.</summary>
    public int? CartAbandonedAfterMinutes { get; init; } = 60;

    /// <summary>
    /// <c>customer.reorder-due</c> comes one mean interval of the customer's own paid orders after the last of them. It needs two orders;
    /// with one it comes after this many days, or never if null (default).
    /// </summary>
    public int? ReorderAfterOneOrderDays { get; init; }

    /// <summary>The mean interval counts as at least this many days. Default 7.</summary>
    public int ReorderAtLeastDays { get; init; } = 7;

    /// <summary>The mean interval counts as at most this many days. Default 365.</summary>
    public int ReorderAtMostDays { get; init; } = 365;

    /// <summary>
    /// <c>customer.reorder-due</c> comes for each category of goods as well, with <c>category</c>: one mean interval of the customer's orders with
    /// such goods after the last of them, from two orders on. Whoever has such a rhythm is not told of that of all orders. Default no.
    /// </summary>
    public bool ReorderByCategory { get; init; }

    /// <summary>
    /// <c>customer.inactive</c> for people without a rhythm (fewer than two paid orders): days without activity. Default 90; null: never.
    /// </summary>
    public int? InactiveAfterDays { get; init; } = 90;

    /// <summary><c>customer.inactive</c> for people with a rhythm: this many of their own mean intervals without activity. Default 2.</summary>
    public decimal InactiveAfterIntervals { get; init; } = 2m;

    /// <summary>Nobody is inactive before this many days. Default 30.</summary>
    public int InactiveAtLeastDays { get; init; } = 30;

    /// <summary><c>points.expiring</c> so many days before points end, each once. Default 30 and 7.</summary>
    public ImmutableArray<int> PointsExpiringBeforeDays { get; init; } = [30, 7];

    /// <summary><c>customer.birthday</c> so many days before the day. Default 0.</summary>
    public int BirthdayBeforeDays { get; init; }

    /// <summary>The hour of the customer's clock at which <c>customer.birthday</c> comes, 0 to 23. Default 9.</summary>
    public int BirthdayAtHour { get; init; } = 9;
}
