using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Webhooks;

/// <summary>Calls over HTTP, signed by Standard Webhooks 1.0: HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
/// <param name="client">Follows no redirect and has a time-out; see <see cref="MakeClient"/>.</param>
/// <param name="secrets">Endpoint → key.</param>
public sealed class HttpWebhookCaller(HttpClient client, IReadOnlyDictionary<string, byte[]> secrets) : IWebhookCaller
{
    private const string SecretPrefix = "whsec_";

    /// <summary>A client whose call ends well within the first half of a claim's lease.</summary>
    public static HttpClient MakeClient() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.All,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
    })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };

    /// <summary>The key's bytes of a secret: base64, with or without <c>whsec_</c> before it; null: it is none.</summary>
    public static byte[]? Key(string? secret)
    {
        var text = secret?.Trim() ?? "";
        if (text.StartsWith(SecretPrefix, StringComparison.Ordinal)) text = text[SecretPrefix.Length..];
        var key = new byte[512];
        return text.Length > 0 && Convert.TryFromBase64String(text, key, out var length) && length > 0 ? key[..length] : null;
    }

    /// <summary>The value of <c>webhook-signature</c>.</summary>
    public static string Sign(string id, long timestamp, ReadOnlySpan<byte> body, byte[] key)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }

    /// <inheritdoc/>
    public async Task<WebhookAnswer> CallAsync(WebhookCall call, CancellationToken cancellation = default)
    {
        if (!secrets.TryGetValue(call.Endpoint, out var key)) return new WebhookAnswer.Unreachable("no-secret");
        using var request = new HttpRequestMessage(HttpMethod.Post, call.Url) { Content = new ReadOnlyMemoryContent(call.Body) };
        request.Content.Headers.ContentType = new("application/json");
        var timestamp = call.At.ToUnixTimeSeconds();
        request.Headers.TryAddWithoutValidation("webhook-id", call.Id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", Sign(call.Id, timestamp, call.Body.Span, key));
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var status = (int)response.StatusCode;
            if (status is >= 200 and < 300) return new WebhookAnswer.Done(await ReadAsync(response, cancellation));
            return new WebhookAnswer.Refused(status, RetryAfter(response, call.At));
        }
        catch (HttpRequestException failed)
        {
            return new WebhookAnswer.Unreachable("unreachable: " + failed.HttpRequestError);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new WebhookAnswer.Unreachable("time-out");
        }
        catch (IOException)
        {
            return new WebhookAnswer.Unreachable("connection lost");
        }
    }

    private static Duration? RetryAfter(HttpResponseMessage response, Instant at)
    {
        var told = response.Headers.RetryAfter;
        if (told?.Delta is { } delta) return Duration.FromTimeSpan(delta);
        return told?.Date is { } date ? Duration.Max(Duration.Zero, Instant.FromDateTimeOffset(date) - at) : null;
    }

    /// <summary>An answer that is longer than what is read is none.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[WebhookAnswer.MaxReplyBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length > WebhookAnswer.MaxReplyBytes ? default : buffer.AsMemory(0, length);
    }
}
