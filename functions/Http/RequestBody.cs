using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Http;

/// <summary>Reads raw bytes with a bound.</summary>
internal static class RequestBody
{
    /// <summary>The body; at most one byte more than <paramref name="limit"/>, so that the reader can tell it is too large.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int limit, CancellationToken cancellation)
    {
        var expected = (int)Math.Min(request.ContentLength ?? 4096, limit + 1L);
        var buffer = new ArrayBufferWriter<byte>(Math.Max(expected, 256));
        while (buffer.WrittenCount <= limit)
        {
            var room = buffer.GetMemory(Math.Min(16 * 1024, limit + 1 - buffer.WrittenCount));
            var read = await request.Body.ReadAsync(room[..Math.Min(room.Length, limit + 1 - buffer.WrittenCount)], cancellation);
            if (read == 0) break;
            buffer.Advance(read);
        }

        return buffer.WrittenMemory;
    }
}
