using System.Collections.Immutable;

namespace Loyalty.Core.Referrals;

/// <summary>What is known of a friend and a referrer when the friend joins. E-mail addresses folded, everything else compared as keyed hashes.</summary>
public sealed record ReferralEvidence
{
    public bool IsSamePerson { get; init; }
    public bool IsSameEmail { get; init; }
    public bool IsSamePhone { get; init; }

    /// <summary>The friend's folded address belongs to somebody else who is known.</summary>
    public bool IsEmailKnown { get; init; }

    /// <summary>Delivery address of the referrer, or of another of the referrer's friends; likewise the next two.</summary>
    public bool IsSameAddress { get; init; }
    public bool IsSameDevice { get; init; }
    public bool IsSameCard { get; init; }

    /// <summary>The friend brought the referrer, at however many removes.</summary>
    public bool IsLoop { get; init; }

    /// <summary>The friend has bought, or signed up before.</summary>
    public bool IsExisting { get; init; }

    /// <summary>Joins of the referrer in the last 24 hours, this one included.</summary>
    public int OfReferrer { get; init; }

    /// <summary>Joins from the network in the last hour, this one included; 0: the network is not told.</summary>
    public int OfNetwork { get; init; }
}

/// <summary>The fraud checks of referrals: evidence → outcome with every reason. Pure.</summary>
public static class ReferralChecks
{
    /// <summary>The strictest outcome of all reasons, and the reasons, sorted; none: allowed.</summary>
    public static (ReferralOutcome Outcome, ImmutableArray<string> Reasons) Judge(ReferralEvidence evidence, ReferralPlan plan)
    {
        (bool Holds, string Reason)[] checks =
        [
            (evidence.IsSamePerson, ReferralReasons.OwnAccount),
            (evidence.IsSameEmail, ReferralReasons.OwnEmail),
            (evidence.IsSamePhone, ReferralReasons.OwnPhone),
            (evidence.IsEmailKnown, ReferralReasons.KnownEmail),
            (evidence.IsSameAddress, ReferralReasons.SameAddress),
            (evidence.IsSameDevice, ReferralReasons.SameDevice),
            (evidence.IsSameCard, ReferralReasons.SameCard),
            (evidence.IsLoop, ReferralReasons.ClosedLoop),
            (evidence.IsExisting, ReferralReasons.ExistingCustomer),
            (evidence.OfReferrer > plan.PerReferrer, ReferralReasons.ReferrerVelocity),
            (evidence.OfNetwork > plan.PerNetwork, ReferralReasons.NetworkVelocity),
        ];
        ImmutableArray<string> reasons = [.. checks.Where(static check => check.Holds).Select(static check => check.Reason).Order(StringComparer.Ordinal)];
        return (reasons.Select(plan.OutcomeOf).Append(ReferralOutcome.Allow).Max(), reasons);
    }

    /// <summary>
    /// An e-mail address as fraud checks compare it: small letters, without what follows a <c>+</c>; of Gmail also without dots, and one domain. Never
    /// used to tell people apart anywhere else.
    /// </summary>
    /// <returns>null: it is no address.</returns>
    public static string? FoldEmail(string? address)
    {
        if (Events.Identifier.Email(address) is not { } email) return null;
        var text = email.Value["email:".Length..];
        var at = text.LastIndexOf('@');
        var (local, domain) = (text[..at], text[(at + 1)..]);
        if (local.IndexOf('+', StringComparison.Ordinal) is var plus and > 0) local = local[..plus];
        if (domain is "googlemail.com") domain = "gmail.com";
        if (domain is "gmail.com") local = local.Replace(".", "", StringComparison.Ordinal);
        return local.Length == 0 ? text : $"{local}@{domain}";
    }

    /// <summary>A delivery address as it is compared: letters and digits only, small.</summary>
    public static string FoldAddress(string address) => string.Concat(address.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
