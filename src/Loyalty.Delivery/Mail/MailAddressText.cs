using System.Globalization;

namespace Loyalty.Delivery.Mail;

/// <summary>
/// An address that may stand in a header: no line breaks, no brackets, an ASCII local part, the domain in its ASCII
/// form.
/// </summary>
public sealed record MailAddressText(string Address, string? Name)
{
    /// <summary>Reads <c>a@b.c</c> or <c>Name &lt;a@b.c&gt;</c>.</summary>
    /// <returns>null where it is no such address.</returns>
    public static MailAddressText? Parse(string? text, string? name = null)
    {
        var trimmed = text?.Trim() ?? "";
        if (trimmed.EndsWith('>') && trimmed.IndexOf('<', StringComparison.Ordinal) is var open and >= 0)
        {
            name ??= trimmed[..open].Trim().Trim('"');
            trimmed = trimmed[(open + 1)..^1].Trim();
        }

        var at = trimmed.LastIndexOf('@');
        if (at is <= 0 or > 64 || at == trimmed.Length - 1) return null;
        if (!trimmed[..at].All(IsLocal)) return null;
        if (Domain(trimmed[(at + 1)..]) is not { } domain || at + 1 + domain.Length > 254) return null;
        return string.IsNullOrWhiteSpace(name)
            ? new MailAddressText($"{trimmed[..at]}@{domain}", null)
            : new MailAddressText($"{trimmed[..at]}@{domain}", name.Trim());
    }

    private static bool IsLocal(char c) =>
        c is > ' ' and < (char)127 && !"<>()[],;:\\\"@".Contains(c, StringComparison.Ordinal);

    private static string? Domain(string text)
    {
        try
        {
            var ascii = new IdnMapping().GetAscii(text).ToLowerInvariant();
            var labels = ascii.Split('.');
            return Array.TrueForAll(
                labels,
                static l => l.Length is > 0 and <= 63 && l.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'))
                ? ascii
                : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
