using System.Collections.Immutable;

namespace Loyalty.Core.Referrals;

/// <summary>How customers bring friends: <c>referrals:</c> of program.yaml.</summary>
public sealed record ReferralPlan
{
    /// <summary>From 1; grows with each published change.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The link of a customer; <c>{code}</c> stands for the code. Default: the program's url with <c>?ref=</c>.</summary>
    public required string Link { get; init; }

    /// <summary>The least value of the friend's order, net goods kept, minor units of the program's currency. Default 0.</summary>
    public long MinimumMinor { get; init; }

    /// <summary>Full days after the payment for which a return takes the order away before it qualifies. 0 or more. Default 14.</summary>
    public int ReturnDays { get; init; } = 14;

    /// <summary>Days after the payment within which a return of what qualified voids the referral. Default 90.</summary>
    public int VoidDays { get; init; } = 90;

    /// <summary>Days for which a click counts. Default 30.</summary>
    public int ClickDays { get; init; } = 30;

    /// <summary>What the friend gets; null: nothing.</summary>
    public ReferralReward? Friend { get; init; }

    /// <summary>The friend gets it when joining, not when the order qualifies.</summary>
    public bool IsFriendAtJoin { get; init; }

    /// <summary>What the referrer gets when the order qualifies; null: nothing.</summary>
    public ReferralReward? Referrer { get; init; }

    /// <summary>Joins of one referrer in 24 hours above which the next are looked at. Default 10.</summary>
    public int PerReferrer { get; init; } = 10;

    /// <summary>Joins from one network in an hour above which the next are looked at. Default 5.</summary>
    public int PerNetwork { get; init; } = 5;

    /// <summary>What each reason leads to, where it differs from <see cref="ReferralReasons.Defaults"/>.</summary>
    public ImmutableSortedDictionary<string, ReferralOutcome> Checks { get; init; } =
        ImmutableSortedDictionary.Create<string, ReferralOutcome>(StringComparer.Ordinal);

    /// <summary>What a reason leads to.</summary>
    public ReferralOutcome OutcomeOf(string reason) => Checks.TryGetValue(reason, out var own) ? own : ReferralReasons.Defaults[reason];
}

/// <summary>Points, or a code of an offer: one of the two.</summary>
/// <param name="Points">1 or more; null: an offer.</param>
/// <param name="Offer">A name in offers.yaml; null: points.</param>
public sealed record ReferralReward(long? Points, string? Offer);

/// <summary>What the checks lead to, the mildest first.</summary>
public enum ReferralOutcome
{
    /// <summary>It counts.</summary>
    Allow,

    /// <summary>Somebody looks at it; nothing is given meanwhile.</summary>
    Hold,

    /// <summary>It does not count.</summary>
    Refuse,
}

/// <summary>Why a referral is held or refused.</summary>
public static class ReferralReasons
{
    public const string OwnAccount = "own-account";
    public const string OwnEmail = "own-email";
    public const string OwnPhone = "own-phone";
    public const string KnownEmail = "known-email";
    public const string SameAddress = "same-address";
    public const string SameDevice = "same-device";
    public const string SameCard = "same-card";
    public const string ClosedLoop = "closed-loop";
    public const string ExistingCustomer = "existing-customer";
    public const string ReferrerVelocity = "referrer-velocity";
    public const string NetworkVelocity = "network-velocity";

    /// <summary>What each leads to where the program says nothing.</summary>
    public static ImmutableSortedDictionary<string, ReferralOutcome> Defaults { get; } = new Dictionary<string, ReferralOutcome>(StringComparer.Ordinal)
    {
        [OwnAccount] = ReferralOutcome.Refuse,
        [OwnEmail] = ReferralOutcome.Refuse,
        [OwnPhone] = ReferralOutcome.Refuse,
        [KnownEmail] = ReferralOutcome.Refuse,
        [SameAddress] = ReferralOutcome.Hold,
        [SameDevice] = ReferralOutcome.Refuse,
        [SameCard] = ReferralOutcome.Refuse,
        [ClosedLoop] = ReferralOutcome.Refuse,
        [ExistingCustomer] = ReferralOutcome.Refuse,
        [ReferrerVelocity] = ReferralOutcome.Hold,
        [NetworkVelocity] = ReferralOutcome.Hold,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);
}
