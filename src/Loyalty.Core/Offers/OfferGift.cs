using System.Text.Json.Serialization;

namespace Loyalty.Core.Offers;

/// <summary>What an offer gives. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Percent), "percent")]
[JsonDerivedType(typeof(Amount), "amount")]
[JsonDerivedType(typeof(FreeDelivery), "free-delivery")]
[JsonDerivedType(typeof(FreeItem), "free-item")]
[JsonDerivedType(typeof(Points), "points")]
[JsonDerivedType(typeof(Credit), "credit")]
[JsonDerivedType(typeof(Status), "status")]
[JsonDerivedType(typeof(Ticket), "prize-draw-ticket")]
public abstract record OfferGift
{
    private OfferGift()
    {
    }

    /// <summary>True: it lowers the price of an order. False: it is given to the customer when the code is redeemed.</summary>
    [JsonIgnore]
    public bool IsDiscount => this is Percent or Amount or FreeDelivery or FreeItem;

    /// <summary>A share of the goods.</summary>
    /// <param name="Share">Above 0 to 1.</param>
    /// <param name="MostMinor">At most so much, minor units of the program's currency; null: no bound.</param>
    public sealed record Percent(decimal Share, long? MostMinor = null) : OfferGift;

    /// <summary>An amount off the goods, never more than they cost.</summary>
    /// <param name="Minor">1 or more.</param>
    /// <param name="Currency">ISO 4217; of another order's currency it gives nothing.</param>
    public sealed record Amount(long Minor, string Currency) : OfferGift;

    /// <summary>The delivery.</summary>
    public sealed record FreeDelivery : OfferGift;

    /// <summary>One piece of an article, if it is in the basket.</summary>
    public sealed record FreeItem(string Sku) : OfferGift;

    /// <summary>Points.</summary>
    /// <param name="Number">1 or more.</param>
    /// <param name="Wallet">One of the program's.</param>
    public sealed record Points(long Number, string Wallet) : OfferGift;

    /// <summary>A deposit: a gift card or a trade credit. One unit of its wallet is one minor unit of the currency.</summary>
    /// <param name="Kind"><c>gift-card</c> or <c>trade-credit</c>.</param>
    /// <param name="Minor">1 or more.</param>
    /// <param name="Currency">The program's.</param>
    /// <param name="Wallet">One of the program's.</param>
    public sealed record Credit(string Kind, long Minor, string Currency, string Wallet) : OfferGift;

    /// <summary>A tier for a time, without having earned it; at its end it is looked at like any other.</summary>
    /// <param name="Tier">One of the program's.</param>
    /// <param name="Days">Full days, 1 or more.</param>
    public sealed record Status(string Tier, int Days) : OfferGift;

    /// <summary>A ticket of a prize draw.</summary>
    public sealed record Ticket(string Draw) : OfferGift;
}
