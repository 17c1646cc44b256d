using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>
/// Paid orders as counts. It follows from the order documents by differences, and is the same whatever the order in which they came.
/// </summary>
/// <remarks>
/// Of many orders the 8 earliest and the 32 latest are kept by time: enough for first, last and mean interval also when an order is cancelled.
/// </remarks>
public sealed record PurchaseHistory
{
    private const int Earliest = 8;
    private const int Latest = 32;

    /// <summary>Paid and not cancelled.</summary>
    public int Count { get; init; }

    /// <summary>Net goods that were kept, by currency, sorted.</summary>
    public ImmutableArray<CurrencyAmount> Spend { get; init; } = [];

    /// <summary>Times of payment, sorted.</summary>
    public ImmutableArray<PaidOrder> Orders { get; init; } = [];

    [JsonIgnore]
    public Instant? FirstAt => Orders.IsEmpty ? null : Orders[0].At;

    [JsonIgnore]
    public Instant? LastAt => Orders.IsEmpty ? null : Orders[^1].At;

    /// <summary>(last − first) ÷ (count − 1); null below two orders.</summary>
    [JsonIgnore]
    public Duration? MeanInterval => Count < 2 || Orders.Length < 2 ? null : (Orders[^1].At - Orders[0].At) / (Count - 1);

    /// <summary>Replaces what one order adds.</summary>
    public PurchaseHistory Replace(string orderId, OrderContribution? before, OrderContribution? after)
    {
        if (before == after) return this;
        var key = Hashing.Id(10, orderId);
        var orders = before is null ? Orders : Orders.RemoveAll(order => order.Key == key);
        var result = this with
        {
            Count = Count + (after is null ? 0 : 1) - (before is null ? 0 : 1),
            Orders = after is null ? orders : Insert(orders, new PaidOrder(after.PaidAt, key)),
        };
        if (before is not null) result = result.Add(before.Currency, -before.SpendMinor);
        return after is null ? result : result.Add(after.Currency, after.SpendMinor);
    }

    /// <summary>The history of two people who are one; an order belongs to one of them.</summary>
    public PurchaseHistory Join(PurchaseHistory other)
    {
        var orders = Orders.AddRange(other.Orders).Sort();
        var result = this with
        {
            Count = Count + other.Count,
            Orders = orders.Length > Earliest + Latest ? [.. orders[..Earliest], .. orders[^Latest..]] : orders,
        };
        return other.Spend.Aggregate(result, static (sum, amount) => sum.Add(amount.Currency, amount.Minor));
    }

    /// <summary>Net spend in a currency, minor units.</summary>
    public long SpendIn(string currency)
    {
        foreach (var amount in Spend)
        {
            if (amount.Currency == currency) return amount.Minor;
        }

        return 0;
    }

    private static ImmutableArray<PaidOrder> Insert(ImmutableArray<PaidOrder> orders, PaidOrder order)
    {
        var index = orders.BinarySearch(order);
        var result = orders.Insert(index < 0 ? ~index : index, order);
        return result.Length > Earliest + Latest ? result.RemoveAt(Earliest) : result;
    }

    private PurchaseHistory Add(string currency, long minor)
    {
        var rest = Spend.RemoveAll(amount => amount.Currency == currency);
        var sum = SpendIn(currency) + minor;
        if (sum != 0) rest = rest.Add(new CurrencyAmount(currency, sum)).Sort(static (a, b) => string.CompareOrdinal(a.Currency, b.Currency));
        return this with { Spend = rest };
    }
}

/// <summary>Minor units of a currency.</summary>
public sealed record CurrencyAmount(string Currency, long Minor);

/// <summary>When an order was paid.</summary>
/// <param name="At">The time.</param>
/// <param name="Key">A hash of the order's id.</param>
public sealed record PaidOrder(Instant At, string Key) : IComparable<PaidOrder>
{
    public int CompareTo(PaidOrder? other)
    {
        if (other is null) return 1;
        var order = At.CompareTo(other.At);
        return order != 0 ? order : string.CompareOrdinal(Key, other.Key);
    }

    public static bool operator <(PaidOrder a, PaidOrder b) => a.CompareTo(b) < 0;

    public static bool operator >(PaidOrder a, PaidOrder b) => a.CompareTo(b) > 0;

    public static bool operator <=(PaidOrder a, PaidOrder b) => a.CompareTo(b) <= 0;

    public static bool operator >=(PaidOrder a, PaidOrder b) => a.CompareTo(b) >= 0;
}
