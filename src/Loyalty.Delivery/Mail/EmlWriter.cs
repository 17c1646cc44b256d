using System.Collections.Frozen;
using System.Text;
using Loyalty.Core;
using Loyalty.Engine.Ports;

namespace Loyalty.Delivery.Mail;

/// <summary>
/// A message as the bytes that go over the wire: RFC 5322, multipart/alternative with text and HTML in UTF-8.
/// </summary>
public static class EmlWriter
{
    private static readonly FrozenSet<string> Ours = new[]
    {
        "Date", "From", "To", "Cc", "Bcc", "Subject", "Message-ID", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding", "Sender", "Return-Path", "Received",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The file; the same message and operation give the same bytes.</summary>
    /// <returns>The bytes, or why it cannot be a message: <c>bad-recipient</c>, <c>bad-sender</c>, <c>bad-header</c>,
    /// <c>bad-subject</c>.</returns>
    public static (byte[]? Bytes, string Reason) Write(OutgoingMessage message, string operationId)
    {
        if (!MailHeaders.IsSafe(message.To) || MailAddressText.Parse(message.To) is not { } parsed)
            return (null, "bad-recipient");
        if (!MailHeaders.IsSafe(message.From) || MailAddressText.Parse(message.From) is not { } from)
            return (null, "bad-sender");
        if (message.ToName is not null && !MailHeaders.IsSafe(message.ToName)) return (null, "bad-recipient");
        if (!MailHeaders.IsSafe(message.Subject)) return (null, "bad-subject");
        foreach (var (name, value) in message.Headers)
        {
            if (!MailHeaders.IsName(name) || Ours.Contains(name) || !MailHeaders.IsSafe(value))
                return (null, "bad-header");
        }

        var to = string.IsNullOrWhiteSpace(message.ToName) ? parsed : parsed with { Name = message.ToName.Trim() };
        var boundary = "=_" + Hashing.Id(32, "boundary", operationId, message.MessageId);
        var text = new StringBuilder(message.Html.Length * 2 + message.Text.Length * 2 + 1000);
        text.Append("Date: ").Append(MailHeaders.Date(message.At)).Append("\r\n");
        text.Append(MailHeaders.Address("From", from)).Append(MailHeaders.Address("To", to));
        text.Append(MailHeaders.Unstructured("Subject", message.Subject));
        text
            .Append("Message-ID: <")
            .Append(SafeName(message.MessageId, 100))
            .Append('@')
            .Append(from.Address[(from.Address.LastIndexOf('@') + 1)..])
            .Append(">\r\n");
        foreach (var (name, value) in message.Headers.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            text.Append(MailHeaders.Unstructured(name, value));
        text
            .Append("MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"")
            .Append(boundary)
            .Append("\"\r\n\r\n");
        text.Append("--").Append(boundary).Append("\r\n").Append(MailBody.Part("text/plain", message.Text));
        text.Append("\r\n--").Append(boundary).Append("\r\n").Append(MailBody.Part("text/html", message.Html));
        text.Append("\r\n--").Append(boundary).Append("--\r\n");
        return (Encoding.ASCII.GetBytes(text.ToString()), "");
    }

    /// <summary>
    /// Letters, digits, dots and dashes of a text; what had others, was too long or empty also gets a hash of the
    /// whole.
    /// </summary>
    internal static string SafeName(string text, int max)
    {
        static char Safe(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-';
        var safe = new string([.. text.Select(Safe)]).Trim('.', '-');
        return safe == text && text.Length is > 0 && text.Length <= max
            ? text
            : $"{(safe.Length > max - 17 ? safe[..(max - 17)] : safe)}-{Hashing.Id(16, "name", text)}".TrimStart('-');
    }
}
