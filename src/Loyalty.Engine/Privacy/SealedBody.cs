using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// A sealed body: <c>{"sealed":"&lt;base64&gt;"}</c>, a byte of version, then what <see cref="KeyWrap"/> writes. Bound to partition and id: it opens nowhere else.
/// Long bodies are compressed first, so that a batch that fits unsealed fits sealed.
/// </summary>
internal static class SealedBody
{
    private const byte AsItIs = 1;
    private const byte Compressed = 2;

    /// <summary>Of 0 (fast) to 11 (small).</summary>
    private const int BrotliQuality = 5;

    /// <summary>Base-2 logarithm of the window, bytes: 256 KiB.</summary>
    private const int BrotliWindow = 18;

    private static ReadOnlySpan<byte> Head => "{\"sealed\":\""u8;

    private static ReadOnlySpan<byte> Tail => "\"}"u8;

    public static byte[] Seal(byte[] key, string partition, string id, ReadOnlySpan<byte> body, int packFrom)
    {
        var text = body;
        var version = AsItIs;
        if (body.Length >= packFrom)
        {
            text = Compress(body);
            version = Compressed;
        }

        var length = 1 + text.Length + KeyWrap.Overhead;
        var size = Base64.GetMaxEncodedToUtf8Length(length);
        var result = new byte[Head.Length + size + Tail.Length];
        Head.CopyTo(result);
        Tail.CopyTo(result.AsSpan(Head.Length + size));
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            rented[0] = version;
            KeyWrap.Seal(key, text, Place(partition, id), rented.AsSpan(1, length - 1));
            Base64.EncodeToUtf8(rented.AsSpan(0, length), result.AsSpan(Head.Length), out _, out _);
            return result;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The sealed bytes; null: the body is not sealed.</summary>
    public static byte[]? Find(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith(Head) && body.EndsWith(Tail))
        {
            var text = body[Head.Length..^Tail.Length];
            var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
            if (Base64.DecodeFromUtf8(text, bytes, out var read, out var written) == OperationStatus.Done && read == text.Length)
                return bytes.Length == written ? bytes : bytes[..written];
        }

        // A store may have changed white space or escapes.
        if (body.Length < Head.Length || !body[..Math.Min(body.Length, 32)].Contains((byte)'s') || body.IndexOf("\"sealed\""u8) is < 0 or > 16) return null;
        var reader = new Utf8JsonReader(body);
        return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.Read() && reader.ValueTextEquals("sealed"u8) && reader.Read()
            && reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var found) ? found : null;
    }

    public static byte[] Open(byte[] key, string partition, string id, ReadOnlySpan<byte> found)
    {
        var text = KeyWrap.Open(key, found[1..], Place(partition, id));
        return found[0] switch
        {
            AsItIs => text,
            Compressed => Decompress(text),
            var version => throw new JsonException($"A sealed document of version {version}: a newer program wrote it."),
        };
    }

    private static byte[] Place(string partition, string id) => Encoding.UTF8.GetBytes(partition + "\n" + id);

    /// <summary>Brotli: nobody unpacks by hand what is sealed, and its dictionary knows what short texts have in common.</summary>
    private static byte[] Compress(ReadOnlySpan<byte> body)
    {
        var rented = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(body.Length));
        try
        {
            if (!BrotliEncoder.TryCompress(body, rented, out var written, BrotliQuality, BrotliWindow)) throw new InvalidOperationException("The room that Brotli asks for at most was too small.");
            return rented[..written];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        }
    }

    private static byte[] Decompress(byte[] bytes)
    {
        using var from = new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var into = new MemoryStream();
        from.CopyTo(into);
        return into.ToArray();
    }
}
