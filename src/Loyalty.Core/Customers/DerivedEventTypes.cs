namespace Loyalty.Core.Customers;

/// <summary>Further types that the program tells by itself (docs/reference/events.md).</summary>
public static class DerivedEventTypes
{
    public const string CustomerBirthday = "customer.birthday";

    /// <summary>Each year on the day of the sign-up, where a rule listens to it.</summary>
    public const string CustomerAnniversary = "customer.anniversary";

    public const string TierChanged = "tier.changed";

    public const string BadgeEarned = "badge.earned";
}
