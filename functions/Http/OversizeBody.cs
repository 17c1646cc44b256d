using System.Buffers;
using System.Security.Cryptography;
using Loyalty.Connectors;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Http;

/// <summary>Reads the rest of a body that is too large to be taken, for its signature alone. Memory stays bounded by one buffer.</summary>
internal static class OversizeBody
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Answers for a body of which <paramref name="beginning"/> has been read.</summary>
    public static async Task<ConnectorAnswer> AnswerAsync(
        HttpRequest request, WebhookDelivery beginning, IOversizeConnector connector, ConnectorSettings settings, CancellationToken cancellation)
    {
        var signatures = connector.BeginSignature(settings);
        try
        {
            foreach (var signature in signatures) signature.AppendData(beginning.Body.Span);
            var ends = await FeedAsync(request.Body, settings.MaxReadBytes - beginning.Body.Length, signatures, cancellation);
            return connector.ReceiveOversize(beginning, ends ? signatures : null, settings);
        }
        finally
        {
            foreach (var signature in signatures) signature.Dispose();
        }
    }

    /// <summary>False: more than <paramref name="limit"/> bytes came.</summary>
    private static async Task<bool> FeedAsync(Stream body, int limit, IReadOnlyList<IncrementalHash> signatures, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var total = 0;
            while (await body.ReadAsync(buffer, cancellation) is > 0 and var read)
            {
                total += read;
                if (total > limit) return false;
                foreach (var signature in signatures) signature.AppendData(buffer.AsSpan(0, read));
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
