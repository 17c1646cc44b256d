using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Standard;
using Loyalty.Core;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Connectors.Mail;

/// <summary>
/// Replies to the program's mails, as an inbound mail service passes them on: <c>{"messageId", "from", "inReplyTo", "references": […], "subject", "text",
/// "headers": {…}}</c>, signed by Standard Webhooks 1.0. The message that is answered is found by its Message-ID, the person by the sender's address. Each reply is told
/// as <c>message.replied</c> and as <c>feedback.given</c> of kind <c>reply</c>; automatic answers and mails that answer nothing of ours are not told.
/// </summary>
public sealed class MailReplyConnector : IConnector
{
    private const int MaxText = 4000;
    private const string OurPrefix = "message-";
    private const string UnsubscribeWord = "unsubscribe";

    /// <summary>The source of what comes by mail.</summary>
    public const string Source = MailEvents.Source;

    /// <inheritdoc/>
    public string Name => "mail";

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
            var answer = Read(mail, now);
            return problems.Any ? new ConnectorAnswer.Refused(problems.Code, problems.Detail!) : answer;
        }
    }

    private static ConnectorAnswer Read(Node mail, Instant now)
    {
        var mailId = mail["messageId"].RequiredText(1000);
        var from = mail["from"].RequiredText(400);
        var text = mail["text"].Text(1024 * 1024) ?? "";
        if (IsAutomatic(mail["headers"])) return new ConnectorAnswer.Nothing("automatic-reply", "An automatic answer tells nothing.");
        if (UnsubscribeOf(mail) is { } withdrawal)
        {
            return Identifier.Email(AddressOf(from)) is { } who
                ? new ConnectorAnswer.Accepted([Told(IntakeKeys.Bounded(mailId, 180), EventTypes.MessageUnsubscribed, withdrawal, who)], IntakeKeys.Bounded("mail:" + mailId, 300))
                : new ConnectorAnswer.Nothing("no-address", "The sender is no address.");
        }

        if (OursOf(mail) is not { } message) return new ConnectorAnswer.Nothing("no-reply", "It answers no message of the program.");
        if (Identifier.Email(AddressOf(from)) is not { } person) return new ConnectorAnswer.Nothing("no-address", "The sender is no address.");
        var facts = ImmutableDictionary<string, AttributeValue>.Empty.Add("message-id", message).Add("text", OwnWords(text));
        var key = IntakeKeys.Bounded(mailId, 180);
        return new ConnectorAnswer.Accepted(
            [Event(key, EventTypes.MessageReplied, facts), Event(key + "#feedback", EventTypes.FeedbackGiven, facts.Add("kind", "reply"))], IntakeKeys.Bounded("mail:" + mailId, 300));

        CanonicalEvent Event(string id, string type, ImmutableDictionary<string, AttributeValue> values) => Told(id, type, values, person);

        CanonicalEvent Told(string id, string type, ImmutableDictionary<string, AttributeValue> values, Identifier whose) => new()
        {
            Id = id,
            Source = Source,
            Type = type,
            Time = now,
            ReceivedAt = now,
            Identifiers = [whose],
            Data = new EventData.Facts(values),
        };
    }

    /// <summary>
    /// What a mail says that is sent to the address of <c>List-Unsubscribe</c> (RFC 2369): the message it was pressed in, whose topic is taken back; without one, as
    /// somebody writes it by hand, everything. null: it is no such mail.
    /// </summary>
    private static ImmutableDictionary<string, AttributeValue>? UnsubscribeOf(Node mail)
    {
        var words = (mail["subject"].Text(1000) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words is not [var first, ..] || words.Length > 2 || !first.Equals(UnsubscribeWord, StringComparison.OrdinalIgnoreCase)) return null;
        var message = words.Length == 2 ? words[1] : OursOf(mail);
        if (words.Length == 2 && !(message!.StartsWith(OurPrefix, StringComparison.Ordinal) && message.Length <= 200)) return null;
        return message is null
            ? ImmutableDictionary<string, AttributeValue>.Empty.Add("topic", "*")
            : ImmutableDictionary<string, AttributeValue>.Empty.Add("message-id", message);
    }

    /// <summary>The id of the message of ours that is answered: In-Reply-To first, then References from the last.</summary>
    private static string? OursOf(Node mail)
    {
        var candidates = new List<string?> { mail["inReplyTo"].Text(1000) };
        if (mail["references"].Exists) candidates.AddRange(mail["references"].Items().Select(static one => one.Text(1000)).Reverse());
        foreach (var candidate in candidates)
        {
            var id = candidate?.Trim().Trim('<', '>').Split('@')[0];
            if (id?.StartsWith(OurPrefix, StringComparison.Ordinal) == true && id.Length <= 200) return id;
        }

        return null;
    }

    /// <summary>RFC 3834: what a program has answered by itself.</summary>
    private static bool IsAutomatic(Node headers)
    {
        foreach (var (name, node) in headers.Exists ? headers.Members() : [])
        {
            var value = node.Text(1000) ?? "";
            if (name.Equals("Auto-Submitted", StringComparison.OrdinalIgnoreCase) && !value.Equals("no", StringComparison.OrdinalIgnoreCase)) return true;
            if (name.Equals("Precedence", StringComparison.OrdinalIgnoreCase) && value is "bulk" or "junk" or "auto_reply") return true;
            if (name.Equals("X-Autoreply", StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    private static string AddressOf(string from) =>
        from.LastIndexOf('<') is var open and >= 0 && from.IndexOf('>', open) is var close and > 0 ? from[(open + 1)..close] : from;

    /// <summary>What the person wrote, without the mail that is quoted below it.</summary>
    internal static string OwnWords(string text)
    {
        var own = new List<string>();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith('>') || line.StartsWith("-----Original Message", StringComparison.Ordinal) || line.TrimEnd() is "--" or "-- ") break;
            own.Add(line);
        }

        // The line that introduces a quotation belongs to it.
        while (own.Count > 0 && (string.IsNullOrWhiteSpace(own[^1]) || own[^1].TrimEnd().EndsWith(':'))) own.RemoveAt(own.Count - 1);
        var words = string.Join('\n', own).Trim();
        return words.Length <= MaxText ? words : words[..MaxText];
    }
}
