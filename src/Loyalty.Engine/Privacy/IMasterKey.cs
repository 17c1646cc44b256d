namespace Loyalty.Engine.Privacy;

/// <summary>
/// The key above all others. It wraps one key of the program (<see cref="KeyRing"/>), which wraps a key for each person: so it is asked once in the life of
/// a process, however many people there are. In Azure it never leaves Key Vault; on one machine it is a file.
/// </summary>
public interface IMasterKey
{
    /// <summary>Which key wraps now, e.g. a file's fingerprint or a key's address with its version; kept beside what was wrapped.</summary>
    string Name { get; }

    /// <summary>Wraps 32 bytes.</summary>
    /// <exception cref="MasterKeyException">The key cannot be used.</exception>
    Task<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancellation = default);

    /// <summary>Unwraps what was wrapped under the named key.</summary>
    /// <exception cref="MasterKeyException">It is another key, or cannot be used.</exception>
    Task<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellation = default);
}

/// <summary>A key under another one.</summary>
/// <param name="Name">Of the key that wraps.</param>
/// <param name="Bytes">Base64.</param>
public sealed record WrappedKey(string Name, string Bytes);

/// <summary>The master key is missing, is another one, or cannot be reached: personal data can neither be read nor written.</summary>
public sealed class MasterKeyException(string message, Exception? inner = null) : Exception(message, inner);
