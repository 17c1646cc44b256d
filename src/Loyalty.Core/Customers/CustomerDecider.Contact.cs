using Loyalty.Core.Contact;
using Loyalty.Core.Events;

namespace Loyalty.Core.Customers;

/// <content>What happens to messages.</content>
public static partial class CustomerDecider
{
    private static bool IsMachine(CanonicalEvent e) =>
        e.Data is EventData.Facts facts && facts.Values.GetValueOrDefault(MachineEngagement.Attribute) is AttributeValue.Flag { Value: true }
        && e.Type is EventTypes.MessageOpened or EventTypes.MessageClicked;

    /// <summary>Withdrawals by link, complaints, and addresses that are not there.</summary>
    private static void Contacted(CustomerDraft draft, CanonicalEvent e, EventData.Facts facts)
    {
        if (e.Type is EventTypes.MessageUnsubscribed or EventTypes.MessageComplained)
        {
            var topic = e.Type == EventTypes.MessageUnsubscribed && facts.Values.GetValueOrDefault("topic") is AttributeValue.Text named
                ? named.Value
                : TopicConsent.Everything;
            draft.Customer = draft.Customer with { Consents = ProfileMerge.Decide(draft.Customer.Consents, topic, isGiven: false, e.Time) };
        }

        var isHard = e.Type == EventTypes.MessageBounced && facts.Values.GetValueOrDefault("kind") is not AttributeValue.Text { Value: "soft" };
        if (!isHard && e.Type != EventTypes.MessageComplained) return;
        var channel = facts.Values.GetValueOrDefault("channel") is AttributeValue.Text { Value: var told } ? told : Consents.Email;
        // The address that the report names; without one, the address of today.
        var kind = channel == Consents.Email ? "email" : "phone";
        var address = e.Identifiers.Where(one => one.Kind == kind).Select(one => one.Value[(kind.Length + 1)..]).FirstOrDefault()
            ?? (channel == Consents.Email ? draft.Person.Email?.Value : draft.Person.Phone?.Value);
        if (address is null) return;
        var reason = isHard ? SuppressionReasons.HardBounce : SuppressionReasons.Complaint;
        draft.Customer = draft.Customer with { Contact = ContactState.Suppress(draft.Customer.Contact, channel, address, reason, e.Time) };
    }
}
