using Azure.Messaging.ServiceBus;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Events;
using Loyalty.LocalHost.Hosting;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Documents;

namespace Loyalty.LocalHost.Program;

/// <summary>
/// Store and queue are one file: an event's document and its message are one write, so a delivery waits for one <c>fsync</c> instead of two, and
/// there is no moment between them. The message is the one that Azure's queue would be sent.
/// </summary>
internal sealed class OneFileIntakeLog(
    SqliteDatabase database, SqliteDocumentStore store, SealedDocumentStore vault, LocalServiceBusClient bus, HostClock clock) : IIntakeLog
{
    /// <inheritdoc/>
    public async Task AppendAsync(IReadOnlyList<IntakeEntry> entries, CancellationToken cancellation = default)
    {
        using var busy = clock.Busy("intake");
        try
        {
            var queue = bus.Find(ApplyCustomerEvent.Queue);
            var staged = new Staged[entries.Count];
            for (var i = 0; i < staged.Length; i++) staged[i] = await StageAsync(queue, entries[i], cancellation);
            await database.WriteAsync(session => Write(session, queue, staged), WriteFence.Owner, cancellation);
        }
        catch (ServiceBusException standsBy) when (standsBy.IsTransient)
        {
            throw new StoreUnavailableException(standsBy.Message, standsBy);
        }
        catch (OwnershipLostException lost)
        {
            throw new StoreUnavailableException(lost.Message, lost);
        }
    }

    private async ValueTask<Staged> StageAsync(LocalQueue queue, IntakeEntry entry, CancellationToken cancellation)
    {
        var partition = Keys.IntakePartition(entry.Reference.SessionId);
        // Accepted events lie under the program's own key: there is none to be made with them.
        var batch = await vault.SealAsync(partition, [TwoStepIntakeLog.Document(entry)], cancellation);
        var message = LocalServiceBusClient.LocalSender.Translate(ServiceBusEventQueue.Message(entry.Reference), null);
        return new Staged(partition, batch.Writes, message, queue.Stage(message));
    }

    private bool Write(SqliteSession session, LocalQueue queue, Staged[] staged)
    {
        foreach (var one in staged)
        {
            // Exists: accepted before. The queue knows its message too, unless its window has passed; then it is applied again, which the marker finds.
            store.Commit(session, one.Partition, one.Document);
            queue.EnqueueStaged(session, one.Message, one.Row);
        }

        return true;
    }

    private readonly record struct Staged(string Partition, IReadOnlyList<DocumentWrite> Document, QueueMessage Message, QueueRow Row);
}
