using System.Globalization;
using System.Net;
using System.Text.Json;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Webhooks;

/// <summary>
/// Text messages, push and messenger through a system of the shop's: one signed POST (Standard Webhooks 1.0) for each message, whose <c>webhook-id</c> is the
/// operation id, so that the receiver delivers a repetition once. What became of an operation is asked with a signed GET of <c>{url}/{operation id}</c> (behind the path, before a query):
/// 200 it is known, 404 never seen, anything else: it cannot be asked.
/// </summary>
/// <param name="client">Follows no redirect and has a time-out.</param>
/// <param name="channel">Its name.</param>
/// <param name="url">Where to.</param>
/// <param name="key">What signs.</param>
/// <param name="clock">Says when a question is asked: receivers refuse what is signed for another time.</param>
public sealed class WebhookChannel(HttpClient client, string channel, string url, byte[] key, IClock clock) : IMessageChannel
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public async Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new { channel, to = message.To, messageId = message.MessageId, subject = message.Subject, text = message.Text, html = message.Html },
            JsonSerializerOptions.Web);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        Sign(request, operationId, message.At, body);
        using var response = await CallAsync(request, cancellation);
        var status = (int)response.StatusCode;
        if (status is >= 200 and < 300 or 409) return new HandOver.Accepted(operationId);
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            throw new ChannelUnavailableException($"The channel answered {status}.", Pause(response, message.At));
        // What is wrong with the settings is the operator's to mend: the message waits for that.
        if (status is >= 400 and < 500 and not (401 or 403 or 404 or 408)) return new HandOver.Refused(status.ToString(CultureInfo.InvariantCulture));
        throw new ChannelUnavailableException($"The channel answered {status}.");
    }

    /// <inheritdoc/>
    public async Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, QuestionOf(operationId));
        Sign(request, operationId, clock.GetCurrentInstant(), []);
        using var response = await CallAsync(request, cancellation);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => new HandOver.Accepted(operationId),
            HttpStatusCode.NotFound => new HandOver.NeverSeen(),
            >= HttpStatusCode.InternalServerError => throw new ChannelUnavailableException($"The channel answered {(int)response.StatusCode}."),
            _ => new HandOver.CannotAsk(),
        };
    }

    private async Task<HttpResponseMessage> CallAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            // The status says everything: what a channel writes behind it is not waited for, however long it is.
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException failed) when (failed.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            // Nobody was reached: it does not have the message.
            throw new ChannelUnavailableException("The channel cannot be reached.", TimeSpan.FromMinutes(1), failed);
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException || (failed is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new ChannelUnavailableException("The channel did not answer.", inner: failed);
        }
    }

    /// <summary>The operation stands behind the path; a query stays a query.</summary>
    private Uri QuestionOf(string operationId)
    {
        var question = new UriBuilder(url);
        question.Path = $"{question.Path.TrimEnd('/')}/{operationId}";
        return question.Uri;
    }

    private void Sign(HttpRequestMessage request, string operationId, Instant at, byte[] body)
    {
        var timestamp = at.ToUnixTimeSeconds();
        request.Headers.TryAddWithoutValidation("webhook-id", operationId);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", HttpWebhookCaller.Sign(operationId, timestamp, body, key));
    }

    private static TimeSpan Pause(HttpResponseMessage response, Instant now)
    {
        var told = response.Headers.RetryAfter;
        var pause = told?.Delta ?? (told?.Date is { } date ? date - now.ToDateTimeOffset() : TimeSpan.FromMinutes(1));
        return pause < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : pause > LongestPause ? LongestPause : pause;
    }
}
