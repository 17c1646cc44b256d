using System.Security.Cryptography;
using Loyalty.Engine.Privacy;

namespace Loyalty.Storage.Sqlite.Tests.Privacy;

/// <summary>A master key in memory.</summary>
internal sealed class FixedMasterKey(byte seed = 1) : IMasterKey
{
    private readonly byte[] _key = [.. Enumerable.Repeat(seed, 32)];

    public string Name => $"fixed-{seed}";

    public Task<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancellation = default)
    {
        var wrapped = new byte[12 + key.Length + 16];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, 12));
        using var aes = new AesGcm(_key, 16);
        aes.Encrypt(wrapped.AsSpan(0, 12), key.Span, wrapped.AsSpan(12, key.Length), wrapped.AsSpan(12 + key.Length));
        return Task.FromResult(new WrappedKey(Name, Convert.ToBase64String(wrapped)));
    }

    public Task<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellation = default)
    {
        var bytes = Convert.FromBase64String(wrapped.Bytes);
        var key = new byte[bytes.Length - 28];
        using var aes = new AesGcm(_key, 16);
        try
        {
            aes.Decrypt(bytes.AsSpan(0, 12), bytes.AsSpan(12, key.Length), bytes.AsSpan(12 + key.Length), key);
        }
        catch (CryptographicException failure)
        {
            throw new MasterKeyException("another key", failure);
        }

        return Task.FromResult(key);
    }
}
