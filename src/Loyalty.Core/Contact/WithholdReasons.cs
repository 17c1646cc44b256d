namespace Loyalty.Core.Contact;

/// <summary>Why a message did not go (docs/reference/errors.md).</summary>
public static class WithholdReasons
{
    /// <summary>The person was erased.</summary>
    public const string Erased = "erased";

    /// <summary>The address bounced for good, its owner complained, or it stood on an imported list.</summary>
    public const string Suppressed = "suppressed";

    /// <summary>The person has switched this topic off.</summary>
    public const string TopicOff = "topic-off";

    /// <summary>The person is in the holdout of the journey or of the program.</summary>
    public const string HeldOut = "held-out";

    /// <summary>The same message went to this person a short time ago (<c>repeat-after</c> of program.yaml).</summary>
    public const string Duplicate = "duplicate";

    /// <summary>It is quiet where the person lives.</summary>
    public const string QuietHours = "quiet-hours";

    /// <summary>Not a refusal: the journey's send window is closed where the person lives, the message waits.</summary>
    public const string SendWindow = "send-window";

    /// <summary>The person had as many messages in this period as a cap of program.yaml allows.</summary>
    public const string FrequencyCap = "frequency-cap";

    /// <summary>A message of higher priority is waiting for the last place under a cap.</summary>
    public const string LowerPriority = "lower-priority";

    /// <summary>The program's budget of messages for this period is used up.</summary>
    public const string Budget = "budget";

    /// <summary>The provider's quota is used up for this minute, hour or day.</summary>
    public const string ProviderQuota = "provider-quota";

    /// <summary>The channel is not set up here.</summary>
    public const string NoChannel = "no-channel";

    /// <summary>The person has no address on the channel.</summary>
    public const string NoAddress = "no-address";

    /// <summary>The person has never agreed, or has withdrawn everything.</summary>
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
