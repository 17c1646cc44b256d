using System.Security.Cryptography;
using System.Text;

namespace Loyalty.Simulation.Import;

/// <summary>A whole file, its hash and its text.</summary>
internal sealed record FileLines(string Hash, string Text)
{
    private const int MaxBytes = 512 * 1024 * 1024;

    private static ReadOnlySpan<byte> LittleEndian => [0xFF, 0xFE];

    private static ReadOnlySpan<byte> BigEndian => [0xFE, 0xFF];

    public static FileLines Read(Stream stream)
    {
        // Told before it is read, where the size is known.
        if (stream.CanSeek && stream.Length > MaxBytes) throw TooLarge();
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        if (buffer.Length > MaxBytes) throw TooLarge();
        var bytes = buffer.ToArray();
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
        // UTF-16 begins with its mark, or reads as UTF-8 with a NUL beside every letter; nothing else has one.
        if (bytes.AsSpan().StartsWith(LittleEndian) || bytes.AsSpan().StartsWith(BigEndian) || bytes.AsSpan().Contains((byte)0))
            throw new PurchaseFileException("The file is UTF-16 or no text; save it as UTF-8 (in Excel: \"CSV UTF-8\").");
        try
        {
            return new FileLines(
                hash, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF'));
        }
        catch (DecoderFallbackException)
        {
            throw new PurchaseFileException("The file is no UTF-8; save it as UTF-8 (in Excel: \"CSV UTF-8\").");
        }
    }

    private static PurchaseFileException TooLarge() => new($"The file is larger than {MaxBytes / 1024 / 1024} MB; split it.");
}
