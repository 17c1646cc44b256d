using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Customers;

/// <summary>
/// What happens to a message (<c>message.*</c>) is told with its <c>message-id</c>; which run's step sent it is known here. With <c>run</c> and
/// <c>step</c> a journey's <c>wait-for … of: STEP</c> finds the answers to its own message.
/// </summary>
internal static class MessageEvents
{
    private const string Prefix = "message.";

    /// <summary>The event with run, step and template of its message; one that tells no message of this customer stays as it is.</summary>
    public static async ValueTask<CanonicalEvent> AboutAsync(PartitionSession session, CanonicalEvent e, CancellationToken cancellation)
    {
        if ((!e.Type.StartsWith(Prefix, StringComparison.Ordinal) && e.Type != EventTypes.FeedbackGiven) || e.Data is not EventData.Facts facts) return e;
        // Where a message went is for the program to say, and for nobody else.
        if (facts.Values.ContainsKey(CustomerDecider.MessageAddress)) facts = new EventData.Facts(facts.Values.Remove(CustomerDecider.MessageAddress));
        if (facts.Values.GetValueOrDefault("message-id") is not AttributeValue.Text { Value: var id } || !IsOurs(id)) return Seen(e, facts, null);
        if (e.Type is EventTypes.MessageBounced or EventTypes.MessageComplained && await MessageAddresses.FindAsync(session, id, cancellation) is { } address)
        {
            var told = facts.Values.SetItem(CustomerDecider.MessageAddress, address.Hash);
            facts = new EventData.Facts(told.ContainsKey("channel") ? told : told.Add("channel", address.Channel));
        }

        if (await session.ReadAsync<MessageRecord>(id, cancellation) is not { } message) return Seen(e, facts, null);
        var values = facts.Values.SetItem("run", message.RunId).SetItem("step", message.Step).SetItem("template", message.Template);
        if (message.Topic is { } topic && !values.ContainsKey("topic"))
        {
            // What is taken back is the consent the message went by: who wants no text messages any more still gets mails.
            values = values.Add("topic", e.Type == EventTypes.MessageUnsubscribed ? Consents.Key(topic, message.Channel ?? Consents.Email) : topic);
        }

        return Seen(e, new EventData.Facts(values), message.At);
    }

    /// <summary>Whether a mail takes back what it got by a message that went to somebody else: who quotes another's message takes nothing back by it.</summary>
    public static async ValueTask<bool> IsOthersAsync(PartitionSession session, CanonicalEvent e, CancellationToken cancellation) =>
        MailEvents.IsWithdrawal(e) && e.Data is EventData.Facts facts && facts.Values.GetValueOrDefault("message-id") is AttributeValue.Text { Value: var id }
        && !await MessageAddresses.IsOfAsync(session, id, cancellation);

    /// <summary>The event, marked where a machine made it.</summary>
    private static CanonicalEvent Seen(CanonicalEvent e, EventData.Facts facts, Instant? handedOverAt) => e with
    {
        Data = MachineEngagement.IsMachine(e, facts, handedOverAt) ? new EventData.Facts(facts.Values.SetItem(MachineEngagement.Attribute, true)) : facts,
    };

    private static bool IsOurs(string id) =>
        id.StartsWith(Keys.MessagePrefix, StringComparison.Ordinal) && id.Length <= 200
        && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
