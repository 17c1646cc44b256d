using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>A paid order that earned nothing at all, and why.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Number">What people call it.</param>
/// <param name="PaidAt">When it was paid.</param>
/// <param name="Reason"><c>currency-mismatch</c>: neither is it in the program's currency nor does the program declare a rate.</param>
/// <param name="Currency">Of the order, ISO 4217.</param>
/// <param name="ProgramCurrency">Of the program at that time.</param>
public sealed record UnearnedOrder(string OrderId, string? Number, Instant PaidAt, string Reason, string Currency, string ProgramCurrency)
{
    /// <summary>How many are kept of one customer: the latest.</summary>
    public const int Limit = 20;

    /// <summary>For people to read.</summary>
    public override string ToString() => Reason == "currency-mismatch"
        ? $"order {Number ?? OrderId} earned nothing: currency {Currency}, program {ProgramCurrency}, no rate"
        : $"order {Number ?? OrderId} earned nothing: {Reason}";

    /// <summary>Both lists as one, the latest first, in whatever order they were told.</summary>
    public static ImmutableArray<UnearnedOrder> Join(ImmutableArray<UnearnedOrder> one, ImmutableArray<UnearnedOrder> other) =>
    [
        .. one.Concat(other).DistinctBy(static order => order.OrderId)
            .OrderByDescending(static order => order.PaidAt).ThenBy(static order => order.OrderId, StringComparer.Ordinal).Take(Limit),
    ];
}
