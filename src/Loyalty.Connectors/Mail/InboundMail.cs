using System.Collections.Immutable;
using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Core.Events;

namespace Loyalty.Connectors.Mail;

/// <summary>A mail that came in, out of whichever shape its service gives it: our own names, Postmark's, the fields of Mailgun's or SendGrid's form, SES's headers.</summary>
internal sealed record InboundMail
{
    private const int MaxBody = 1024 * 1024;
    private const int MaxLine = 4000;
    private const int MaxNames = 100;

    /// <summary>What its service, else its sender, calls it: a redelivery has the same.</summary>
    public required string Id { get; init; }

    /// <summary>Who wrote it; null: no address. <c>From</c> may hold several (RFC 5322, 3.6.2): the one that is also <c>Sender</c>, else the first.</summary>
    public required Identifier? From { get; init; }
    public required string Subject { get; init; }

    /// <summary>What the person wrote, without what is quoted; may be empty.</summary>
    public required string Words { get; init; }

    /// <summary>The Message-IDs that are answered, the nearest first: In-Reply-To, then References from the last.</summary>
    public required ImmutableArray<string> Answers { get; init; }

    /// <summary>A program has answered by itself (RFC 3834), or it is a report of a mail server.</summary>
    public required bool IsAutomatic { get; init; }

    /// <summary>Reads one; what is missing is noted at the mail's problems.</summary>
    public static InboundMail Read(Node mail)
    {
        var inner = Member(mail, "mail");
        var headers = MailHeaders.Read(First(mail, "headers", "Headers", "message-headers"), Member(inner, "headers"));
        var common = Member(inner, "commonHeaders");
        var id = Text(mail, "messageId", "MessageID", "Message-Id", "message-id") ?? Text(inner, "messageId") ?? headers.First("Message-ID") ?? mail["messageId"].RequiredText(1000);
        var from = Lines(First(mail, "from", "From")).Concat(Lines(Member(common, "from"))).ToList();
        if (from.Count == 0) from.AddRange(headers.All("From"));
        if (from.Count == 0) from.Add(mail["from"].RequiredText(MaxLine));
        var sender = headers.First("Sender") is { } told ? MailAddresses.Of(told) : [];
        return new InboundMail
        {
            Id = id,
            From = Choose([.. from.SelectMany(MailAddresses.Of).Take(MaxNames)], sender),
            Subject = Text(mail, "subject", "Subject") ?? Text(common, "subject") ?? headers.First("Subject") ?? "",
            Words = WordsOf(mail),
            Answers = AnswersOf(mail, headers),
            IsAutomatic = headers.IsAutomatic,
        };
    }

    private static Identifier? Choose(List<Identifier> from, IReadOnlyList<Identifier> sender)
    {
        if (from.Count == 0) return null;
        foreach (var one in from)
        {
            if (sender.Contains(one)) return one;
        }

        return from[0];
    }

    /// <summary>The text without quotations as the service found it, else the text, else what the HTML shows.</summary>
    private static string WordsOf(Node mail)
    {
        foreach (var name in (string[])["StrippedTextReply", "stripped-text", "text", "TextBody", "body-plain"])
        {
            if (Text(mail, MaxBody, name) is { } text && MailText.OwnWords(text) is { Length: > 0 } words) return words;
        }

        foreach (var name in (string[])["stripped-html", "html", "HtmlBody", "body-html"])
        {
            if (Text(mail, MaxBody, name) is { } html && MailText.OwnWords(MailText.OfHtml(html)) is { Length: > 0 } words) return words;
        }

        return "";
    }

    private static ImmutableArray<string> AnswersOf(Node mail, MailHeaders headers)
    {
        var direct = Ids(Lines(First(mail, "inReplyTo", "In-Reply-To")).Concat(headers.All("In-Reply-To")));
        var before = Ids(Lines(First(mail, "references", "References")).Concat(headers.All("References"))).Reverse();
        return [.. direct.Concat(before).Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Ids(IEnumerable<string> lines) => lines
        .SelectMany(static line => line.Split([' ', '\t', '\r', '\n', ',', '<', '>'], StringSplitOptions.RemoveEmptyEntries)).Take(MaxNames);

    private static Node Member(Node node, string name) => node.Exists && node.Element.ValueKind == JsonValueKind.Object ? node[name] : default;

    private static Node First(Node mail, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Member(mail, name) is { Exists: true } found) return found;
        }

        return default;
    }

    private static string? Text(Node mail, params ReadOnlySpan<string> names) => Text(mail, MaxLine, names);

    private static string? Text(Node mail, int max, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (MailHeaders.Texts(Member(mail, name), max) is [var text, ..]) return text;
        }

        return null;
    }

    private static IEnumerable<string> Lines(Node node) => MailHeaders.Texts(node, MaxLine);
}
