using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Core.Events;

/// <summary>What an event tells. A closed set: everything that is not an order, a person or a cart is a bag of typed facts.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Order), "order")]
[JsonDerivedType(typeof(Refund), "refund")]
[JsonDerivedType(typeof(Person), "person")]
[JsonDerivedType(typeof(Cart), "cart")]
[JsonDerivedType(typeof(Facts), "facts")]
public abstract record EventData
{
    private EventData()
    {
    }

    /// <summary>The whole order as the shop sees it at <see cref="OrderSnapshot.UpdatedAt"/>.</summary>
    public sealed record Order(OrderSnapshot Snapshot) : EventData;

    /// <summary>One refund of an order that may not have been seen yet.</summary>
    public sealed record Refund(string OrderId, OrderRefund Details) : EventData;

    /// <summary>A person's profile; null means "not told", never "empty".</summary>
    public sealed record Person : EventData
    {
        public string? Email { get; init; }
        public string? Phone { get; init; }
        public string? FirstName { get; init; }
        public string? LastName { get; init; }

        /// <summary>BCP 47, e.g. <c>ru-RU</c>.</summary>
        public string? Locale { get; init; }

        /// <summary>IANA zone id, e.g. <c>Europe/Sofia</c>.</summary>
        public string? Zone { get; init; }

        /// <summary>ISO 3166-1 alpha-2.</summary>
        public string? Country { get; init; }
        public LocalDate? Birthday { get; init; }

        /// <summary>Where the person came from (first touch).</summary>
        public string? AcquisitionSource { get; init; }
        public string? Campaign { get; init; }

        /// <summary>The whole set; null: not told, empty: none any more.</summary>
        public ImmutableArray<string>? Tags { get; init; }

        /// <summary>Consent by topic, e.g. <c>offers → true</c>; a topic that is not named is not told.</summary>
        public ImmutableDictionary<string, bool> Consent { get; init; } = ImmutableDictionary<string, bool>.Empty;

        /// <summary>When the consent was given or withdrawn; null: the event's time.</summary>
        public Instant? ConsentAt { get; init; }

        /// <summary>How the consent was given or withdrawn, e.g. <c>checkout</c>, <c>paper</c>, <c>preference-page</c>; null: not told.</summary>
        public string? ConsentHow { get; init; }

        /// <summary>The text that was agreed to, or its name and version; null: not told.</summary>
        public string? ConsentText { get; init; }

        /// <summary>When the shop last changed this profile; null: the event's time. The later one wins field by field.</summary>
        public Instant? UpdatedAt { get; init; }

        /// <summary>true: signed up elsewhere, with points that are brought along: the sign-up earns nothing here.</summary>
        public bool? IsHistory { get; init; }
    }

    /// <summary>A cart or an unfinished checkout.</summary>
    public sealed record Cart(string CartId, bool IsCheckout, string? Currency, long TotalMinor, ImmutableArray<CartLine> Lines) : EventData
    {
        /// <summary>When a checkout became an order; the cart is no longer abandoned.</summary>
        public Instant? CompletedAt { get; init; }
    }

    /// <summary>One row of a cart; <paramref name="UnitPriceMinor"/> in minor units of the cart's currency.</summary>
    public sealed record CartLine(string? Sku, string? ProductId, string? Title, long Quantity, long UnitPriceMinor);

    /// <summary>Typed facts by attribute name (<c>kind</c>, <c>reason</c>, <c>rating</c>, …).</summary>
    public sealed record Facts(ImmutableDictionary<string, AttributeValue> Values) : EventData;
}
