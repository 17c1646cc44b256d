namespace Loyalty.Delivery.Templates;

/// <summary>Addresses that a letter may carry.</summary>
internal static class SafeUrl
{
    /// <summary>
    /// An address as it may stand in a link: <c>https</c>, <c>http</c>, <c>mailto</c> or <c>tel</c>, or one without a scheme
    /// that begins with <c>/</c> (once), <c>?</c> or <c>#</c>. Anything else becomes <c>#</c>: a link that leads nowhere is better than one that
    /// runs a script. Spaces, quotes, brackets and controls are percent-encoded.
    /// </summary>
    public static string Whole(string? value)
    {
        var text = SafeText.Clean(value ?? "").Trim();
        if (text.Length == 0) return "#";
        var allowed = text[0] is '?' or '#'
            || (text[0] == '/' && (text.Length == 1 || text[1] is not ('/' or '\\')))
            || Scheme(text) is "https" or "http" or "mailto" or "tel";
        return allowed ? Encode(text, keep: true) : "#";
    }

    /// <summary>A value inside an address: everything but letters, digits and <c>-._~</c> percent-encoded.</summary>
    public static string Part(string? value) => Encode(SafeText.Clean(value ?? ""), keep: false);

    private static string? Scheme(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && text[..colon].All(char.IsAsciiLetter) ? text[..colon].ToLowerInvariant() : null;
    }

    private static string Encode(string text, bool keep)
    {
        const string Reserved = ":/?#[]@!$&()*+,;=%";
        var encoded = new System.Text.StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            var isPlain = rune.IsAscii
                && (char.IsAsciiLetterOrDigit((char)rune.Value) || "-._~".Contains((char)rune.Value, StringComparison.Ordinal)
                    || (keep && Reserved.Contains((char)rune.Value, StringComparison.Ordinal)));
            encoded.Append(isPlain ? rune.ToString() : Uri.EscapeDataString(rune.ToString()));
        }

        return encoded.ToString();
    }
}
