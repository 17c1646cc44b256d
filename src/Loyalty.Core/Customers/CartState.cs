using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Serialization;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>The last state of a cart or unfinished checkout.</summary>
public sealed record CartState
{
    public required string CartId { get; init; }

    /// <summary>When it last changed; null: only its end is known.</summary>
    public Instant? UpdatedAt { get; init; }
    public bool IsCheckout { get; init; }
    public string? Currency { get; init; }
    public long TotalMinor { get; init; }

    /// <summary>At most <see cref="CustomerLimits.CartLines"/>.</summary>
    public ImmutableArray<EventData.CartLine> Lines { get; init; } = [];

    /// <summary>When it became an order, the earliest told.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>The change for which <c>cart.abandoned</c> was told.</summary>
    public Instant? AbandonedFor { get; init; }

    /// <summary>The latest thing known of it.</summary>
    [JsonIgnore]
    public Instant LatestAt => UpdatedAt is { } at && (ClosedAt is null || at > ClosedAt) ? at : ClosedAt ?? Instant.MinValue;
}

/// <summary>Folding of cart events: commutative, associative, idempotent.</summary>
public static class Carts
{
    /// <summary>Folds what is told of a cart.</summary>
    public static ImmutableArray<CartState> Fold(ImmutableArray<CartState> carts, EventData.Cart cart, Instant at) => Fold(carts, new CartState
    {
        CartId = cart.CartId,
        UpdatedAt = at,
        IsCheckout = cart.IsCheckout,
        Currency = cart.Currency,
        TotalMinor = cart.TotalMinor,
        Lines = cart.Lines.IsDefault ? [] : [.. cart.Lines.Take(CustomerLimits.CartLines)],
        ClosedAt = cart.CompletedAt,
    });

    /// <summary>Folds that a cart became an order.</summary>
    public static ImmutableArray<CartState> Close(ImmutableArray<CartState> carts, string cartId, Instant at)
    {
        foreach (var cart in carts)
        {
            // Each event of an order tells it again.
            if (cart.CartId == cartId && cart.ClosedAt <= at) return carts;
        }

        return Fold(carts, new CartState { CartId = cartId, ClosedAt = at });
    }

    /// <summary>The carts of two people who are one.</summary>
    public static ImmutableArray<CartState> Join(ImmutableArray<CartState> carts, ImmutableArray<CartState> others) =>
        others.Aggregate(carts, static (all, cart) => Fold(all, cart));

    private static ImmutableArray<CartState> Fold(ImmutableArray<CartState> carts, CartState told)
    {
        if (carts.IsEmpty) return [told];
        var known = carts.FirstOrDefault(cart => cart.CartId == told.CartId);
        var merged = known is null ? told : Join(known, told);
        var others = known is null ? carts : carts.RemoveAll(cart => cart.CartId == told.CartId);
        var at = 0;
        while (at < others.Length && IsBefore(others[at], merged)) at++;
        var result = others.Insert(at, merged);
        return result.Length > CustomerLimits.Carts ? result[..CustomerLimits.Carts] : result;
    }

    /// <summary>The latest first, of one moment by id: the order in which the record keeps its carts.</summary>
    private static bool IsBefore(CartState one, CartState other) => one.LatestAt != other.LatestAt
        ? one.LatestAt > other.LatestAt
        : string.CompareOrdinal(one.CartId, other.CartId) < 0;

    private static CartState Join(CartState known, CartState told)
    {
        var latest = Compare(told, known) > 0 ? told : known;
        return latest with
        {
            ClosedAt = known.ClosedAt is null || told.ClosedAt < known.ClosedAt ? told.ClosedAt ?? known.ClosedAt : known.ClosedAt,
            AbandonedFor = known.AbandonedFor is null || told.AbandonedFor > known.AbandonedFor ? told.AbandonedFor ?? known.AbandonedFor : known.AbandonedFor,
        };
    }

    private static int Compare(CartState a, CartState b)
    {
        var order = (a.UpdatedAt ?? Instant.MinValue).CompareTo(b.UpdatedAt ?? Instant.MinValue);
        return order != 0 ? order : string.CompareOrdinal(Text(a), Text(b));
    }

    private static string Text(CartState cart) =>
        Encoding.UTF8.GetString(LoyaltyJson.Write(cart with { ClosedAt = null, AbandonedFor = null }));
}
