using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Loyalty.Core.Customers;

namespace Loyalty.Engine.Contact;

/// <summary>
/// Signed links to the program's pages. A token names what it is for, the person, the list and the message, and is signed over all of it: it cannot be
/// forged, guessed, or used for anything else. It lives as long as the key that signed it.
/// </summary>
/// <param name="baseUrl">Where the program's routes are, e.g. <c>https://loyalty.shop.example/api</c>.</param>
/// <param name="keys">The first signs, each verifies; a link whose key is not among them any more is refused like any other forgery. Each 16 bytes or more.</param>
public sealed class ContactLinks(string baseUrl, ImmutableArray<byte[]> keys)
{
    /// <summary>What templates call them: <c>links.NAME</c>.</summary>
    public static ImmutableArray<string> Names { get; } = ["unsubscribe", "preferences", "feedback"];

    /// <summary>Characters of a token, at most.</summary>
    public const int MaxToken = 1000;

    private readonly string _base = baseUrl.TrimEnd('/');

    /// <summary>Takes one topic back (RFC 8058).</summary>
    public string Unsubscribe(string customerId, string topicKey, string? messageId) => Link("unsubscribe", new ContactToken(ContactPurpose.Unsubscribe, customerId, topicKey, messageId));

    /// <summary>Shows and changes all topics.</summary>
    public string Preferences(string customerId, string? messageId) => Link("preferences", new ContactToken(ContactPurpose.Preferences, customerId, null, messageId));

    /// <summary>Takes an answer.</summary>
    public string Feedback(string customerId, string? messageId) => Link("feedback", new ContactToken(ContactPurpose.Feedback, customerId, null, messageId));

    /// <summary>A token as it stands in a link.</summary>
    public string Sign(ContactToken token)
    {
        var payload = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
            string.Join('\n', ((int)token.Purpose).ToString(System.Globalization.CultureInfo.InvariantCulture), token.CustomerId, token.TopicKey, token.MessageId)));
        return $"{payload}.{Mac(payload, keys[0])}";
    }

    /// <summary>Reads a token that was made for this purpose.</summary>
    /// <returns>null: whatever is wrong with it.</returns>
    public ContactToken? Read(string? text, ContactPurpose purpose)
    {
        if (text is not { Length: > 0 and <= MaxToken }) return null;
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        if (dot <= 0) return null;
        var (payload, given) = (text[..dot], Encoding.UTF8.GetBytes(text[(dot + 1)..]));
        var isGenuine = false;
        // The signature covers the characters themselves, so that no second spelling of the same bytes is accepted; every key is tried, so that time tells nothing.
        foreach (var key in keys) isGenuine |= CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Mac(payload, key)), given);
        if (!isGenuine || !Base64Url.IsValid(payload)) return null;
        var bytes = Base64Url.DecodeFromChars(payload);
        if (!Utf8.IsValid(bytes)) return null;
        var parts = Encoding.UTF8.GetString(bytes).Split('\n');
        return parts.Length == 4 && parts[0] == ((int)purpose).ToString(System.Globalization.CultureInfo.InvariantCulture)
            ? new ContactToken(purpose, parts[1], parts[2].Length == 0 ? null : parts[2], parts[3].Length == 0 ? null : parts[3])
            : null;
    }

    private string Link(string route, ContactToken token) => $"{_base}/{route}/{Sign(token)}";

    private static string Mac(string payload, byte[] key) => Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes("loyalty-link.v1." + payload)));
}

/// <summary>What a signed link says.</summary>
/// <param name="Purpose">What it is for.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="TopicKey">Which list (<c>offers</c>, <c>sms/offers</c>, <see cref="TopicConsent.Everything"/>); null: none.</param>
/// <param name="MessageId">The message it stood in; null: none.</param>
public sealed record ContactToken(ContactPurpose Purpose, string CustomerId, string? TopicKey, string? MessageId);

/// <summary>What a signed link may be used for.</summary>
public enum ContactPurpose
{
    Unsubscribe = 1,
    Preferences = 2,
    Feedback = 3,
}
