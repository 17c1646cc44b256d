using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Telemetry;
using NodaTime;

namespace Loyalty.Engine.Intake;

/// <summary>
/// Takes events in: stores each in an intake document, enqueues a reference. Nothing business-like happens before the answer; a redelivery
/// finds its document and the queue drops its message.
/// </summary>
public sealed class IntakeService(IDocumentStore store, IIntakeLog log, IClock clock)
{
    /// <summary>Answers after the event is durable and its message sent.</summary>
    /// <param name="e">The event.</param>
    /// <param name="messageId">Follows from source and id: a redelivery is the same message.</param>
    /// <param name="sessionId">Follows from the strongest identifier.</param>
    /// <param name="cancellation">Gives up; the sender sends again.</param>
    public Task AcceptAsync(CanonicalEvent e, string messageId, string sessionId, CancellationToken cancellation = default) =>
        AcceptAsync([new AcceptedEvent(e, messageId, sessionId)], cancellation);

    /// <summary>The same for the events of one delivery, in their order.</summary>
    public async Task AcceptAsync(IReadOnlyList<AcceptedEvent> events, CancellationToken cancellation = default)
    {
        var expiresAt = Retention.Until(clock.GetCurrentInstant(), Retention.Intake);
        using var activity = IntakeTracing.Send(events[0].MessageId);
        var entries = new IntakeEntry[events.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var (e, messageId, sessionId) = events[i];
            var body = LoyaltyJson.Write(new IntakeDocument { Event = e, SessionId = sessionId, Trace = Tracing.Carried });
            entries[i] = new IntakeEntry(new EventReference(messageId, sessionId, Trace: Tracing.Carried), body, expiresAt);
        }

        await log.AppendAsync(entries, cancellation);
    }

    /// <summary>The stored event; null: it was never stored or is older than 90 days.</summary>
    public async Task<IntakeDocument?> FindAsync(EventReference reference, CancellationToken cancellation = default)
    {
        var document = await store.ReadAsync(Keys.IntakePartition(reference.SessionId), reference.IntakeId, cancellation);
        return document is null ? null : LoyaltyJson.Read<IntakeDocument>(document.Body.Span);
    }
}

/// <summary>An event with its keys.</summary>
/// <param name="Event">The event.</param>
/// <param name="MessageId">Follows from source and id: a redelivery is the same message.</param>
/// <param name="SessionId">Follows from the strongest identifier.</param>
public sealed record AcceptedEvent(CanonicalEvent Event, string MessageId, string SessionId);
