using Loyalty.Core.Customers;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>What the rule about inactive people says of somebody.</summary>
public enum InactivityVerdict
{
    /// <summary>Nothing: they have done something lately, or are erased or merged into somebody else already.</summary>
    Nothing,

    /// <summary>They go.</summary>
    Goes,

    /// <summary>Inactive, and kept: they have points.</summary>
    HasPoints,

    /// <summary>Inactive, and kept: their data is restricted, because they asked for that.</summary>
    Restricted,

    /// <summary>Inactive, and kept for the present: they are being merged.</summary>
    Merging,
}

/// <summary>The rule by which people who have done nothing for long are erased; the one that the pass goes by and a preview tells.</summary>
public static class Inactivity
{
    /// <summary>What it says of somebody.</summary>
    /// <param name="customer">The record.</param>
    /// <param name="keep">How long people are kept who do nothing.</param>
    /// <param name="now">The present.</param>
    public static InactivityVerdict Of(CustomerState customer, Duration keep, Instant now) => customer switch
    {
        { MergedInto: not null } or { Contact.ErasedAt: not null } => InactivityVerdict.Nothing,
        _ when LatestOf(customer) + keep > now => InactivityVerdict.Nothing,
        { RestrictedAt: not null } => InactivityVerdict.Restricted,
        _ when !customer.Joining.IsEmpty => InactivityVerdict.Merging,
        _ when customer.WalletStates.Any(static wallet => wallet.Lots.Any(static lot => lot.Available + lot.Pending + lot.Held > 0)) => InactivityVerdict.HasPoints,
        _ => InactivityVerdict.Goes,
    };

    /// <summary>When somebody last did something: nobody is inactive for longer than this program has known of them.</summary>
    public static Instant LatestOf(CustomerState customer)
    {
        var latest = customer.KnownSince;
        foreach (var at in new[] { customer.CreatedAt, customer.SignedUpAt, customer.LastActivityAt, customer.LastPlacedAt })
        {
            if (at is { } known && known > latest) latest = known;
        }

        foreach (var consent in customer.Consents) latest = Instant.Max(latest, consent.At);
        return latest;
    }
}
