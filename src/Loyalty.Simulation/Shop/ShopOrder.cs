using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Simulation.Shop;

/// <summary>One thing the shop sells; price in minor units.</summary>
internal sealed record Product(long Id, string Sku, string Title, long Price)
{
    public static ImmutableArray<Product> Catalogue { get; } =
    [
        new(8101, "TEA-GREEN-100", "Green tea, 100 g", 890),
        new(
            8102, "TEA-OOLONG-100", "Oolong, 100 g", 1450),
        new(8103, "TEA-BLACK-250", "Black tea, 250 g", 1290),
        new(
            8104,
            "TEA-PUERH-357",
            "Pu-erh cake, 357 g",
            3900),
        new(8105, "CUP-PORCELAIN", "Porcelain cup", 1199),
        new(8106, "POT-GLASS", "Glass teapot", 2750),
        new(8107, "TIN-STEEL", "Tin", 645),
        new(8108, "SET-GIFT", "Gift set", 5500),
        new(8109, "STRAINER", "Strainer", 499),
        new(8110, "HONEY-250", "Honey, 250 g", 775),
    ];
}

/// <summary>A row of an order; amounts in minor units.</summary>
internal sealed record ShopLine(long Id, Product Product, int Quantity, long Discount)
{
    public long Net => Product.Price * Quantity - Discount;

    /// <summary>
    /// What so many pieces of it cost after the discount: the difference of rounded shares, so that all pieces together
    /// are the line.
    /// </summary>
    public long Share(int from, int pieces) => Net * (from + pieces) / Quantity - Net * from / Quantity;
}

/// <summary>A refund of an order.</summary>
internal sealed record ShopRefund(
    long Id, Instant At, ImmutableArray<(ShopLine Line, int Quantity, long Amount)> Lines, long Shipping);

/// <summary>An order at one moment of its life.</summary>
internal sealed record ShopOrder(
    long Id,
    ShopPerson Person,
    Instant PlacedAt,
    ImmutableArray<ShopLine> Lines,
    string CartToken,
    string? Code,
    long Shipping)
{
    public Instant UpdatedAt { get; init; } = PlacedAt;

    /// <summary><c>pending</c>, <c>paid</c>, <c>partially_refunded</c>, <c>refunded</c>, <c>voided</c>.</summary>
    public string Payment { get; init; } = "pending";
    public Instant? FulfilledAt { get; init; }
    public Instant? CancelledAt { get; init; }
    public ImmutableArray<ShopRefund> Refunds { get; init; } = [];

    /// <summary>A guest's order names an e-mail address and no account.</summary>
    public bool IsGuest { get; init; }

    public long Goods => Lines.Sum(static line => line.Net);

    /// <summary>A new order of a person.</summary>
    public static ShopOrder Draw(
        Dice dice, ShopPerson person, long id, Instant placedAt, string cartToken, bool isGuest)
    {
        var code = dice.Chance(0.15) ? "SPRING10" : null;
        var products = Product.Catalogue.ToList();
        var lines = ImmutableArray.CreateBuilder<ShopLine>();
        for (var n = dice.Chance(0.5) ? 1 : dice.Whole(2, 3); n > 0; n--)
        {
            var product = dice.Pick(products);
            products.Remove(product);
            var quantity = dice.Chance(0.75) ? 1 : dice.Whole(2, 4);
            var discount = code is null ? 0 : (product.Price * quantity + 5) / 10;
            lines.Add(new ShopLine(id * 10 + lines.Count, product, quantity, discount));
        }

        var all = lines.ToImmutable();
        var shipping = all.Sum(static line => line.Net) >= 4000 ? 0 : 490;
        return new ShopOrder(id, person, placedAt, all, cartToken, code, shipping) { IsGuest = isGuest };
    }
}
