using System.Text;
using System.Text.Unicode;

namespace Loyalty.Connectors.CloudEvents;

/// <summary>
/// Header values of the HTTP binding: quoted strings first, then one round of percent-decoding (section 3.1.3.2).
/// </summary>
internal static class CloudEventHeader
{
    /// <summary>The attribute's text, or null where the value is malformed or the decoded bytes are no UTF-8.</summary>
    public static string? Decode(string value)
    {
        var text = Unquote(value.Trim());
        if (text is null) return null;
        var bytes = new List<byte>(text.Length);
        Span<byte> encoded = stackalloc byte[4];
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1])
                && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add((byte)(Hex(text[i + 1]) * 16 + Hex(text[i + 2])));
                i += 2;
                continue;
            }

            // A percent sign that starts no escape stands for itself; so do characters that a lenient sender did not
            // encode.
            if (!Rune.TryGetRuneAt(text, i, out var rune)) return null;
            bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            if (rune.Utf16SequenceLength == 2) i++;
        }

        var all = bytes.ToArray();
        return Utf8.IsValid(all) ? Encoding.UTF8.GetString(all) : null;
    }

    private static string? Unquote(string value)
    {
        if (!value.StartsWith('"')) return value;
        var text = new StringBuilder(value.Length);
        for (var i = 1; i < value.Length; i++)
        {
            if (value[i] == '"') return i == value.Length - 1 ? text.ToString() : null;
            if (value[i] == '\\' && ++i == value.Length) return null;
            text.Append(value[i]);
        }

        return null;
    }

    private static int Hex(char c) => c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}
