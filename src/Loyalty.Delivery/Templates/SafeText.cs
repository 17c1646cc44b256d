using System.Text;

namespace Loyalty.Delivery.Templates;

/// <summary>What customers and shops type, made harmless for a reader's eye before any encoding.</summary>
public static class SafeText
{
    /// <summary>
    /// The text without characters that change how others are shown: overrides and isolates of direction (U+202A…U+202E,
    /// U+2066…U+2069), direction marks, zero-width spaces and joins that no script needs, the byte order mark, controls
    /// other than line breaks and tabs. The joiners U+200C and U+200D stay: Persian, Hindi and emoji need them. Lone
    /// surrogates become U+FFFD.
    /// </summary>
    public static string Clean(string text)
    {
        var at = 0;
        while (at < text.Length && !IsSuspect(text[at])) at++;
        if (at == text.Length) return text;
        var clean = new StringBuilder(text.Length).Append(text, 0, at);
        foreach (var rune in text[at..].EnumerateRunes())
        {
            if (rune.Value == Rune.ReplacementChar.Value || !rune.IsBmp || !IsHidden((char)rune.Value))
                clean.Append(rune.ToString());
        }

        return clean.ToString();
    }

    private static bool IsSuspect(char c) => char.IsSurrogate(c) || IsHidden(c);

    private static bool IsHidden(char c) => c switch
    {
        '\t' or '\n' or '\r' or '\u2028' or '\u2029' => false,
        '\u00AD' or '\u061C' or '\u180E' or '\u200B' or '\u200E' or '\u200F' or '\uFEFF' => true,
        >= '\u202A' and <= '\u202E' or >= '\u2060' and <= '\u2069' or >= '\uFFF9' and <= '\uFFFB' => true,
        _ => char.IsControl(c),
    };
}
