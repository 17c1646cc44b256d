using System.Runtime.CompilerServices;
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

    /// <summary>Ciphers kept at most, some 1.5 KB each. A power of two.</summary>
    private const int CiphersKept = 4096;

    /// <summary>Nonces that a thread draws at a time.</summary>
    private const int NoncesDrawn = 64;

    // Making a cipher costs several times what using it does. One is not safe for two threads: a thread takes it out of its place until it wants another.
    private static readonly Kept?[] Ciphers = new Kept?[CiphersKept];

    [ThreadStatic]
    private static Kept? _kept;

    [ThreadStatic]
    private static byte[]? _nonces;

    [ThreadStatic]
    private static int _noncesUsed;

    /// <summary>Encrypts into <paramref name="target"/>, which has <see cref="Overhead"/> bytes more than the text.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="text">What is sealed.</param>
    /// <param name="place">Where it will lie; empty: it may lie anywhere.</param>
    /// <param name="target">Where to.</param>
    public static void Seal(byte[] key, ReadOnlySpan<byte> text, ReadOnlySpan<byte> place, Span<byte> target)
    {
        var nonce = target[..NonceSize];
        DrawNonce(nonce);
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

    /// <summary>The cipher of a key that is destroyed is not kept here; a thread that has it in hand lets go of it with its next key.</summary>
    public static void Forget(byte[] key)
    {
        ref var place = ref PlaceOf(key);
        if (Volatile.Read(ref place) is { } kept && ReferenceEquals(kept.Key, key) && Interlocked.CompareExchange(ref place, null, kept) == kept) kept.Aes.Dispose();
    }

    private static AesGcm Cipher(byte[] key)
    {
        if (_kept is { } mine)
        {
            if (ReferenceEquals(mine.Key, key)) return mine.Aes;
            Interlocked.Exchange(ref PlaceOf(mine.Key), mine)?.Aes.Dispose();
        }

        var known = Interlocked.Exchange(ref PlaceOf(key), null);
        if (known is null || !ReferenceEquals(known.Key, key))
        {
            known?.Aes.Dispose();
            known = new Kept(key, new AesGcm(key, TagSize));
        }

        _kept = known;
        return known.Aes;
    }

    private static ref Kept? PlaceOf(byte[] key) => ref Ciphers[RuntimeHelpers.GetHashCode(key) & (CiphersKept - 1)];

    /// <summary>From the system's generator, many at a time: asking it costs more than the bytes.</summary>
    private static void DrawNonce(Span<byte> nonce)
    {
        var drawn = _nonces ??= new byte[NonceSize * NoncesDrawn];
        if (_noncesUsed % NoncesDrawn == 0) RandomNumberGenerator.Fill(drawn);
        drawn.AsSpan(_noncesUsed % NoncesDrawn * NonceSize, NonceSize).CopyTo(nonce);
        _noncesUsed = (_noncesUsed + 1) % NoncesDrawn;
    }

    private sealed record Kept(byte[] Key, AesGcm Aes);
}
