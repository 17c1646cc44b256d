using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Loyalty.Functions.Settings;
using NodaTime;

namespace Loyalty.Functions.Me;

/// <summary>
/// The short-lived tokens of the customer-facing interface: JSON Web Tokens signed with HMAC-SHA256 (RFC 7515, 7519). The first key signs, every key
/// verifies: put a new one in front, and take the old one out when its last token has ended.
/// </summary>
public sealed class MeTokens(LoyaltySettings settings, IClock clock)
{
    /// <summary>Claim <c>aud</c>: a token for anything else is none.</summary>
    public const string Audience = "loyalty/me";

    /// <summary>Longer tokens are not looked at.</summary>
    private const int MaxLength = 1024;

    /// <summary>How long a token is good for where nothing else is asked.</summary>
    public static Duration Standard { get; } = Duration.FromMinutes(15);

    /// <summary>The longest that can be asked for.</summary>
    public static Duration Longest { get; } = Duration.FromDays(1);

    private static readonly JsonSerializerOptions Strict = new() { RespectRequiredConstructorParameters = true };

    private static readonly Duration Skew = Duration.FromMinutes(1);

    /// <summary>False: no key is set, and nobody gets in.</summary>
    public bool IsOn => !settings.MeKeys.IsEmpty;

    /// <summary>A token for one customer.</summary>
    /// <param name="customerId">Claim <c>sub</c>.</param>
    /// <param name="lasts">1 minute to <see cref="Longest"/>.</param>
    public (string Token, Instant ExpiresAt) Issue(string customerId, Duration lasts)
    {
        var now = Instant.FromUnixTimeSeconds(clock.GetCurrentInstant().ToUnixTimeSeconds());
        var claims = new Claims(customerId, Audience, now.ToUnixTimeSeconds(), (now + lasts).ToUnixTimeSeconds());
        var key = settings.MeKeys[0];
        var signed = $"{Header(key)}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return ($"{signed}.{Signature(signed, key)}", now + lasts);
    }

    /// <summary>Whose token it is; null: it is not ours, not for this, or over.</summary>
    public string? Verify(string? token)
    {
        if (token is null || token.Length > MaxLength || token.LastIndexOf('.') is not (> 0 and var dot)) return null;
        var (signed, given) = (token[..dot], Encoding.UTF8.GetBytes(token[(dot + 1)..]));
        string? used = null;
        foreach (var key in settings.MeKeys)
        {
            // The text is compared and not its bytes: base64 has several texts for the same bytes.
            if (CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(Signature(signed, key)))) used = key;
        }

        if (used is null || signed.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var first) || signed[..first] != Header(used)) return null;
        var now = clock.GetCurrentInstant();
        return Read(signed.AsSpan(first + 1)) is { aud: Audience } claims
            && now.ToUnixTimeSeconds() < claims.exp && claims.iat <= (now + Skew).ToUnixTimeSeconds() ? claims.sub : null;
    }

    /// <summary>null: they say something else than ours. Whoever has the key may have made a token of their own; it is none, and no fault.</summary>
    private static Claims? Read(ReadOnlySpan<char> claims)
    {
        try
        {
            return JsonSerializer.Deserialize<Claims>(Base64Url.DecodeFromChars(claims), Strict);
        }
        catch (Exception other) when (other is JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The algorithm is never read from a token: only what this makes is a header of ours.</summary>
    private static string Header(string key)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("kid:" + key)))[..8];
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"HS256","kid":"{{id}}","typ":"JWT"}"""));
    }

    private static string Signature(string signed, string key) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(signed)));

#pragma warning disable IDE1006, SA1300 // Names of RFC 7519.
    private sealed record Claims(string sub, string aud, long iat, long exp);
#pragma warning restore IDE1006, SA1300
}
