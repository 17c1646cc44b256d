using Loyalty.Core.Customers;

namespace Loyalty.Core.Contact;

/// <summary>Who agreed to what on which channel.</summary>
/// <remarks>
/// A decision is kept under its topic for e-mail (<c>offers</c>) and under channel and topic elsewhere (<c>sms/offers</c>): who agreed to mails has not agreed to be called.
/// A withdrawal of everything (<c>*</c>) holds on every channel, one of everything on a channel (<c>sms/*</c>) on that.
/// </remarks>
public static class Consents
{
    /// <summary>The channel that needs no name.</summary>
    public const string Email = "email";

    /// <summary>What a decision is kept under.</summary>
    public static string Key(string topic, string channel) => channel == Email || topic == TopicConsent.Everything ? topic : $"{channel}/{topic}";

    /// <summary>The channel and topic of a key.</summary>
    public static (string Channel, string Topic) Parse(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (Email, key) : (key[..slash], key[(slash + 1)..]);
    }

    /// <summary>Why a marketing message may not go: <c>topic-off</c> where the person has switched the topic off, else <c>no-consent</c>; null: it may.</summary>
    public static string? Refusal(CustomerState customer, string? topic, string channel)
    {
        if (topic is null) return WithholdReasons.NoConsent;
        TopicConsent? own = null, all = null;
        var (key, everything) = (Key(topic, channel), channel == Email ? null : $"{channel}/*");
        foreach (var consent in customer.Consents)
        {
            if (consent.Topic == key) own = consent;
            if ((consent.Topic == TopicConsent.Everything || consent.Topic == everything) && (all is null || consent.At > all.At || (consent.At == all.At && !consent.IsGiven))) all = consent;
        }

        if (all is not null && (own is null || all.At > own.At || (all.At == own.At && !all.IsGiven)))
            return all.IsGiven && (channel == Email || all.Topic == everything) ? null : WithholdReasons.NoConsent;
        if (own is null || own.IsPending) return WithholdReasons.NoConsent;
        return own.IsGiven ? null : WithholdReasons.TopicOff;
    }
}
