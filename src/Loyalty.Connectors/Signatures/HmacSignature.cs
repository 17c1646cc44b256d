using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Connectors.Signatures;

/// <summary>HMAC-SHA256, compared in constant time.</summary>
internal static class HmacSignature
{
    private const int Size = HMACSHA256.HashSizeInBytes;

    /// <summary>
    /// True if the base64 text is the signature of the body under one of the secrets (as UTF-8 bytes). Every secret is
    /// tried, match or not.
    /// </summary>
    public static bool MatchesAny(ReadOnlySpan<byte> body, string? base64, IEnumerable<string> secrets)
    {
        Span<byte> given = stackalloc byte[Size + 2];
        if (!TryDecode(base64, given, out var length)) length = 0;
        Span<byte> expected = stackalloc byte[Size];
        var match = false;
        foreach (var secret in secrets)
        {
            // An empty secret would make everyone's signature computable.
            if (string.IsNullOrEmpty(secret)) continue;
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body, expected);
            match |= CryptographicOperations.FixedTimeEquals(expected, given[..length]);
        }

        return match;
    }

    /// <summary>A running MAC for each secret, for a body that is not held.</summary>
    public static IReadOnlyList<IncrementalHash> Begin(IEnumerable<string> secrets) =>
    [
        .. secrets.Where(static secret => !string.IsNullOrEmpty(secret))
            .Select(static secret => IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret))),
    ];

    /// <summary>The same for MACs that were fed with the body. Every one is compared, match or not.</summary>
    public static bool MatchesAny(IReadOnlyList<IncrementalHash> signatures, string? base64)
    {
        Span<byte> given = stackalloc byte[Size + 2];
        if (!TryDecode(base64, given, out var length)) length = 0;
        Span<byte> expected = stackalloc byte[Size];
        var match = false;
        foreach (var signature in signatures)
        {
            signature.GetHashAndReset(expected);
            match |= CryptographicOperations.FixedTimeEquals(expected, given[..length]);
        }

        return match;
    }

    /// <summary>The signature as platforms send it.</summary>
    public static string Sign(ReadOnlySpan<byte> body, string secret) =>
        Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    /// <summary>Base64 of exactly 32 bytes.</summary>
    public static bool TryDecode(string? base64, Span<byte> destination, out int length)
    {
        length = 0;
        return base64 is { Length: > 0 and <= 64 } && Convert.TryFromBase64String(base64, destination, out length)
            && length == Size;
    }
}
