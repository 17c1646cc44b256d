using System.Collections.Immutable;
using Loyalty.Core.Referrals;
using NodaTime;

namespace Loyalty.Engine.Referrals;

/// <summary>Whose a referral code is.</summary>
public sealed record ReferralCodeOwner(string CustomerId);

/// <summary>The last click of a visitor.</summary>
public sealed record ReferralClick(string Code, string ReferrerId, Instant At);

/// <summary>Who was seen with an address, device, card, e-mail address or network; the latest <see cref="Most"/>.</summary>
public sealed record SignalSightings(ImmutableArray<SignalSighting> Seen)
{
    /// <summary>Sightings that are kept.</summary>
    public const int Most = 200;
}

/// <param name="CustomerId">Who.</param>
/// <param name="ReferrerId">Who brought that person; null: nobody.</param>
/// <param name="At">When.</param>
public sealed record SignalSighting(string CustomerId, string? ReferrerId, Instant At);

/// <summary>A friend, with the referrer.</summary>
public sealed record ReferredFriend(string FriendId, Instant JoinedAt);

/// <summary>What a storefront knows of somebody. Kept as keyed hashes only.</summary>
public sealed record ReferralSignals
{
    /// <summary>The IP address; its network is looked at (/24, /64).</summary>
    public string? Ip { get; init; }

    /// <summary>The storefront's name for the device.</summary>
    public string? Device { get; init; }

    /// <summary>The payment provider's fingerprint of the card.</summary>
    public string? Card { get; init; }

    /// <summary>The delivery address in one line.</summary>
    public string? Address { get; init; }
}

/// <summary>Who a friend is, as events name people; at least one.</summary>
public sealed record ReferralFriend
{
    /// <summary>The program's customer id.</summary>
    public string? Id { get; init; }
    public string? Email { get; init; }

    /// <summary>E.164.</summary>
    public string? Phone { get; init; }

    /// <summary><c>&lt;source&gt;:&lt;shop&gt;:&lt;id&gt;</c>.</summary>
    public string? External { get; init; }
}

/// <summary>A friend joins.</summary>
public sealed record JoinRequest
{
    public ReferralFriend Friend { get; init; } = new();

    /// <summary>The code that was typed; it beats the last click. null: none was.</summary>
    public string? Code { get; init; }

    /// <summary>The visitor whose last click counts where no code was typed.</summary>
    public string? Visitor { get; init; }
    public ReferralSignals Signals { get; init; } = new();
}

/// <summary>Somebody followed a link.</summary>
public sealed record ClickRequest
{
    public string Code { get; init; } = "";

    /// <summary>The storefront's own name for the visitor (a cookie), 1 to 200 characters.</summary>
    public string Visitor { get; init; } = "";
}

/// <summary>A decision of the review.</summary>
public sealed record VerdictRequest
{
    /// <summary><c>allow</c> or <c>refuse</c>.</summary>
    public string Decision { get; init; } = "";
    public string Actor { get; init; } = "";
    public string Reason { get; init; } = "";
}

/// <summary>A customer's code and link.</summary>
public sealed record ReferralLinkView(string CustomerId, string Code, string Link);

/// <summary>A referral on the wire.</summary>
public sealed record ReferralView
{
    public required string FriendId { get; init; }
    public required string ReferrerId { get; init; }

    /// <summary><c>joined</c>, <c>qualifying</c> (paid, in the return window), <c>qualified</c>, <c>held</c>, <c>refused</c>, <c>voided</c>.</summary>
    public required string Status { get; init; }
    public required ReferralOutcome Outcome { get; init; }
    public ImmutableArray<string> Reasons { get; init; } = [];
    public ImmutableArray<ReferralVerdict> Verdicts { get; init; } = [];
    public required Instant JoinedAt { get; init; }
    public Instant? QualifiesAt { get; init; }
    public Instant? QualifiedAt { get; init; }
    public Instant? VoidedAt { get; init; }
    public required RewardState Friend { get; init; }
    public required RewardState Referrer { get; init; }

    public static ReferralView Of(ReferralState state) => new()
    {
        FriendId = state.FriendId,
        ReferrerId = state.ReferrerId,
        Status = state switch
        {
            { Outcome: ReferralOutcome.Refuse } => "refused",
            { VoidedAt: not null } => "voided",
            { Outcome: ReferralOutcome.Hold } => "held",
            { QualifiedAt: not null } => "qualified",
            { OrderId: not null } => "qualifying",
            _ => "joined",
        },
        Outcome = state.Outcome,
        Reasons = state.Reasons,
        Verdicts = state.Verdicts,
        JoinedAt = state.JoinedAt,
        QualifiesAt = state.QualifiesAt,
        QualifiedAt = state.QualifiedAt,
        VoidedAt = state.VoidedAt,
        Friend = state.Friend,
        Referrer = state.Referrer,
    };
}
