using System.Collections.Immutable;
using Loyalty.Core.Contact;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>
/// Double opt-in where two people become one. Each has confirmed, or was asked, from an address of their own; the one they are has one address. What was confirmed from
/// another waits until it is confirmed from there, as it does where a person's address changes.
/// </summary>
public static class OptInMerge
{
    /// <summary>The consents of one of the two, before they are joined with the other's.</summary>
    /// <param name="customer">The one.</param>
    /// <param name="own">Their addresses; null: none is known.</param>
    /// <param name="joined">The addresses of the one they are.</param>
    /// <param name="policy">Which topics, and what each channel takes for an address.</param>
    /// <param name="now">The moment of the join, from which on is waited.</param>
    public static ImmutableArray<TopicConsent> Readdressed(CustomerState customer, PersonState? own, PersonState joined, ContactPolicy policy, Instant now)
    {
        if (policy.DoubleOptIn.IsEmpty || own is null) return customer.Consents;
        return [.. customer.Consents.Select(one => Waits(one) ? new TopicConsent(one.Topic, false, now) { IsPending = true } : one)];

        bool Waits(TopicConsent one) =>
            (one.IsPending || IsInForce(customer, one)) && policy.IsAsked(one.Topic, IsAnother(own.Email, joined.Email), IsAnother(own.Phone, joined.Phone));
    }

    /// <summary>What the join made wait, or wait anew: it is asked for when the merge is told.</summary>
    /// <param name="customer">The one who stays.</param>
    /// <param name="joinedAt">The moment of the join.</param>
    public static ImmutableArray<string> AskedBy(CustomerState customer, Instant joinedAt) =>
        [.. customer.Consents.Where(one => one.IsPending && one.At == joinedAt).Select(static one => one.Topic)];

    /// <summary>Given, and not overruled by a later withdrawal of everything.</summary>
    internal static bool IsInForce(CustomerState customer, TopicConsent consent)
    {
        var (channel, topic) = Consents.Parse(consent.Topic);
        return consent.IsGiven && Consents.Refusal(customer, topic, channel) is null;
    }

    /// <summary>Whether somebody has another address now.</summary>
    internal static bool IsAnother(Told<string>? before, Told<string>? after) =>
        before is not null && after is not null && !string.Equals(before.Value, after.Value, StringComparison.OrdinalIgnoreCase);
}
