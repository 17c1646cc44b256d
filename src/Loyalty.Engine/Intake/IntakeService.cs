using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.Refusals;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Telemetry;
using NodaTime;

namespace Loyalty.Engine.Intake;

/// <summary>
/// Takes events in: stores each in an intake document, enqueues a reference. Nothing business-like happens before the answer; a redelivery
/// finds its document and the queue drops its message.
/// </summary>
/// <param name="store">Where the documents are.</param>
/// <param name="log">Document and message.</param>
/// <param name="clock">Says when they go.</param>
/// <param name="vault">Makes keyed hashes of sessions, which follow from people's names; null: they stay as they are.</param>
public sealed class IntakeService(IDocumentStore store, IIntakeLog log, IClock clock, IPersonalVault? vault = null)
{
    private const string ErasedId = Keys.MarkerPrefix + "erased";
    private const int PageSize = 50;
    private const int SourcePageSize = 200;

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
            var (e, messageId, told) = events[i];
            var sessionId = await SessionAsync(told, cancellation);
            var body = LoyaltyJson.Write(new IntakeDocument { Event = e, SessionId = sessionId, Trace = Tracing.Carried });
            entries[i] = new IntakeEntry(new EventReference(messageId, sessionId, Trace: Tracing.Carried), body, expiresAt);
        }

        await log.AppendAsync(entries, cancellation);
    }

    /// <summary>What a session is called in the queue and in the store.</summary>
    public ValueTask<string> SessionAsync(string sessionId, CancellationToken cancellation = default) =>
        vault is null ? ValueTask.FromResult(sessionId) : vault.HashAsync(sessionId, cancellation);

    /// <summary>Lays a mail that is nobody's where people find it, as long as it is kept; one that was looked at stays done.</summary>
    /// <param name="reference">The mail.</param>
    /// <param name="code">Why it is nobody's.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    public Task SetAsideAsync(EventReference reference, RefusalCode code, CancellationToken cancellation = default) =>
        Attempts.UntilCommittedAsync<object>(async () =>
        {
            var partition = Keys.IntakePartition(reference.SessionId);
            if (await store.ReadAsync(partition, reference.IntakeId, cancellation) is not { } document || document.Kind == Kinds.Aside) return this;
            var body = LoyaltyJson.Write(LoyaltyJson.Read<IntakeDocument>(document.Body.Span) with { Outcome = IntakeOutcomes.Nobody, Reason = RefusalTable.Name(code) });
            var expiresAt = document.ExpiresAt ?? Retention.Until(clock.GetCurrentInstant(), Retention.Intake);
            DocumentWrite write = new DocumentWrite.Replace(document.Id, document.ETag, Kinds.Aside, body, ExpiresAt: expiresAt);
            return (await store.CommitAsync(partition, [write], cancellation)).IsCommitted ? this : null;
        });

    /// <summary>Keeps an accepted event in another form: without names that may not be kept any longer. One that is gone stays so.</summary>
    public Task ReplaceAsync(EventReference reference, CanonicalEvent e, CancellationToken cancellation = default) =>
        Attempts.UntilCommittedAsync<object>(async () =>
        {
            var partition = Keys.IntakePartition(reference.SessionId);
            if (await store.ReadAsync(partition, reference.IntakeId, cancellation) is not { } document) return this;
            var body = LoyaltyJson.Write(LoyaltyJson.Read<IntakeDocument>(document.Body.Span) with { Event = e });
            DocumentWrite write = new DocumentWrite.Replace(document.Id, document.ETag, document.Kind, body, ExpiresAt: document.ExpiresAt);
            return (await store.CommitAsync(partition, [write], cancellation)).IsCommitted ? this : null;
        });

    /// <summary>Removes an event that may not be kept any longer: its person was erased. Removed twice is removed.</summary>
    public async Task ForgetAsync(EventReference reference, CancellationToken cancellation = default) =>
        await store.CommitAsync(Keys.IntakePartition(reference.SessionId), [new DocumentWrite.Delete(reference.IntakeId)], cancellation);

    /// <summary>Removes what a session has brought in; word is left that what the queue still has of it is done with.</summary>
    /// <param name="sessionId">As a connector names it, without key.</param>
    /// <param name="goes">By the moment it came in: whether it goes. What stays is another's.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    public async Task ForgetSessionAsync(string sessionId, Func<Instant, bool> goes, CancellationToken cancellation = default)
    {
        var partition = Keys.IntakePartition(await SessionAsync(sessionId, cancellation));
        var isTold = false;
        string? continuation = null;
        do
        {
            var page = await store.QueryAsync(new DocumentQuery(partition, Limit: PageSize, Continuation: continuation), cancellation);
            var deletes = page.Items.Where(one => one.Kind is Kinds.Intake or Kinds.Aside && goes(LoyaltyJson.Read<IntakeDocument>(one.Body.Span).Event.ReceivedAt))
                .Select(static one => (DocumentWrite)new DocumentWrite.Delete(one.Id)).ToList();
            continuation = page.Continuation;
            if (deletes.Count == 0) continue;
            if (!isTold) await LeaveWordAsync(partition, cancellation);
            isTold = true;
            // Refused: somebody else removes the same.
            if ((await store.CommitAsync(partition, deletes, cancellation)).IsCommitted) continue;
            foreach (var one in deletes) await store.CommitAsync(partition, [one], cancellation);
        }
        while (continuation is not null);
    }

    /// <summary>Removes one page of what a system has brought in, wherever it is about; word is left as with <see cref="ForgetSessionAsync"/>.</summary>
    /// <param name="source">Who told it, e.g. <c>shopify:tea.myshopify.com</c>.</param>
    /// <param name="range">Of the store's feed ranges.</param>
    /// <param name="continuation">Where it goes on; null: at the range's beginning.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    /// <returns>Where it goes on; null: the range is done.</returns>
    public async Task<string?> ForgetSourceAsync(string source, FeedRange range, string? continuation, CancellationToken cancellation = default)
    {
        var page = await store.ScanKindAsync(range, Kinds.Intake, SourcePageSize, continuation, cancellation);
        var theirs = page.Items.Where(one => LoyaltyJson.Read<IntakeDocument>(one.Body.Span).Event.Source == source);
        foreach (var session in theirs.GroupBy(static one => one.Partition))
        {
            await LeaveWordAsync(session.Key, cancellation);
            foreach (var one in session) await store.CommitAsync(session.Key, [new DocumentWrite.Delete(one.Id)], cancellation);
        }

        return page.Continuation;
    }

    /// <summary>Everything that a session has brought in and that is still kept.</summary>
    public async IAsyncEnumerable<IntakeDocument> OfSessionAsync(string sessionId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var partition = Keys.IntakePartition(await SessionAsync(sessionId, cancellation));
        await foreach (var document in store.ReadAllAsync(new DocumentQuery(partition, Limit: PageSize), cancellation))
        {
            if (document.Kind is Kinds.Intake or Kinds.Aside) yield return LoyaltyJson.Read<IntakeDocument>(document.Body.Span);
        }
    }

    private async Task LeaveWordAsync(string partition, CancellationToken cancellation)
    {
        var now = clock.GetCurrentInstant();
        var word = new EventMarker { Type = EventTypes.CustomerErased, AppliedAt = now };
        await store.CommitAsync(
            partition, [new DocumentWrite.Upsert(ErasedId, Kinds.Marker, LoyaltyJson.Write(word), ExpiresAt: Retention.Until(now, Retention.Intake))], cancellation);
    }

    /// <summary>Whether a missing document is missing because its session was erased.</summary>
    public async Task<bool> IsForgottenAsync(EventReference reference, CancellationToken cancellation = default) =>
        await store.ReadAsync(Keys.IntakePartition(reference.SessionId), ErasedId, cancellation) is not null;

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
