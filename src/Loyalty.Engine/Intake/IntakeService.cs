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
public sealed class IntakeService(IDocumentStore store, IEventQueue queue, IClock clock)
{
    /// <summary>Answers after every event is durable and its message sent.</summary>
    /// <param name="e">The event.</param>
    /// <param name="messageId">Follows from source and id: a redelivery is the same message.</param>
    /// <param name="sessionId">Follows from the strongest identifier.</param>
    /// <param name="cancellation">Gives up; the sender sends again.</param>
    public async Task AcceptAsync(CanonicalEvent e, string messageId, string sessionId, CancellationToken cancellation = default)
    {
        using var activity = IntakeTracing.Send(messageId);
        var body = LoyaltyJson.Write(new IntakeDocument { Event = e, SessionId = sessionId, Trace = Tracing.Carried });
        var expiresAt = Retention.Until(clock.GetCurrentInstant(), Retention.Intake);
        // Exists: the event was accepted before. Its message is sent again all the same: the one who stored it may have died before sending.
        await store.CommitAsync(
            Keys.IntakePartition(sessionId),
            [new DocumentWrite.Create(messageId, Kinds.Intake, body, ExpiresAt: expiresAt)],
            cancellation);
        await queue.SendAsync(new EventReference(messageId, sessionId, Trace: Tracing.Carried), cancellation);
    }

    /// <summary>The stored event; null: it was never stored or is older than 90 days.</summary>
    public async Task<IntakeDocument?> FindAsync(EventReference reference, CancellationToken cancellation = default)
    {
        var document = await store.ReadAsync(Keys.IntakePartition(reference.SessionId), reference.IntakeId, cancellation);
        return document is null ? null : LoyaltyJson.Read<IntakeDocument>(document.Body.Span);
    }
}
