using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Standard;
using Loyalty.Core;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Connectors.Mail;

/// <summary>
/// Replies to the program's mails, as an inbound mail service passes them on (<see cref="InboundMail"/>), signed by Standard Webhooks 1.0. The message that is answered
/// is found by its Message-ID, the person by the sender's address. Each reply is told as <c>message.replied</c> and as <c>feedback.given</c> of kind <c>reply</c>;
/// automatic answers and mails that answer nothing of ours are not told.
/// </summary>
public sealed class MailReplyConnector : IConnector
{
    private const string OurPrefix = "message-";
    private const string UnsubscribeWord = "unsubscribe";

    /// <summary>The source of what comes by mail.</summary>
    public const string Source = MailEvents.Source;

    /// <inheritdoc/>
    public string Name => "mail";

    /// <inheritdoc/>
    public IReadOnlyList<string> SignatureHeaders => ["webhook-signature"];

    /// <inheritdoc/>
    public ConnectorAnswer Receive(WebhookDelivery delivery, ConnectorSettings settings, Instant now)
    {
        if (delivery.Body.Length > settings.MaxBodyBytes) return new ConnectorAnswer.Refused(RefusalCode.BodyTooLarge, $"More than {settings.MaxBodyBytes} bytes.");
        var (id, timestamp, signature) = (delivery.Header("webhook-id"), delivery.Header("webhook-timestamp"), delivery.Header("webhook-signature"));
        if (id is null || timestamp is null || signature is null)
            return new ConnectorAnswer.Refused(RefusalCode.BadSignature, "webhook-id, webhook-timestamp and webhook-signature are needed.");
        if (!StandardSignature.MatchesAny(id, timestamp, delivery.Body.Span, signature, settings.Secrets))
            return new ConnectorAnswer.Refused(RefusalCode.BadSignature, "No v1 signature matches the raw body.");
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs((double)seconds - now.ToUnixTimeSeconds()) > settings.Tolerance.TotalSeconds)
            return new ConnectorAnswer.Refused(RefusalCode.StaleTimestamp, $"webhook-timestamp is more than {settings.Tolerance.TotalSeconds:0} s from now.");
        var (document, code, detail) = JsonBody.Parse(delivery.Body, settings.MaxDepth);
        if (document is null) return new ConnectorAnswer.Refused(code, detail);
        using (document)
        {
            var problems = new Problems();
            var mail = new Node(document.RootElement, "", problems);
            var read = InboundMail.Read(mail);
            return problems.Any ? new ConnectorAnswer.Refused(problems.Code, problems.Detail!) : Tell(read, now);
        }
    }

    private static ConnectorAnswer Tell(InboundMail mail, Instant now)
    {
        if (mail.IsAutomatic) return new ConnectorAnswer.Nothing("automatic-reply", "An automatic answer tells nothing.");
        var ours = mail.Answers.Select(OursOf).FirstOrDefault(static one => one is not null);
        var withdrawal = UnsubscribeOf(mail.Subject, ours);
        if (withdrawal is null && ours is null) return new ConnectorAnswer.Nothing("no-reply", "It answers no message of the program.");
        if (mail.From is not { } person) return new ConnectorAnswer.Nothing("no-address", "The sender is no address.");
        var key = IntakeKeys.Bounded(mail.Id, 180);
        var delivery = IntakeKeys.Bounded("mail:" + mail.Id, 300);
        if (withdrawal is not null)
        {
            // What they write beside it is for whoever looks at a withdrawal that nobody could match.
            return new ConnectorAnswer.Accepted([Told(key, EventTypes.MessageUnsubscribed, Said(withdrawal, mail.Words))], delivery);
        }

        var facts = Said(ImmutableDictionary<string, AttributeValue>.Empty.Add("message-id", ours!), mail.Words);
        return new ConnectorAnswer.Accepted(
            [Told(key, EventTypes.MessageReplied, facts), Told(key + "#feedback", EventTypes.FeedbackGiven, facts.Add("kind", "reply"))], delivery);

        CanonicalEvent Told(string id, string type, ImmutableDictionary<string, AttributeValue> values) => new()
        {
            Id = id,
            Source = Source,
            Type = type,
            Time = now,
            ReceivedAt = now,
            Identifiers = [person],
            Data = new EventData.Facts(values),
        };
    }

    private static ImmutableDictionary<string, AttributeValue> Said(ImmutableDictionary<string, AttributeValue> facts, string words) =>
        words.Length == 0 ? facts : facts.Add("text", words);

    /// <summary>
    /// What a mail says that is sent to the address of <c>List-Unsubscribe</c> (RFC 2369): the message it was pressed in, whose topic is taken back; without one, as
    /// somebody writes it by hand, everything. null: it is no such mail.
    /// </summary>
    private static ImmutableDictionary<string, AttributeValue>? UnsubscribeOf(string subject, string? answered)
    {
        var words = subject.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is not [var first, ..] || words.Length > 2 || !first.Equals(UnsubscribeWord, StringComparison.OrdinalIgnoreCase)) return null;
        var message = words.Length == 2 ? OursOf(words[1]) : answered;
        if (words.Length == 2 && message is null) return null;
        return message is null
            ? ImmutableDictionary<string, AttributeValue>.Empty.Add("topic", "*")
            : ImmutableDictionary<string, AttributeValue>.Empty.Add("message-id", message);
    }

    /// <summary>The id of a message of ours out of its Message-ID; null: it is none.</summary>
    private static string? OursOf(string messageId)
    {
        var id = messageId.Trim('<', '>').Split('@')[0];
        return id.Length <= 200 && id.StartsWith(OurPrefix, StringComparison.Ordinal) ? id : null;
    }
}
