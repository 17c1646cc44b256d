using System.Globalization;
using System.Text;
using NodaTime;

namespace Loyalty.Delivery.Mail;

/// <summary>
/// Header fields by RFC 5322 and RFC 2047: encoded words of at most 75 characters, lines folded before 78.
/// </summary>
internal static class MailHeaders
{
    private const int FoldAt = 76;

    /// <summary>True if a value may stand in a header at all.</summary>
    public static bool IsSafe(string value) => !value.Any(static c => char.IsControl(c) || c is '\u2028' or '\u2029');

    /// <summary>A field name: printable ASCII without a colon.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 60 && name.All(static c => c is > ' ' and < (char)127 and not ':');

    /// <summary>A field whose value is free text.</summary>
    public static string Unstructured(string name, string value) => $"{name}: {Text(value, name.Length + 2)}\r\n";

    /// <summary>A field of one address with an optional name.</summary>
    public static string Address(string name, MailAddressText address)
    {
        if (address.Name is null) return $"{name}: {address.Address}\r\n";
        var shown = IsPlain(address.Name)
            ? Quoted(address.Name)
            : Text(address.Name, name.Length + 2);
        return $"{name}: {shown}\r\n <{address.Address}>\r\n";
    }

    /// <summary>RFC 5322 date in UTC.</summary>
    public static string Date(Instant at) =>
        at.ToDateTimeUtc().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    private static string Quoted(string value)
    {
        var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"\"{escaped}\"";
    }

    private static string Text(string value, int indent) =>
        IsPlain(value) && !value.Contains("=?", StringComparison.Ordinal) ? Fold(value, indent) : Encode(value, indent);

    private static bool IsPlain(string value) => value.All(static c => c is >= ' ' and < (char)127);

    /// <summary>Breaks lines at spaces. A word longer than a line stays whole: there is nowhere to break it.</summary>
    private static string Fold(string value, int indent)
    {
        var text = new StringBuilder(value.Length + 16);
        var column = indent;
        foreach (var (word, index) in value.Split(' ').Select(static (word, index) => (word, index)))
        {
            if (index > 0)
            {
                // A fold keeps the space, so that unfolding gives the value back.
                var fold = column + 1 + word.Length > FoldAt && word.Length > 0;
                text.Append(fold ? "\r\n " : " ");
                column = fold ? 1 : column + 1;
            }

            text.Append(word);
            column += word.Length;
        }

        return text.ToString();
    }

    /// <summary>Base64 encoded words; none cuts a character in two.</summary>
    private static string Encode(string value, int indent)
    {
        const int MaxWord = 75;
        var text = new StringBuilder();
        var bytes = new List<byte>();
        var room = Room(Math.Min(MaxWord, FoldAt - indent));
        Span<byte> encoded = stackalloc byte[4];
        foreach (var rune in value.EnumerateRunes())
        {
            var size = rune.EncodeToUtf8(encoded);
            if (bytes.Count + size > room)
            {
                Flush(text, bytes);
                room = Room(MaxWord);
            }

            bytes.AddRange(encoded[..size]);
        }

        Flush(text, bytes);
        return text.ToString();
    }

    /// <summary>
    /// Bytes that fit into an encoded word of so many characters: <c>=?utf-8?B?…?=</c> takes 12 of them.
    /// </summary>
    private static int Room(int characters) => Math.Max(4, (characters - 12) / 4 * 3);

    private static void Flush(StringBuilder text, List<byte> bytes)
    {
        if (bytes.Count == 0) return;
        if (text.Length > 0) text.Append("\r\n ");
        text.Append("=?utf-8?B?").Append(Convert.ToBase64String(bytes.ToArray())).Append("?=");
        bytes.Clear();
    }
}
