using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Engine.Ports;

/// <summary>
/// Hands a finished message to a provider. One hand-over has one operation id; calling twice with the same id hands over once
/// where the provider can tell, and <see cref="LookUpAsync"/> answers what became of it.
/// </summary>
public interface IMessageChannel
{
    /// <summary>Hands over. Normal refusals are values; a transient failure of the provider throws <see cref="ChannelUnavailableException"/>.</summary>
    Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default);

    /// <summary>True: it takes every message and hands none on (a simulation's), so none is rendered or claimed for it. Default false.</summary>
    bool IsSilent => false;

    /// <summary>What became of an earlier call with this operation id.</summary>
    Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default);
}

/// <summary>A message ready to go: rendered, addressed.</summary>
public sealed record OutgoingMessage
{
    public required string MessageId { get; init; }
    public required string To { get; init; }
    public string? ToName { get; init; }
    public required string From { get; init; }
    public required string Subject { get; init; }
    public required string Html { get; init; }
    public required string Text { get; init; }
    public required Instant At { get; init; }

    /// <summary>Further headers, e.g. <c>List-Unsubscribe</c>; names and values have no line breaks.</summary>
    public ImmutableDictionary<string, string> Headers { get; init; } = ImmutableDictionary<string, string>.Empty;
}

/// <summary>What the provider said; a closed set.</summary>
public abstract record HandOver
{
    private HandOver()
    {
    }

    /// <summary>The provider has it.</summary>
    public sealed record Accepted(string ProviderId) : HandOver;

    /// <summary>The provider will never take it (bad address, suppressed).</summary>
    public sealed record Refused(string Reason) : HandOver;

    /// <summary>The provider has never heard of this operation id: it may be sent again.</summary>
    public sealed record NeverSeen : HandOver;

    /// <summary>The provider cannot be asked; the outcome stays open until a delivery report or the stated window.</summary>
    public sealed record CannotAsk : HandOver;
}

/// <summary>The provider did not answer, or asked to come back later.</summary>
public sealed class ChannelUnavailableException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
