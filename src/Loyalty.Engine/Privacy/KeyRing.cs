using System.Security.Cryptography;
using System.Text;
using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// The program's own key: made once, kept in the store under the master key, opened once per process. Three keys follow from it (HKDF, RFC 5869): one wraps the
/// keys of people, one seals accepted events, one makes keyed hashes (HMAC-SHA256) of names by which people are known.
/// </summary>
/// <param name="store">Where it lies, not sealed.</param>
/// <param name="master">The key above.</param>
/// <param name="isReadOnly">True: a store that has no key has nothing sealed, and none is made.</param>
public sealed class KeyRing(IDocumentStore store, IMasterKey master, bool isReadOnly = false) : IDisposable
{
    private const string RingId = "personal-keys";
    private const int NameLength = 26;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Keyring? _open;

    /// <summary>Opens the key if the store has one; makes none.</summary>
    /// <exception cref="MasterKeyException">The master key does not open it.</exception>
    public async Task CheckAsync(CancellationToken cancellation = default)
    {
        if (await store.ReadAsync(Keys.SecretPartition, RingId, cancellation) is not null) await OpenAsync(cancellation);
    }

    /// <summary>A new key of 256 random bits for the documents of a partition, wrapped.</summary>
    internal async ValueTask<(byte[] Key, string Wrapped)> NewKeyAsync(string partition, CancellationToken cancellation)
    {
        var ring = await OpenAsync(cancellation);
        var key = RandomNumberGenerator.GetBytes(KeyWrap.KeySize);
        return (key, KeyWrap.Wrap(ring.Wraps, key, partition));
    }

    /// <summary>The key of what is not kept under a person's own.</summary>
    internal async ValueTask<byte[]> SharedKeyAsync(CancellationToken cancellation) => (await OpenAsync(cancellation)).Seals;

    /// <summary>The key of a partition.</summary>
    /// <exception cref="MasterKeyException">It was wrapped under another key of the program.</exception>
    internal async ValueTask<byte[]> UnwrapAsync(string partition, string wrapped, CancellationToken cancellation)
    {
        var ring = await OpenAsync(cancellation);
        try
        {
            return KeyWrap.Unwrap(ring.Wraps, wrapped, partition);
        }
        catch (CryptographicException failure)
        {
            throw new MasterKeyException($"The key of a person does not open under '{master.Name}'.", failure);
        }
    }

    /// <summary>A keyed hash, 26 characters of base 32 (130 bits): who does not have the key cannot try addresses against it.</summary>
    public async ValueTask<string> HashAsync(string text, CancellationToken cancellation = default)
    {
        var ring = _open ?? await OpenAsync(cancellation);
        return Hash(ring.Hashes, text);
    }

    private static string Hash(byte[] key, string text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text), hash);
        return Hashing.Text(hash, NameLength);
    }

    private async ValueTask<Keyring> OpenAsync(CancellationToken cancellation)
    {
        if (_open is { } known) return known;
        await _gate.WaitAsync(cancellation);
        try
        {
            return _open ??= await LoadAsync(cancellation);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Keyring> LoadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (await store.ReadAsync(Keys.SecretPartition, RingId, cancellation) is { } document)
                return new Keyring(await master.UnwrapAsync(LoyaltyJson.Read<WrappedKey>(document.Body.Span), cancellation));
            var fresh = RandomNumberGenerator.GetBytes(KeyWrap.KeySize);
            if (isReadOnly) return new Keyring(fresh);
            var wrapped = await master.WrapAsync(fresh, cancellation);
            var outcome = await store.CommitAsync(Keys.SecretPartition, [new DocumentWrite.Create(RingId, Kinds.Secret, LoyaltyJson.Write(wrapped))], cancellation);
            if (outcome.IsCommitted) return new Keyring(fresh);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private sealed class Keyring(byte[] root)
    {
        public byte[] Wraps { get; } = HKDF.DeriveKey(HashAlgorithmName.SHA256, root, KeyWrap.KeySize, info: "wraps"u8.ToArray());

        public byte[] Seals { get; } = HKDF.DeriveKey(HashAlgorithmName.SHA256, root, KeyWrap.KeySize, info: "seals"u8.ToArray());

        public byte[] Hashes { get; } = HKDF.DeriveKey(HashAlgorithmName.SHA256, root, KeyWrap.KeySize, info: "hashes"u8.ToArray());
    }
}
