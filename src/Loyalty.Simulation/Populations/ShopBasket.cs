using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Simulation.Populations;

/// <summary>What somebody takes: one to three of the shop's goods.</summary>
internal readonly record struct ShopBasket(int First, int FirstPieces, int Second, int SecondPieces)
{
    private static readonly (string Sku, string Title, string Category, long PriceMinor)[] Goods =
    [
        ("TEA-GREEN-100", "Green tea, 100 g", "tea", 890), ("TEA-OOLONG-100", "Oolong, 100 g", "tea", 1450),
        ("TEA-BLACK-250", "Black tea, 250 g", "tea", 1290), ("TEA-PUERH-357", "Pu-erh cake, 357 g", "tea", 3900),
        ("CUP-PORCELAIN", "Porcelain cup", "ware", 1199), ("POT-GLASS", "Glass teapot", "ware", 2750), ("TIN-STEEL", "Tin", "ware", 645),
        ("SET-GIFT", "Gift set", "gifts", 5500), ("STRAINER", "Strainer", "ware", 499), ("HONEY-250", "Honey, 250 g", "food", 775),
    ];

    public static ShopBasket Draw(ref Draws draws)
    {
        var first = draws.Whole(0, Goods.Length - 1);
        var pieces = draws.Chance(0.75) ? 1 : draws.Whole(2, 4);
        var isTwo = draws.Chance(0.5);
        var second = (first + draws.Whole(1, Goods.Length - 1)) % Goods.Length;
        return new ShopBasket(first, pieces, second, isTwo ? draws.Whole(1, 2) : 0);
    }

    public OrderSnapshot ToOrder(string orderId, Instant at, string? cartId, string currency) => new()
    {
        OrderId = orderId,
        Currency = currency,
        PlacedAt = at,
        UpdatedAt = at,
        Payment = PaymentStatus.Pending,
        CartId = cartId,
        Lines = SecondPieces == 0 ? [Line(First, FirstPieces)] : [Line(First, FirstPieces), Line(Second, SecondPieces)],
    };

    public EventData.Cart ToCart(string cartId, string currency)
    {
        var total = Goods[First].PriceMinor * FirstPieces + Goods[Second].PriceMinor * SecondPieces;
        return new EventData.Cart(cartId, IsCheckout: true, currency, total, CartLines());
    }

    private ImmutableArray<EventData.CartLine> CartLines() =>
        SecondPieces == 0 ? [CartLine(First, FirstPieces)] : [CartLine(First, FirstPieces), CartLine(Second, SecondPieces)];

    private static EventData.CartLine CartLine(int good, int pieces) =>
        new(Goods[good].Sku, null, Goods[good].Title, pieces, Goods[good].PriceMinor);

    private static OrderLine Line(int good, int pieces) => new()
    {
        LineId = Goods[good].Sku,
        Sku = Goods[good].Sku,
        Title = Goods[good].Title,
        Category = Goods[good].Category,
        Quantity = pieces,
        NetMinor = Goods[good].PriceMinor * pieces,
    };
}
