using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Http;

/// <summary>Reads raw bytes with a bound.</summary>
internal static class RequestBody
{
    /// <summary>The body; at most one byte more than <paramref name="limit"/>, so that the reader can tell it is too large.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        if (request.ContentLength is { } told && told <= limit) return await ReadToldAsync(request, (int)told, cancellation);
        var buffer = new ArrayBufferWriter<byte>(4096);
        while (buffer.WrittenCount <= limit)
        {
            var room = buffer.GetMemory(Math.Min(16 * 1024, limit + 1 - buffer.WrittenCount));
            var read = await request.Body.ReadAsync(room[..Math.Min(room.Length, limit + 1 - buffer.WrittenCount)], cancellation);
            if (read == 0) break;
            buffer.Advance(read);
        }

        return buffer.WrittenMemory;
    }

    /// <summary>The server gives no more than it was told, and throws where there is less.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadToldAsync(HttpRequest request, int length, CancellationToken cancellation)
    {
        var bytes = new byte[length];
        var read = await request.Body.ReadAtLeastAsync(bytes, length, throwOnEndOfStream: false, cancellation);
        return bytes.AsMemory(0, read);
    }
}
