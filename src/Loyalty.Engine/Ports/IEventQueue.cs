using NodaTime;

namespace Loyalty.Engine.Ports;

/// <summary>The queue of accepted events: ids and a reference, never the event itself.</summary>
public interface IEventQueue
{
    /// <summary>Sends; a message id that was sent before is dropped by the queue. The answer comes after it is durable.</summary>
    Task SendAsync(EventReference reference, CancellationToken cancellation = default);

    /// <summary>Sends so that it is delivered at <paramref name="at"/> at the earliest.</summary>
    Task ScheduleAsync(EventReference reference, Instant at, CancellationToken cancellation = default);
}

/// <summary>Where an accepted event lies.</summary>
/// <param name="MessageId">A redelivery is the same message; a later attempt has <c>~n</c> behind it.</param>
/// <param name="SessionId">Events of one session are applied one at a time, in order.</param>
/// <param name="Attempt">0 for the first delivery; copies scheduled after a transient failure count on.</param>
/// <param name="Trace">Trace context (W3C <c>traceparent</c>) of the delivery; null where nothing is recorded.</param>
public sealed record EventReference(string MessageId, string SessionId, int Attempt = 0, string? Trace = null)
{
    /// <summary>The intake document's id: the message id without its attempt.</summary>
    public string IntakeId => MessageId.Split('~', 2)[0];

    /// <summary>The copy that is tried after a transient failure.</summary>
    public EventReference Next() => this with
    {
        MessageId = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{IntakeId}~{Attempt + 1}"),
        Attempt = Attempt + 1,
    };
}
