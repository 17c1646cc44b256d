using Loyalty.Core;
using Loyalty.Core.Ledger;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Offers;
using NodaTime;

namespace Loyalty.Engine.Redemptions;

/// <summary>A checkout that wants to pay with points, or with the deposit of a gift card.</summary>
public sealed record RedemptionRequest
{
    /// <summary>Whose.</summary>
    public string CustomerId { get; init; } = "";

    /// <summary><c>quote</c>: what could be paid, nothing changes. <c>hold</c> (default): reserve it.</summary>
    public string Action { get; init; } = "hold";

    /// <summary>null: the wallet of <c>pay:</c> in program.yaml.</summary>
    public string? Wallet { get; init; }

    /// <summary>To be reserved; a quote needs none.</summary>
    public long Points { get; init; }

    /// <summary>What is bought. A quote needs it; a hold is checked against it where it is told.</summary>
    public BasketRequest? Basket { get; init; }

    /// <summary>How long it is reserved, 1 to 30 minutes. Default 15.</summary>
    public int Minutes { get; init; } = 15;

    /// <summary>What is wrong with it, in words; null: nothing.</summary>
    public static string? Problem(RedemptionRequest request)
    {
        if (request.CustomerId.Length == 0) return "customerId is missing.";
        if (request.CustomerId.Length > PersonResolver.MaxOwnId) return "customerId: at most 64 characters.";
        if (request.Action is not ("quote" or "hold")) return "action: quote or hold is expected.";
        if (request.Minutes is < 1 or > LedgerLimits.HoldMinutes) return "minutes: 1 to 30 are expected.";
        if (request is { Action: "quote", Basket: null }) return "basket is missing: a quote is for what is bought.";
        return request.Basket is { } basket ? BasketRequest.Problem(basket) : null;
    }
}

/// <summary>A reservation to be redeemed.</summary>
public sealed record RedemptionCommitRequest
{
    /// <summary>The order it pays, <c>&lt;source&gt;:&lt;shop&gt;:&lt;id&gt;</c>; its refund gives points back. null: not told.</summary>
    public string? OrderId { get; init; }

    /// <summary>What it paid, minor units of the order's currency; null: by <c>pay:</c> of program.yaml in the program's currency.</summary>
    public long? ValueMinor { get; init; }

    /// <summary>The order's line amounts are already lower by it (the shop took it as a discount). Default true.</summary>
    public bool IsInPrices { get; init; } = true;
}

/// <summary>Redeemed points to be given back.</summary>
public sealed record RedemptionRestoreRequest
{
    /// <summary>1 to what is left of the redemption.</summary>
    public long Points { get; init; }

    /// <summary>Why; the customer reads it.</summary>
    public string? Reason { get; init; }
}

/// <summary>What became of a redemption; a closed set.</summary>
public abstract record RedemptionAnswer
{
    private RedemptionAnswer()
    {
    }

    /// <summary>What could be paid.</summary>
    /// <param name="MostPoints">The most that may be taken; 0: none.</param>
    /// <param name="MostMinor">What those are worth, minor units of the basket's currency.</param>
    /// <param name="PayableMinor">The goods that points may pay for.</param>
    /// <param name="Available">The wallet's usable points.</param>
    /// <param name="Reason">Why none: <c>pay-not-offered</c>, <c>currency-mismatch</c>, <c>no-payable-goods</c>, <c>below-minimum</c>, <c>insufficient-points</c>.</param>
    public sealed record Quoted(long MostPoints, long MostMinor, long PayableMinor, long Available, string? Reason) : RedemptionAnswer;

    /// <summary>Done, now or before.</summary>
    public sealed record Done : RedemptionAnswer
    {
        /// <summary>Names it in the other routes.</summary>
        public required string RedemptionId { get; init; }

        /// <summary><c>held</c>, <c>redeemed</c>, <c>released</c>, <c>restored</c>.</summary>
        public required string Status { get; init; }
        public required long Points { get; init; }

        /// <summary>What they are worth, minor units of the program's currency; null: the wallet pays for nothing.</summary>
        public long? ValueMinor { get; init; }

        /// <summary>Usable points after it.</summary>
        public required long Available { get; init; }

        /// <summary>When the reservation lapses.</summary>
        public Instant? ExpiresAt { get; init; }
    }

    /// <summary>Nothing is posted.</summary>
    public sealed record Refused(RefusalCode Code, string? Detail = null) : RedemptionAnswer;
}
