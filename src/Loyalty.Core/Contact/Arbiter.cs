using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Contact;

/// <summary>
/// The one place where it is decided whether a message may go to a person now. Asked in the same batch in which the message is claimed, so
/// no message leaves after a withdrawal has been committed.
/// </summary>
public static class Arbiter
{
    /// <summary>The stated order: expired → no address → no consent to the topic → go.</summary>
    /// <param name="send">The message.</param>
    /// <param name="customer">Consents.</param>
    /// <param name="address">The e-mail address, if known.</param>
    /// <param name="now">The clock.</param>
    public static Verdict Judge(RunEffect.Send send, CustomerState customer, string? address, Instant now)
    {
        if (now >= send.GiveUpAt) return new Verdict.Expired(WithholdReasons.GaveUp);
        if (string.IsNullOrEmpty(address)) return new Verdict.Withheld(WithholdReasons.NoAddress);
        if (send.IsTransactional) return new Verdict.Go();
        return send.Topic is { } topic && ProfileMerge.Consent(customer, topic) == true
            ? new Verdict.Go()
            : new Verdict.Withheld(WithholdReasons.NoConsent);
    }
}

/// <summary>Whether a message may go; a closed set.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    public sealed record Go : Verdict;

    /// <summary>Never.</summary>
    public sealed record Withheld(string Reason) : Verdict;

    /// <summary>Its time is over.</summary>
    public sealed record Expired(string Reason) : Verdict;
}

/// <summary>Why a message did not go (docs/reference/errors.md).</summary>
public static class WithholdReasons
{
    /// <summary>The person has no e-mail address.</summary>
    public const string NoAddress = "no-address";

    /// <summary>The person has not agreed to this topic, or has withdrawn.</summary>
    public const string NoConsent = "no-consent";

    /// <summary>It could not go within the send's <c>give-up</c>.</summary>
    public const string GaveUp = "gave-up";

    /// <summary>The provider will never take it; behind a colon and a space its own code, where it tells one.</summary>
    public const string Refused = "provider-refused";

    /// <summary>The person's address or name cannot stand in a message's header.</summary>
    public const string BadRecipient = "bad-recipient";

    /// <summary>The program's sender address or name cannot stand in a message's header.</summary>
    public const string BadSender = "bad-sender";

    /// <summary>The subject cannot stand in a message's header.</summary>
    public const string BadSubject = "bad-subject";

    /// <summary>A header of the message is malformed.</summary>
    public const string BadHeader = "bad-header";

    /// <summary>The journey's send window does not open in two weeks.</summary>
    public const string WindowNeverOpens = "window-never-opens";

    /// <summary>Not a refusal: the provider takes nothing just now, the message waits.</summary>
    public const string ProviderBusy = "provider-busy";

    /// <summary>The template cannot be rendered.</summary>
    public const string TemplateBroken = "template-broken";

    /// <summary>Nobody can tell whether it went.</summary>
    public const string OutcomeUnknown = "outcome-unknown";

    /// <summary>The run left the journey before it went.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>What a channel says in the words of this list: what it found wrong itself, else the provider's refusal with its code.</summary>
    public static string OfChannel(string reason) => reason switch
    {
        BadRecipient or BadSender or BadSubject or BadHeader or Refused => reason,
        _ => $"{Refused}: {reason}",
    };

    /// <summary>An edit has removed its step before it went.</summary>
    public const string StepRemoved = "step-removed";
}
