using System.Security.Cryptography;
using Loyalty.Engine.Privacy;

namespace Loyalty.Functions.Privacy;

/// <summary>
/// A master key in a file: 32 random bytes, base64, readable by its owner only (0600). Made where a store gets its first sealed document; a store that has
/// sealed documents and has lost this file cannot be read any more, by nobody.
/// </summary>
public sealed class FileMasterKey(string path) : IMasterKey
{
    private const int Size = KeyWrap.KeySize;
    private const int LockAttempts = 500;
    private const int LockPauseMilliseconds = 10;
    private byte[]? _key;

    /// <inheritdoc/>
    public string Name { get; } = "file:" + Path.GetFullPath(path);

    /// <inheritdoc/>
    public Task<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancellation = default)
    {
        var master = Key(mayMake: true);
        var wrapped = new byte[key.Length + KeyWrap.Overhead];
        KeyWrap.Seal(master, key.Span, place: default, wrapped);
        return Task.FromResult(new WrappedKey(Fingerprint(master), Convert.ToBase64String(wrapped)));
    }

    /// <inheritdoc/>
    public Task<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellation = default)
    {
        var master = Key(mayMake: false);
        var bytes = Convert.FromBase64String(wrapped.Bytes);
        if (bytes.Length < KeyWrap.Overhead) throw new MasterKeyException($"What '{Name}' has wrapped is cut off.");
        try
        {
            return Task.FromResult(KeyWrap.Open(master, bytes, place: default));
        }
        catch (AuthenticationTagMismatchException other)
        {
            throw new MasterKeyException($"'{path}' is another key than the one that sealed this store ({Fingerprint(master)}, not {wrapped.Name}).", other);
        }
    }

    /// <summary>Tells two keys apart and tells nothing about either.</summary>
    private static string Fingerprint(byte[] key) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData([.. "fingerprint"u8, .. key]))[..16];

    private byte[] Key(bool mayMake)
    {
        if (_key is { } known) return known;
        try
        {
            if (mayMake && !File.Exists(path)) Make();
            return _key = Load();
        }
        catch (FileNotFoundException missing)
        {
            throw new MasterKeyException($"The key file '{path}' is missing: without it nothing that is known of people can be read. Put it back from where it was kept.", missing);
        }
        catch (DirectoryNotFoundException missing)
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path));
            throw new MasterKeyException($"The folder '{folder}' of the key file does not exist: make it (mkdir -p '{folder}'), or name another file with Privacy__MasterKey=file:PATH.", missing);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"The key file '{path}' cannot be used: {refused.Message}", refused);
        }
    }

    /// <summary>
    /// Written aside and moved into place under a lock: of two processes the first one's key stays. A move that does not overwrite is no proof of that: on Unix
    /// it looks first and renames then, and a key that has sealed something already would be lost.
    /// </summary>
    private void Make()
    {
        var (aside, gate) = (path + "." + Path.GetRandomFileName(), path + ".lock");
        using var held = Lock(gate);
        if (File.Exists(path)) return;
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(aside, options))
            {
                file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Size)) + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, path, overwrite: false);
        }
        finally
        {
            File.Delete(aside);
        }
    }

    /// <summary>Waits for whoever makes the key; the last attempt's error is told, and every other error at once.</summary>
    private static FileStream Lock(string gate)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(gate, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose });
            }
            catch (IOException taken) when (IsTaken(taken) && attempt < LockAttempts)
            {
                Thread.Sleep(LockPauseMilliseconds);
            }
        }
    }

    /// <summary>Whether another process has the file; the number is the operating system's.</summary>
    private static bool IsTaken(IOException failure)
    {
        const int SharingViolation = unchecked((int)0x80070020);
        const int WouldBlockLinux = 11;
        const int WouldBlockMac = 35;
        return failure.HResult is SharingViolation or WouldBlockLinux or WouldBlockMac;
    }

    private byte[] Load()
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
            throw new MasterKeyException($"The key file '{path}' can be read by others; make it yours alone: chmod 600 '{path}'");
        var key = new byte[Size];
        return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var written) && written == Size
            ? key
            : throw new MasterKeyException($"'{path}' is no key file: expected base64 of {Size} bytes.");
    }
}
