using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace Loyalty.Core.Events;

/// <summary>
/// One name a person is known by: <c>id:…</c> (the program's own), <c>email:…</c>, <c>phone:…</c> (E.164) or
/// <c>&lt;source&gt;:&lt;shop&gt;:&lt;external id&gt;</c>. Equality is ordinal over the normalised text.
/// </summary>
/// <param name="Value">The normalised text, e.g. <c>email:bob@example.com</c>, at most 400 characters.</param>
public readonly record struct Identifier(string Value)
{
    /// <summary>The program's own customer id.</summary>
    public static Identifier Customer(string id) => new("id:" + id);

    /// <summary>
    /// An e-mail address, compared case-insensitively after trimming; dots and <c>+tags</c> are kept. A domain in other letters than ASCII is kept in its ASCII form
    /// (<c>xn--…</c>, UTS 46), which is what mail goes to: both spellings are one mailbox.
    /// </summary>
    /// <returns>null where the text is no address (<see cref="IsEmail"/>), or its domain cannot be one.</returns>
    public static Identifier? Email(string? address)
    {
        var text = address?.Trim();
        if (!IsEmail(text)) return null;
        var name = text!.ToLowerInvariant();
        if (Ascii.IsValid(name)) return new Identifier("email:" + name);
        var at = name.IndexOf('@', StringComparison.Ordinal);
        return AsciiDomain(name[(at + 1)..]) is { } domain ? new Identifier($"email:{name[..at]}@{domain}") : null;
    }

    private static string? AsciiDomain(string domain)
    {
        if (Ascii.IsValid(domain)) return domain;
        try
        {
            return new IdnMapping().GetAscii(domain).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a text, trimmed, is one address and nothing else: one <c>@</c> with something on both sides, at most 254 characters, no white space, and nothing that stands
    /// around addresses in a header or cannot be seen. Written otherwise, a mailbox would have two names, and what holds for the one would not hold for the other.
    /// </summary>
    public static bool IsEmail(ReadOnlySpan<char> address)
    {
        address = address.Trim();
        var at = address.IndexOf('@');
        if (at <= 0 || at == address.Length - 1 || address.Length > 254 || address[(at + 1)..].Contains('@') || address.ContainsAny(NotInEmail)) return false;
        if (Ascii.IsValid(address)) return true;
        foreach (var c in address)
        {
            if (!char.IsAscii(c) && !char.IsLetterOrDigit(c) && !char.IsSurrogate(c) && char.GetUnicodeCategory(c) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)) return false;
        }

        return true;
    }

    /// <summary>What no address has outside quotation marks (RFC 5322, section 3.2.3), and no mailer sends to within them.</summary>
    private static readonly SearchValues<char> NotInEmail =
        SearchValues.Create([.. Enumerable.Range(0, 33).Select(static c => (char)c), (char)127, .. "<>()[],;:\\\"".AsSpan()]);

    /// <summary>A phone number in E.164 (<c>+</c> and 7 to 15 digits; spaces, dashes, dots and brackets are dropped).</summary>
    /// <returns>null where the text is no international number.</returns>
    public static Identifier? Phone(string? number)
    {
        if (string.IsNullOrWhiteSpace(number)) return null;
        Span<char> digits = stackalloc char[16];
        var count = 0;
        var text = number.AsSpan().Trim();
        if (text[0] != '+') return null;
        foreach (var c in text[1..])
        {
            if (char.IsAsciiDigit(c))
            {
                if (count == 15) return null;
                digits[count++] = c;
            }
            else if (!" -.()".Contains(c, StringComparison.Ordinal))
            {
                return null;
            }
        }

        return count < 7 ? null : new Identifier("phone:+" + digits[..count].ToString());
    }

    /// <summary>A shop's own id of the person, e.g. <c>shopify:shop.example:207119551</c>.</summary>
    public static Identifier External(string source, string shop, string id) => new($"{source}:{shop}:{id}");

    /// <summary>The part before the first colon: <c>id</c>, <c>email</c>, <c>phone</c> or the platform.</summary>
    [JsonIgnore]
    public string Kind => Value[..Value.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>Whether <see cref="Kind"/> is this one.</summary>
    internal bool IsOf(string kind) => Value.Length > kind.Length && Value[kind.Length] == ':' && Value.StartsWith(kind, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
