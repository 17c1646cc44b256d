using System.Globalization;
using System.Text;

namespace Loyalty.Delivery.Mail;

/// <summary>A text part by RFC 2045: quoted-printable where most of it is ASCII, else base64.</summary>
internal static class MailBody
{
    private const int MaxLine = 76;

    /// <summary>The part's headers, a blank line, the encoded text; lines end with CRLF.</summary>
    public static string Part(string mediaType, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
        var foreign = bytes.Count(static b => b > 126);
        var isPrintable = foreign * 5 <= bytes.Length;
        var part = new StringBuilder(bytes.Length * 2);
        part.Append(CultureInfo.InvariantCulture, $"Content-Type: {mediaType}; charset=utf-8\r\n");
        part.Append(
            CultureInfo.InvariantCulture,
            $"Content-Transfer-Encoding: {(isPrintable ? "quoted-printable" : "base64")}\r\n\r\n");
        if (isPrintable) QuotedPrintable(part, bytes);
        else Base64(part, bytes);
        return part.ToString();
    }

    private static void Base64(StringBuilder part, byte[] bytes)
    {
        var text = Convert.ToBase64String(bytes);
        for (var at = 0; at < text.Length; at += MaxLine) part
            .Append(text.AsSpan(at, Math.Min(MaxLine, text.Length - at)))
            .Append("\r\n");
    }

    private static void QuotedPrintable(StringBuilder part, byte[] bytes)
    {
        var column = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\r' && i + 1 < bytes.Length && bytes[i + 1] == '\n')
            {
                part.Append("\r\n");
                column = 0;
                i++;
                continue;
            }

            var atLineEnd = i + 1 == bytes.Length || bytes[i + 1] == '\r';
            // Space at a line's end would be lost on the way; a dot alone on a line would end the message in SMTP.
            var isPlain = bytes[i] is >= 33 and <= 126 and not (byte)'=' && !(bytes[i] == '.' && column == 0)
                || (bytes[i] is (byte)' ' or (byte)'\t' && !atLineEnd);
            var width = isPlain ? 1 : 3;
            if (column + width > MaxLine - 1)
            {
                part.Append("=\r\n");
                column = 0;
                isPlain = isPlain && bytes[i] != '.';
                width = isPlain ? 1 : 3;
            }

            if (isPlain) part.Append((char)bytes[i]);
            else part.Append(CultureInfo.InvariantCulture, $"={bytes[i]:X2}");
            column += width;
        }

        part.Append("\r\n");
    }
}
