using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Core;

/// <summary>Ids and draws that follow from their keys: the same key gives the same answer on every machine, for ever.</summary>
public static class Hashing
{
    /// <summary>Of one character of UTF-16 in UTF-8.</summary>
    private const int MostBytes = 3;
    private const int LongestText = 51;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Lower-case Crockford base 32 of SHA-256 of the parts, each ended by a zero byte.</summary>
    /// <param name="length">Characters, 1 to 51 (5 bits each).</param>
    /// <param name="parts">The key.</param>
    public static string Id(int length, params ReadOnlySpan<string> parts)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(parts, hash);
        return Text(hash, length);
    }

    /// <summary>The first bits of some bytes in lower-case Crockford base 32, 5 bits a character, without padding.</summary>
    /// <param name="bytes">What is told; bits beyond its end count as zero.</param>
    /// <param name="length">Characters, 1 to 51, no more than there are bits for (the last one may be short of some).</param>
    public static string Text(ReadOnlySpan<byte> bytes, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Math.Min(LongestText, (bytes.Length * 8 + 4) / 5));
        Span<char> chars = stackalloc char[LongestText];
        // The bits that were taken from the bytes and are not told yet are the last of these.
        var (bits, open, next) = (0u, 0, 0);
        for (var i = 0; i < length; i++)
        {
            if (open < 5)
            {
                bits = (bits << 8) | (next < bytes.Length ? bytes[next++] : 0u);
                open += 8;
            }

            open -= 5;
            chars[i] = Alphabet[(int)((bits >> open) & 31)];
        }

        return new string(chars[..length]);
    }

    /// <summary>A draw in [0, 1) that follows from the key; 53 bits.</summary>
    public static double Draw(params ReadOnlySpan<string> parts)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(parts, hash);
        return (BitConverter.ToUInt64(hash) >> 11) * (1.0 / (1UL << 53));
    }

    private static void Hash(ReadOnlySpan<string> parts, Span<byte> hash)
    {
        Span<byte> buffer = stackalloc byte[576];
        var chars = 0;
        foreach (var part in parts) chars += part.Length;
        if ((uint)chars < buffer.Length && Sha256.Padded(chars * MostBytes + parts.Length) <= buffer.Length)
        {
            // Nearly every key.
            var at = 0;
            foreach (var part in parts)
            {
                at += Encoding.UTF8.GetBytes(part, buffer[at..]);
                buffer[at++] = 0;
            }

            Sha256.Hash(buffer, at, hash);
            return;
        }

        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            var size = Encoding.UTF8.GetByteCount(part);
            var bytes = size <= buffer.Length ? buffer[..size] : new byte[size];
            Encoding.UTF8.GetBytes(part, bytes);
            sha.AppendData(bytes);
            sha.AppendData([0]);
        }

        sha.GetHashAndReset(hash);
    }
}
