using System.Net;
using System.Net.Http.Headers;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Connectors.Platforms;

/// <summary>Reads and calls shops' interfaces: no redirects (a token is never sent anywhere else), at most 4 MiB, at most 20 s.</summary>
/// <param name="client">Made by <see cref="MakeClient"/> in the deployed program.</param>
public sealed class ShopHttp(HttpClient client)
{
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>One client for the life of the program.</summary>
    public static HttpClient MakeClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = TimeSpan.FromSeconds(20),
        MaxResponseContentBufferSize = MaxBytes,
    };

    /// <summary>Gets one document.</summary>
    /// <param name="url">Where.</param>
    /// <param name="name">Header that carries the secret.</param>
    /// <param name="value">The secret.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The body, or why there is none.</returns>
    internal async Task<(ReadOnlyMemory<byte> Body, ShopReading? Failure)> GetAsync(Uri url, string? name, string? value, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Accept.ParseAdd("*/*");
            request.Headers.UserAgent.ParseAdd("LoyaltyFunctions/1");
            if (name is not null) request.Headers.TryAddWithoutValidation(name, value);
            using var response = await client.SendAsync(request, cancellation);
            if (response.StatusCode == HttpStatusCode.OK) return (await response.Content.ReadAsByteArrayAsync(cancellation), null);
            return (default, Failure(response));
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (default, new ShopReading.Later($"{url.Host} cannot be read: {(e is OperationCanceledException ? "no answer in time" : e.Message)}"));
        }
    }

    /// <summary>Posts one JSON document.</summary>
    /// <param name="url">Where.</param>
    /// <param name="name">Header that carries the secret.</param>
    /// <param name="value">The secret.</param>
    /// <param name="json">The body.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The body of a 200.</returns>
    /// <exception cref="ShopUnavailableException">Any other answer, or none in time.</exception>
    internal async Task<ReadOnlyMemory<byte>> PostAsync(Uri url, string name, string value, string json, CancellationToken cancellation) =>
        (await PostForAsync(url, name, value, json, static status => status == 200, cancellation)).Body;

    /// <summary>As <see cref="PostAsync"/>, of an interface that says by its status what it has done.</summary>
    /// <param name="url">Where.</param>
    /// <param name="name">Header that carries the secret.</param>
    /// <param name="value">The secret.</param>
    /// <param name="json">The body.</param>
    /// <param name="isAnswer">Which statuses are answers.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ShopUnavailableException">Any other status, or no answer in time.</exception>
    internal async Task<(int Status, ReadOnlyMemory<byte> Body)> PostForAsync(
        Uri url, string name, string value, string json, Func<int, bool> isAnswer, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
            request.Headers.Accept.ParseAdd("application/json");
            request.Headers.UserAgent.ParseAdd("LoyaltyFunctions/1");
            request.Headers.TryAddWithoutValidation(name, value);
            using var response = await client.SendAsync(request, cancellation);
            var status = (int)response.StatusCode;
            if (isAnswer(status)) return (status, await response.Content.ReadAsByteArrayAsync(cancellation));
            // What is refused before it is read was not done; of a 5xx nobody knows.
            throw new ShopUnavailableException($"The shop answered {status}.", isUntouched: status is >= 300 and < 500 and not 408) { RetryAfter = After(response.Headers) };
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            var isUntouched = e is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError };
            throw new ShopUnavailableException($"{url.Host} cannot be reached: {(e is OperationCanceledException ? "no answer in time" : e.Message)}", isUntouched);
        }
    }

    private static ShopReading Failure(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            // BigCommerce answers an empty list with 204.
            204 or 404 or 410 => new ShopReading.Nothing("gone"),
            408 or 425 or 429 or >= 500 => new ShopReading.Later($"The shop answered {status}.", After(response.Headers)),
            401 or 403 => new ShopReading.Refused("shop-access-denied", $"The shop answered {status}: the token is wrong, or has no right to read this."),
            _ => new ShopReading.Refused("shop-answer-unexpected", $"The shop answered {status}."),
        };
    }

    /// <summary>Seconds by <c>Retry-After</c>, milliseconds by BigCommerce's own header.</summary>
    private static Duration? After(HttpResponseHeaders headers)
    {
        if (headers.RetryAfter?.Delta is { } delta) return Duration.FromTimeSpan(delta);
        return headers.TryGetValues("X-Rate-Limit-Time-Reset-Ms", out var values) && int.TryParse(values.FirstOrDefault(), out var milliseconds) && milliseconds >= 0
            ? Duration.FromMilliseconds(milliseconds)
            : null;
    }
}
