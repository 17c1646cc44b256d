using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Offers;
using Loyalty.Core.Orders;
using Loyalty.Engine.Ledger;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>A cart at a checkout, as a shop sends it.</summary>
public sealed record BasketRequest
{
    /// <summary>ISO 4217; null: the program's.</summary>
    public string? Currency { get; init; }

    /// <summary>1 to 1,000.</summary>
    public ImmutableArray<ExploreLine> Lines { get; init; } = [];

    /// <summary>Line amounts contain the tax.</summary>
    public bool TaxesIncluded { get; init; }

    /// <summary>What the delivery costs, minor units.</summary>
    public long DeliveryMinor { get; init; }

    /// <summary>What is wrong with it, in words; null: nothing.</summary>
    public static string? Problem(BasketRequest basket)
    {
        if (basket.DeliveryMinor is < 0 or > CustomerLimits.OrderMinor) return "basket.deliveryMinor is 0 or more.";
        return ExplorePoints.Problem(new ExploreRequest { Currency = basket.Currency, Lines = basket.Lines }) is { } wrong ? "basket." + wrong : null;
    }

    /// <summary>As the rules read it.</summary>
    public OrderSnapshot ToOrder(string currency, Instant now) => new()
    {
        OrderId = "basket",
        Currency = Currency ?? currency,
        PlacedAt = now,
        UpdatedAt = now,
        TaxesIncluded = TaxesIncluded,
        Lines =
        [
            .. Lines.Select(static (line, i) => new OrderLine
            {
                LineId = (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
                Sku = line.Sku,
                Category = line.Category,
                Labels = line.Labels.IsDefaultOrEmpty ? null : line.Labels,
                Quantity = line.Quantity,
                NetMinor = line.NetMinor,
                TaxMinor = line.TaxMinor,
                IsGiftCard = line.GiftCard,
            }),
        ],
    };
}

/// <summary>A code at a checkout.</summary>
public sealed record CodeRequest
{
    /// <summary>Who pays; null: whoever has the code.</summary>
    public string? CustomerId { get; init; }

    /// <summary>What is bought; needed for discounts.</summary>
    public BasketRequest? Basket { get; init; }

    /// <summary>Other codes on the same order, at most 10.</summary>
    public ImmutableArray<string> With { get; init; } = [];

    /// <summary>How long it is reserved, 1 to 30 minutes. Default 15.</summary>
    public int Minutes { get; init; } = 15;

    /// <summary>What is wrong with it, in words; null: nothing.</summary>
    public static string? Problem(CodeRequest request)
    {
        if (request.Minutes is < 1 or > Core.Ledger.LedgerLimits.HoldMinutes) return "minutes: 1 to 30 are expected.";
        if (request.CustomerId?.Length > Identity.PersonResolver.MaxOwnId) return "customerId: at most 64 characters.";
        if (!request.With.IsDefault && request.With.Length > 10) return "with: at most 10 codes.";
        return request.Basket is { } basket ? BasketRequest.Problem(basket) : null;
    }
}

/// <summary>A reservation to be redeemed or given back.</summary>
public sealed record CodeCommitRequest
{
    /// <summary>From the answer to the hold.</summary>
    public string HoldId { get; init; } = "";

    /// <summary>The order it was used on; null: not told.</summary>
    public string? OrderId { get; init; }

    /// <summary>What is wrong with it, in words; null: nothing.</summary>
    public static string? Problem(CodeCommitRequest request) => request.HoldId.Length == 0 ? "holdId is missing: it stands in the answer to the hold." : null;
}

/// <summary>What became of a code at a checkout; a closed set.</summary>
public abstract record CodeAnswer
{
    private CodeAnswer()
    {
    }

    /// <summary>What it is worth, and what was done.</summary>
    public sealed record Done : CodeAnswer
    {
        public required string Code { get; init; }
        public required string Offer { get; init; }
        public required string Title { get; init; }

        /// <summary><c>quoted</c>, <c>held</c>, <c>redeemed</c>, <c>released</c>.</summary>
        public required string Status { get; init; }

        /// <summary>What it takes off, minor units of the basket's currency; 0 for what is given to the customer instead.</summary>
        public long DiscountMinor { get; init; }
        public string? Currency { get; init; }
        public OfferGift? Gives { get; init; }
        public string? HoldId { get; init; }

        /// <summary>When the reservation lapses.</summary>
        public Instant? ExpiresAt { get; init; }
    }

    /// <summary>Nothing is done.</summary>
    /// <param name="Code">Why.</param>
    /// <param name="Detail">Why this time; null: the code says it all.</param>
    public sealed record Refused(RefusalCode Code, string? Detail = null) : CodeAnswer;
}
