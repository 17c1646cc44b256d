using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <content>What happens to messages.</content>
public static partial class CustomerDecider
{
    private static bool IsMachine(CanonicalEvent e) =>
        e.Data is EventData.Facts facts && facts.Values.GetValueOrDefault(MachineEngagement.Attribute) is AttributeValue.Flag { Value: true }
        && e.Type is EventTypes.MessageOpened or EventTypes.MessageClicked;

    /// <summary>How a consent is told that was given from the address itself.</summary>
    public const string Confirmed = "double-opt-in";

    /// <summary>How a consent is told that was chosen on the program's page, by a link that did not come to the address itself.</summary>
    public const string PreferencePage = "preference-page";

    /// <summary>The fact that says which address a reported message went to, by its hash; the program adds it, whatever others tell under this name is dropped.</summary>
    public const string MessageAddress = "message-address";

    /// <summary>Consents that count only once they are confirmed: what is left of the person without them, and which were asked for.</summary>
    private static (EventData.Person Person, ImmutableArray<string> Asked) AskFirst(CustomerDraft draft, EventData.Person person)
    {
        var policy = draft.Program.Contact;
        if (policy.DoubleOptIn.IsEmpty || person.Consent.IsEmpty || person.ConsentHow == Confirmed) return (person, []);
        // What was confirmed stays when it is told once more; what was taken back since, alone or with everything, is asked for anew.
        var known = draft.Customer with { Consents = draft.Consents };
        var asked = person.Consent
            .Where(one => one.Value && policy.DoubleOptIn.Contains(Consents.Parse(one.Key).Topic) && !known.Consents.Any(given => given.Topic == one.Key && OptInMerge.IsInForce(known, given)))
            .Select(static one => one.Key).Order(StringComparer.Ordinal).ToImmutableArray();
        return asked.IsEmpty ? (person, asked) : (person with { Consent = person.Consent.RemoveRange(asked) }, asked);
    }

    /// <summary>
    /// Consent under double opt-in was given from an address. Where the person has another by now, it waits until it is confirmed from there: the new address may
    /// be mistyped, or somebody else's.
    /// </summary>
    private static void AskAgain(CustomerDraft draft, CanonicalEvent e, PersonState? before)
    {
        var policy = draft.Program.Contact;
        if (policy.DoubleOptIn.IsEmpty || before is null || ReferenceEquals(before, draft.Person)) return;
        var isMail = OptInMerge.IsAnother(before.Email, draft.Person.Email);
        var isPhone = OptInMerge.IsAnother(before.Phone, draft.Person.Phone);
        if (!isMail && !isPhone) return;
        // A decision that is told with the address, or was made after it, was made from it. Who has taken everything back is not asked.
        var customer = draft.Customer with { Consents = draft.Consents };
        var asked = draft.Consents.Where(one => one.At < e.Time && policy.IsAsked(one.Topic, isMail, isPhone) && OptInMerge.IsInForce(customer, one)).Select(static one => one.Topic).ToImmutableArray();
        if (asked.IsEmpty) return;
        draft.Consents = Await(draft.Consents, asked, e.Time);
        draft.Tell(Occurrences.AskedAgain(e, asked));
    }

    /// <summary>The consents of who was asked: a pending decision, unless a later one is known.</summary>
    private static ImmutableArray<TopicConsent> Await(ImmutableArray<TopicConsent> consents, ImmutableArray<string> asked, Instant at)
    {
        foreach (var topic in asked)
        {
            if (consents.Any(known => known.Topic == topic && known.At >= at)) continue;
            var others = consents.RemoveAll(known => known.Topic == topic);
            consents = [.. others.Add(new TopicConsent(topic, false, at) { IsPending = true }).OrderBy(static one => one.Topic, StringComparer.Ordinal)];
        }

        return consents;
    }

    /// <summary>What is told of consents, with those that were asked for.</summary>
    private static ImmutableDictionary<string, AttributeValue> Asked(ImmutableDictionary<string, AttributeValue> values, ImmutableArray<string> asked) =>
        asked.IsEmpty ? values : values.SetItem("asked", new AttributeValue.List(asked));

    /// <summary>Why nothing may go any more to the address that a report tells of (<see cref="SuppressionReasons"/>); null: it tells no such thing.</summary>
    public static string? SuppressionReason(CanonicalEvent e) => e.Type switch
    {
        EventTypes.MessageComplained => SuppressionReasons.Complaint,
        EventTypes.MessageBounced => (e.Data as EventData.Facts)?.Values.GetValueOrDefault("kind") is AttributeValue.Text { Value: "soft" } ? null : SuppressionReasons.HardBounce,
        _ => null,
    };

    /// <summary>Withdrawals by link, complaints, and addresses that are not there.</summary>
    private static void Contacted(CustomerDraft draft, CanonicalEvent e, EventData.Facts facts)
    {
        if (e.Type is EventTypes.MessageUnsubscribed or EventTypes.MessageComplained)
        {
            var topic = e.Type == EventTypes.MessageUnsubscribed && facts.Values.GetValueOrDefault("topic") is AttributeValue.Text one
                ? one.Value
                : TopicConsent.Everything;
            draft.Consents = ProfileMerge.Decide(draft.Consents, topic, isGiven: false, e.Time);
        }

        if (SuppressionReason(e) is not { } reason) return;
        var channel = facts.Values.GetValueOrDefault("channel") is AttributeValue.Text { Value: var way } ? way : Consents.Email;
        // The address that the report names; else the one that its message went to; else the address of today. What another channel takes for one (number, address,
        // the customer's own id) is not known here without the message: it is the channel's own matter, so each of them counts.
        var named = Named("email");
        if (facts.Values.GetValueOrDefault(MessageAddress) is AttributeValue.Text { Value: var hash } && (channel != Consents.Email || named is null))
        {
            draft.Customer = draft.Customer with { Contact = ContactState.Suppress(draft.Customer.Contact, hash, reason, e.Time) };
            return;
        }

        var told = named ?? draft.Person.Email?.Value;
        string?[] addresses = channel == Consents.Email ? [told] : [Named("phone") ?? draft.Person.Phone?.Value, told, draft.Customer.CustomerId];
        foreach (var address in addresses.OfType<string>())
            draft.Customer = draft.Customer with { Contact = ContactState.Suppress(draft.Customer.Contact, channel, address, reason, e.Time) };

        string? Named(string kind) => e.Identifiers.Where(one => one.Kind == kind).Select(one => one.Value[(kind.Length + 1)..]).FirstOrDefault();
    }
}
