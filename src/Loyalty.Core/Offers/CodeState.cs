using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Offers;

/// <summary>A code where it is redeemed, a document in a partition of its own. Used once at most.</summary>
public sealed record CodeState
{
    public required string Code { get; init; }
    public required string Offer { get; init; }
    public required string CustomerId { get; init; }

    /// <summary>The customer's document of it.</summary>
    public required string CustomerDocument { get; init; }
    public required Instant IssuedAt { get; init; }

    /// <summary>From this instant on it is over; null: never.</summary>
    public Instant? ValidUntil { get; init; }

    /// <summary>The checkout that has it reserved, or had it until the reservation lapsed.</summary>
    public CodeHold? Hold { get; init; }

    /// <summary>When it was redeemed.</summary>
    public Instant? UsedAt { get; init; }

    /// <summary>The reservation by which it was redeemed; null: in the shop, or not yet.</summary>
    public string? RedeemedBy { get; init; }

    /// <summary>The order it was used on, where one is known.</summary>
    public string? OrderId { get; init; }

    /// <summary>What it gave, minor units or points.</summary>
    public long? Value { get; init; }

    /// <summary>It was redeemed and what it gives is not with the customer yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsOwed { get; init; }

    /// <summary>When it was taken back unused.</summary>
    public Instant? VoidedAt { get; init; }
}

/// <summary>A reservation.</summary>
/// <param name="HoldId">Names it.</param>
/// <param name="ExpiresAt">From this instant on lapsed.</param>
/// <param name="Value">What it takes off, minor units, or gives.</param>
public sealed record CodeHold(string HoldId, Instant ExpiresAt, long Value);

/// <summary>What became of a wish. A closed set.</summary>
public abstract record CodeDecision
{
    private CodeDecision()
    {
    }

    /// <summary>The document changes.</summary>
    public sealed record Changed(CodeState State) : CodeDecision;

    /// <summary>It is so already.</summary>
    public sealed record Same(CodeState State) : CodeDecision;

    /// <summary>Nothing changes.</summary>
    public sealed record Refused(RefusalCode Code) : CodeDecision;
}

/// <summary>The life of a code: issued → held → used, or void. Pure.</summary>
public static class CodeDecider
{
    /// <summary>Why a code cannot be redeemed now, whoever holds it; null: it can.</summary>
    public static RefusalCode? Refusal(CodeState code, Instant now) => code switch
    {
        { VoidedAt: not null } => RefusalCode.CodeVoid,
        { UsedAt: not null } => RefusalCode.CodeUsed,
        _ when now >= code.ValidUntil => RefusalCode.CodeExpired,
        _ => null,
    };

    /// <summary>Reserves it for a checkout. Refused: <c>CodeVoid</c>, <c>CodeUsed</c>, <c>CodeExpired</c>, <c>CodeHeld</c> by another checkout.</summary>
    public static CodeDecision Hold(CodeState code, CodeHold hold, Instant now)
    {
        if (code.RedeemedBy == hold.HoldId) return new CodeDecision.Same(code);
        if (Refusal(code, now) is { } refused) return new CodeDecision.Refused(refused);
        if (code.Hold is { } known && known.HoldId != hold.HoldId && now < known.ExpiresAt) return new CodeDecision.Refused(RefusalCode.CodeHeld);
        return code.Hold == hold ? new CodeDecision.Same(code) : new CodeDecision.Changed(code with { Hold = hold });
    }

    /// <summary>Redeems what a hold reserved; again for the same order it is done, for another it is refused (<c>CodeUsed</c>). A hold that lapsed is refused (<c>HoldExpired</c>): the budget it had reserved is free again.</summary>
    public static CodeDecision Commit(CodeState code, string holdId, string? orderId, bool isOwed, Instant now)
    {
        if (code.RedeemedBy == holdId) return orderId is null || code.OrderId is null || orderId == code.OrderId ? new CodeDecision.Same(code) : new CodeDecision.Refused(RefusalCode.CodeUsed);
        if (code.VoidedAt is not null) return new CodeDecision.Refused(RefusalCode.CodeVoid);
        if (code.UsedAt is not null) return new CodeDecision.Refused(RefusalCode.CodeUsed);
        if (code.Hold is not { } hold || hold.HoldId != holdId || now >= hold.ExpiresAt) return new CodeDecision.Refused(RefusalCode.HoldExpired);
        return new CodeDecision.Changed(code with { UsedAt = now, RedeemedBy = holdId, OrderId = orderId, Value = hold.Value, IsOwed = isOwed });
    }

    /// <summary>Gives a reservation back; one that is gone is gone.</summary>
    public static CodeDecision Release(CodeState code, string holdId) => code switch
    {
        { RedeemedBy: { } by } when by == holdId => new CodeDecision.Refused(RefusalCode.CodeUsed),
        { Hold.HoldId: { } held, UsedAt: null } when held == holdId => new CodeDecision.Changed(code with { Hold = null }),
        _ => new CodeDecision.Same(code),
    };

    /// <summary>The shop's order carried it. The shop has decided: it counts whatever we thought of the code; the first order stays.</summary>
    public static CodeDecision UsedInShop(CodeState code, string orderId, Instant at) => code.UsedAt is not null
        ? new CodeDecision.Same(code)
        : new CodeDecision.Changed(code with { UsedAt = at, OrderId = orderId });

    /// <summary>Takes it back; one that was used stays as it is.</summary>
    public static CodeDecision Void(CodeState code, Instant now) => code is { UsedAt: null, VoidedAt: null }
        ? new CodeDecision.Changed(code with { VoidedAt = now })
        : new CodeDecision.Same(code);
}
