using System.Collections.Immutable;
using Loyalty.Core.Orders;

namespace Loyalty.Core.Offers;

/// <summary>A cart at a checkout.</summary>
/// <param name="Goods">Currency and lines; refunds play no part.</param>
/// <param name="DeliveryMinor">What the delivery costs, minor units, 0 or more.</param>
public sealed record OfferBasket(OrderSnapshot Goods, long DeliveryMinor = 0);

/// <summary>What an offer would take off a basket. A closed set.</summary>
public abstract record OfferQuote
{
    private OfferQuote()
    {
    }

    /// <summary>It applies.</summary>
    /// <param name="Minor">What it takes off, minor units of the basket's currency; 0 for what is given to the customer instead.</param>
    /// <param name="Budgeted">What it counts against the offer's budget: the same, or the points or deposit that are given.</param>
    public sealed record Applies(long Minor, long Budgeted) : OfferQuote;

    /// <summary>It does not.</summary>
    /// <param name="Code"><c>OfferNotApplicable</c> or <c>NotCombinable</c>.</param>
    /// <param name="Reason">Why: <c>currency-mismatch</c>, <c>below-minimum</c>, <c>no-goods</c>, <c>no-such-item</c>, <c>no-delivery</c>, or the other offer's name.</param>
    public sealed record Refused(RefusalCode Code, string Reason) : OfferQuote;

    /// <summary>What an offer does with a basket.</summary>
    /// <param name="offer">The offer.</param>
    /// <param name="basket">null: there is none; only what needs none applies.</param>
    /// <param name="others">Offers whose codes are on the same order.</param>
    /// <param name="currency">The program's: minimum and bound are in it.</param>
    public static OfferQuote Of(OfferRule offer, OfferBasket? basket, ImmutableArray<OfferRule> others, string currency)
    {
        foreach (var other in others)
        {
            if (other.Name == offer.Name || !OfferStacking.GoTogether(offer, other)) return new Refused(RefusalCode.NotCombinable, other.Name);
        }

        var lines = basket is null ? [] : OrderValue.Lines(basket.Goods, []);
        var goods = lines.Sum(static line => line.GrossMinor);
        if (offer.MinimumMinor is { } minimum)
        {
            if (basket?.Goods.Currency != currency) return NotApplicable("currency-mismatch");
            if (goods < minimum) return NotApplicable("below-minimum");
        }

        return offer.Gift switch
        {
            OfferGift.Points points => new Applies(0, points.Number),
            OfferGift.Credit credit => new Applies(0, credit.Minor),
            OfferGift.Status or OfferGift.Ticket => new Applies(0, 0),
            _ when basket is null || goods == 0 => NotApplicable("no-goods"),
            OfferGift.Percent { MostMinor: not null } when basket.Goods.Currency != currency => NotApplicable("currency-mismatch"),
            OfferGift.Percent percent => Off(Math.Min((long)decimal.Floor(goods * percent.Share), percent.MostMinor ?? long.MaxValue)),
            OfferGift.Amount amount when amount.Currency != basket.Goods.Currency => NotApplicable("currency-mismatch"),
            OfferGift.Amount amount => Off(Math.Min(amount.Minor, goods)),
            OfferGift.FreeDelivery => basket.DeliveryMinor > 0 ? Off(basket.DeliveryMinor) : NotApplicable("no-delivery"),
            OfferGift.FreeItem item => FreeItem(item, lines),
            _ => throw new ArgumentOutOfRangeException(nameof(offer), offer.Gift.GetType().Name, null),
        };
    }

    private static OfferQuote FreeItem(OfferGift.FreeItem item, ImmutableArray<LineValue> lines)
    {
        long? cheapest = null;
        foreach (var line in lines)
        {
            if (line.Line.Sku != item.Sku || line.Line.Quantity < 1) continue;
            var piece = line.GrossMinor / line.Line.Quantity;
            if (cheapest is null || piece < cheapest) cheapest = piece;
        }

        return cheapest is { } price ? Off(price) : NotApplicable("no-such-item");
    }

    private static Applies Off(long minor) => new(minor, minor);

    private static Refused NotApplicable(string why) => new(RefusalCode.OfferNotApplicable, why);
}
