using NodaTime;

namespace Loyalty.Engine.Ports;

/// <summary>Calls systems outside for a journey's <c>webhook</c> step: one signed POST by Standard Webhooks 1.0.</summary>
public interface IWebhookCaller
{
    /// <summary>One attempt. What the other side answered, or that it did not, is a value; only a cancelled call throws.</summary>
    Task<WebhookAnswer> CallAsync(WebhookCall call, CancellationToken cancellation = default);
}

/// <summary>One attempt of a call.</summary>
/// <param name="Endpoint">Its name; the secret stands in the settings under it.</param>
/// <param name="Url">Where to.</param>
/// <param name="Id"><c>webhook-id</c>: the same in every attempt, so that the receiver can tell a repetition.</param>
/// <param name="At"><c>webhook-timestamp</c>.</param>
/// <param name="Body">JSON.</param>
public sealed record WebhookCall(string Endpoint, string Url, string Id, Instant At, ReadOnlyMemory<byte> Body);

/// <summary>What came back; a closed set.</summary>
public abstract record WebhookAnswer
{
    /// <summary>Bytes of an answer that are read.</summary>
    public const int MaxReplyBytes = 64 * 1024;

    private WebhookAnswer()
    {
    }

    /// <summary>2xx, with the body as far as it was read.</summary>
    public sealed record Done(ReadOnlyMemory<byte> Body) : WebhookAnswer;

    /// <summary>Another status: to be tried again, not sooner than <paramref name="RetryAfter"/> from now where it is told.</summary>
    public sealed record Refused(int Status, Duration? RetryAfter) : WebhookAnswer;

    /// <summary>No answer: connection, name or time-out.</summary>
    public sealed record Unreachable(string Why) : WebhookAnswer;
}
