using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Connectors.Stripe;

/// <summary>
/// <c>Stripe-Signature: t=&lt;seconds&gt;,v1=&lt;hex&gt;,…</c>: HMAC-SHA256 over <c>t.body</c>. While a secret is rolled there is one <c>v1</c> for each
/// secret; <c>v0</c> is a test scheme and never counts.
/// </summary>
public static class StripeSignature
{
    private const int MaxSignatures = 16;
    private const int Size = HMACSHA256.HashSizeInBytes;

    /// <summary>The header's value for a body.</summary>
    public static string Sign(long timestamp, ReadOnlySpan<byte> body, string secret)
    {
        Span<byte> hash = stackalloc byte[Size];
        var time = timestamp.ToString(CultureInfo.InvariantCulture);
        Compute(Encoding.UTF8.GetBytes(secret), time, body, hash);
        return $"t={time},v1={Convert.ToHexStringLower(hash)}";
    }

    /// <summary>The signed time if any <c>v1</c> matches under any secret (every pair is tried), else null.</summary>
    internal static long? Verify(ReadOnlySpan<byte> body, string header, IEnumerable<string> secrets)
    {
        string? time = null;
        var given = new List<byte[]>();
        foreach (var part in header.Split(',', StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith("t=", StringComparison.Ordinal)) time ??= part[2..];
            if (part.StartsWith("v1=", StringComparison.Ordinal) && given.Count < MaxSignatures && Decode(part[3..]) is { } signature) given.Add(signature);
        }

        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return null;
        Span<byte> expected = stackalloc byte[Size];
        var match = false;
        foreach (var secret in secrets)
        {
            if (string.IsNullOrEmpty(secret)) continue;
            Compute(Encoding.UTF8.GetBytes(secret), time!, body, expected);
            foreach (var signature in given) match |= CryptographicOperations.FixedTimeEquals(expected, signature);
        }

        return match ? seconds : null;
    }

    private static byte[]? Decode(string hex)
    {
        var bytes = new byte[Size];
        return hex.Length == Size * 2 && Convert.FromHexString(hex, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == Size ? bytes : null;
    }

    private static void Compute(byte[] key, string time, ReadOnlySpan<byte> body, Span<byte> hash)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(time + "."));
        hmac.AppendData(body);
        hmac.GetHashAndReset(hash);
    }
}
