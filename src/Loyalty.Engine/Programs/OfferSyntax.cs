using static Loyalty.Engine.Programs.SyntaxKind;

namespace Loyalty.Engine.Programs;

/// <summary>offers.yaml as a table: the loader takes its keys from here, and the JSON Schema for editors is written from here.</summary>
internal static class OfferSyntax
{
    public static SyntaxGroup Percentage { get; } = new("percent", [new("percent", Percent, "Off.") { IsRequired = true }, new("at-most", Money, "At most so much.")]);

    public static SyntaxGroup FreeItem { get; } = new("free-item", [new("free-item", Text, "The article.") { IsRequired = true }]);

    public static SyntaxGroup Points { get; } = new("points", [new("points", Integer, "Points.") { IsRequired = true, Range = (1, 1_000_000_000) }, new("wallet", Name, "The point type.")]);

    public static SyntaxGroup GiftCard { get; } = Credit("gift-card");

    public static SyntaxGroup TradeCredit { get; } = Credit("trade-credit");

    public static SyntaxGroup Status { get; } = new("status", [new("status", Name, "A tier.") { IsRequired = true }, new("for", Duration, "How long.") { IsRequired = true }]);

    public static SyntaxGroup Ticket { get; } = new("prize-draw-ticket", [new("prize-draw-ticket", Name, "A draw of this file.") { IsRequired = true }]);

    /// <summary>What an offer can give beside a plain percentage, an amount, or free delivery.</summary>
    public static IReadOnlyList<SyntaxGroup> Gifts { get; } = [Percentage, FreeItem, Points, GiftCard, TradeCredit, Status, Ticket];

    public static SyntaxGroup Draw { get; } = new("draw",
    [
        new("title", Text, "As people see it.") { IsRequired = true }, new("prizes", Integer, "How many win.") { IsRequired = true, Range = (1, 1000) },
    ]);

    public static SyntaxGroup Offer { get; } = new("offer",
    [
        new("title", Text, "As people see it.") { IsRequired = true },
        new("gives", Choice, "What it gives.")
        {
            IsRequired = true,
            Choices = [new("plain", Text, "") { Pattern = "^([0-9]+(\\.[0-9]+)?%|[0-9]+(\\.[0-9]+)? [A-Z]{3}|free-delivery)$" }, .. Gifts.Select(static gift => new SyntaxKey(gift.Name, Group, "") { Group = gift })],
        },
        new("pattern", Text, "How its codes look: # random, ? the check character."),
        new("codes", Words, "Made by the pattern, or out of an imported pool.") { Words = ["pattern", "pool"] },
        new("redeem-at", Words, "Where it is redeemed.") { Words = ["api", "shop"] },
        new("valid", Duration, "How long a code can be used."),
        new("from", Date, "The first day."),
        new("until", Date, "The last day."),
        new("stock", Integer, "Codes at most.") { Range = (1, 10_000_000) },
        new("budget", Choice, "What all of them may cost together.") { Choices = [new("money", Money, ""), new("points", Integer, "") { Range = (1, int.MaxValue) }] },
        new("per-customer", Integer, "For one customer at most.") { Range = (1, 1000) },
        new("price", Integer, "In points, for customers who buy it.") { Range = (1, 1_000_000_000) },
        new("minimum", Money, "Of the order."),
        new("stacking", Words, "With other offers.") { Words = ["any", "alone"] },
        new("group", Text, "One of a group at most in an order."),
    ]);

    public static SyntaxGroup File { get; } = new("offers",
    [
        new("offers", NamedGroups, "What can be given away.") { Group = Offer, IsRequired = true }, new("draws", NamedGroups, "Prize draws.") { Group = Draw },
    ]);

    private static SyntaxGroup Credit(string kind) =>
        new(kind, [new(kind, Money, "How much.") { IsRequired = true }, new("wallet", Name, "The point type that holds it; default one of this name.")]);
}
