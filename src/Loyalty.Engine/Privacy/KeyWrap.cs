using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// The one format in which bodies and keys are sealed: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits; nonce, cipher text, tag of 128 bits.
/// </summary>
public static class KeyWrap
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = NonceSize + TagSize;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    // Making a cipher costs more than using it, and a batch is sealed or opened under one key. A cipher is not safe for two threads.
    [ThreadStatic]
    private static Kept? _kept;

    /// <summary>Encrypts into <paramref name="target"/>, which has <see cref="Overhead"/> bytes more than the text.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="text">What is sealed.</param>
    /// <param name="place">Where it will lie; empty: it may lie anywhere.</param>
    /// <param name="target">Where to.</param>
    public static void Seal(byte[] key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> place, Span<byte> target)
    {
        var nonce = target[..NonceSize];
        RandomNumberGenerator.Fill(nonce);
        Cipher(key).Encrypt(nonce, text, target.Slice(NonceSize, text.Length), target[(NonceSize + text.Length)..], place);
    }

    /// <summary>Decrypts.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="sealedBytes">As <see cref="Seal"/> wrote it.</param>
    /// <param name="place">Where it lies; bytes that were moved elsewhere do not open.</param>
    /// <exception cref="CryptographicException">Fewer bytes than sealing adds.</exception>
    /// <exception cref="AuthenticationTagMismatchException">Another key, another place, or changed bytes.</exception>
    public static byte[] Open(byte[] key, ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> place)
    {
        if (sealedBytes.Length < Overhead) throw new CryptographicException("Too short to be sealed.");
        var text = new byte[sealedBytes.Length - Overhead];
        Cipher(key).Decrypt(sealedBytes[..NonceSize], sealedBytes.Slice(NonceSize, text.Length), sealedBytes[^TagSize..], text, place);
        return text;
    }

    /// <summary>Wraps a key.</summary>
    internal static string Wrap(byte[] key, ReadOnlySpan<byte> inner, string place)
    {
        Span<byte> wrapped = stackalloc byte[KeySize + Overhead];
        Seal(key, inner, Encoding.UTF8.GetBytes(place), wrapped);
        return Convert.ToBase64String(wrapped);
    }

    /// <summary>Unwraps a key.</summary>
    internal static byte[] Unwrap(byte[] key, string wrapped, string place) =>
        Open(key, Convert.FromBase64String(wrapped), Encoding.UTF8.GetBytes(place));

    private static AesGcm Cipher(byte[] key)
    {
        if (_kept is { } kept)
        {
            if (ReferenceEquals(kept.Key, key)) return kept.Aes;
            kept.Aes.Dispose();
        }

        _kept = new Kept(key, new AesGcm(key, TagSize));
        return _kept.Aes;
    }

    private sealed record Kept(byte[] Key, AesGcm Aes);
}
