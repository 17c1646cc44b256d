using System.IO.Compression;

namespace Loyalty.Storage.Cosmos;

/// <summary>
/// The body of a large document, smaller: gzip, as base64 in <c>zip</c>. The service charges writes by size, most steeply between 1 and 2 KB, and storage
/// by the gigabyte; nothing is queried in a body. By hand: <c>jq -r .zip | base64 -d | gunzip</c>.
/// </summary>
internal static class PackedBody
{
    /// <summary>Documents up to this size, bytes, stay as they are: they cost the least in any case, and people can read them.</summary>
    public const int From = 1024;

    /// <summary>What it makes a document smaller by at least, bytes; with less the reader's work is not worth it.</summary>
    private const int LeastSaved = 128;

    /// <summary>The packed body; null: it does not get smaller (what is encrypted does not).</summary>
    public static byte[]? Pack(ReadOnlySpan<byte> body)
    {
        using var packed = new MemoryStream(body.Length / 2);
        using (var zip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zip.Write(body);
        return (packed.Length + 2) / 3 * 4 <= body.Length - LeastSaved ? packed.ToArray() : null;
    }

    /// <summary>The body as it was, byte for byte.</summary>
    /// <exception cref="InvalidDataException">Somebody has changed the document by hand.</exception>
    public static ReadOnlyMemory<byte> Unpack(byte[] packed)
    {
        using var zip = new GZipStream(new MemoryStream(packed, writable: false), CompressionMode.Decompress);
        using var body = new MemoryStream(packed.Length * 4);
        zip.CopyTo(body);
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}
