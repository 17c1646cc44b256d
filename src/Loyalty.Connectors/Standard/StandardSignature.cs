using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Loyalty.Connectors.Signatures;
using NodaTime;

namespace Loyalty.Connectors.Standard;

/// <summary>Standard Webhooks 1.0, symmetric scheme: HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
public static class StandardSignature
{
    private const string SecretPrefix = "whsec_";

    /// <summary>The key's bytes of a secret: base64, with or without <c>whsec_</c> before it; 1 to 512 bytes.</summary>
    /// <returns>null where the text is no such secret.</returns>
    public static byte[]? Key(string? secret)
    {
        var text = secret?.Trim() ?? "";
        if (text.StartsWith(SecretPrefix, StringComparison.Ordinal)) text = text[SecretPrefix.Length..];
        var key = new byte[512];
        return text.Length > 0 && Convert.TryFromBase64String(text, key, out var length) && length > 0
            ? key[..length]
            : null;
    }

    /// <summary>The value of <c>webhook-signature</c>, one <c>v1</c> signature.</summary>
    /// <exception cref="ArgumentException">The secret is no base64.</exception>
    public static string Sign(string id, long timestamp, ReadOnlySpan<byte> body, string secret)
    {
        var key = Key(secret)
            ?? throw new ArgumentException("A base64 secret, with or without whsec_, was expected.", nameof(secret));
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Compute(key, id, timestamp.ToString(CultureInfo.InvariantCulture), body, hash);
        return "v1," + Convert.ToBase64String(hash);
    }

    /// <summary>True if any of the space-separated <c>v1</c> signatures matches under any secret.</summary>
    internal static bool MatchesAny(
        string id, string timestamp, ReadOnlySpan<byte> body, string signatures, IEnumerable<string> secrets)
    {
        const int MaxSignatures = 16;
        var given = signatures.Split(
            ' ', MaxSignatures + 1, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Span<byte> candidate = stackalloc byte[HMACSHA256.HashSizeInBytes + 2];
        var match = false;
        foreach (var key in secrets.Select(Key))
        {
            if (key is null) continue;
            Compute(key, id, timestamp, body, expected);
            foreach (var signature in given.AsSpan(0, Math.Min(given.Length, MaxSignatures)))
            {
                // v1a is ed25519, which the base class library cannot verify: it never matches and never hurts a v1
                // beside it.
                if (!signature.StartsWith("v1,", StringComparison.Ordinal)) continue;
                if (!HmacSignature.TryDecode(signature[3..], candidate, out var length)) continue;
                match |= CryptographicOperations.FixedTimeEquals(expected, candidate[..length]);
            }
        }

        return match;
    }

    /// <summary>Whether the signed time is no further from now than the tolerance, before or after, both ends included.</summary>
    internal static bool IsFresh(string timestamp, Duration tolerance, Instant now)
    {
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > 100_000_000_000) return false;
        var apart = Instant.FromUnixTimeSeconds(seconds) - now;
        return apart <= tolerance && -apart <= tolerance;
    }

    private static void Compute(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body, Span<byte> hash)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hmac.AppendData(body);
        hmac.GetHashAndReset(hash);
    }
}
