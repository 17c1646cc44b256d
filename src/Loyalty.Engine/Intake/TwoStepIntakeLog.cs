using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Intake;

/// <summary>Store and queue are two services: first every document, then every message.</summary>
public sealed class TwoStepIntakeLog(IDocumentStore store, IEventQueue queue) : IIntakeLog
{
    /// <inheritdoc/>
    public async Task AppendAsync(IReadOnlyList<IntakeEntry> entries, CancellationToken cancellation = default)
    {
        foreach (var entry in entries)
        {
            // Exists: the event was accepted before. Its message is sent again all the same: the one who stored it may have died before sending.
            await store.CommitAsync(Keys.IntakePartition(entry.Reference.SessionId), [Document(entry)], cancellation);
        }

        foreach (var entry in entries) await queue.SendAsync(entry.Reference, cancellation);
    }

    /// <summary>The write of an entry's document, for every log the same.</summary>
    public static DocumentWrite Document(IntakeEntry entry) =>
        new DocumentWrite.Create(entry.Reference.IntakeId, Kinds.Intake, entry.Body, ExpiresAt: entry.ExpiresAt);
}
