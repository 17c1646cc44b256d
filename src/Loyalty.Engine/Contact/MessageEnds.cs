using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>
/// Messages that never came to their hand-over: their run left the journey, or an edit has removed their step. They end in the batch of what ended them, with their
/// reason, like every other.
/// </summary>
internal static class MessageEnds
{
    /// <summary>Writes what became of them.</summary>
    /// <param name="session">The batch.</param>
    /// <param name="run">The run afterwards.</param>
    /// <param name="before">The run before; null: whatever is settled in its outbox was settled now.</param>
    /// <param name="customer">Whose they are.</param>
    /// <param name="now">The clock.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The customer; what nobody got uses up no place under a cap.</returns>
    public static async ValueTask<CustomerState> NoteAsync(
        PartitionSession session, RunDocument run, RunDocument? before, CustomerState customer, Instant now, CancellationToken cancellation)
    {
        foreach (var item in run.Outbox)
        {
            if (item is not { IsSettled: true, Effect: RunEffect.Send send } || before?.Outbox.Of(item.Key) is { IsSettled: true }) continue;
            var id = Keys.Message(run.Run.RunId, send.KeyStep, send.Visit);
            if (await session.ReadAsync<MessageRecord>(id, cancellation) is not null) continue;
            session.Put(id, Kinds.Message, MessageComposer.Record(run.Run, item, send, item.Result!, item.Reason, null, null, now));
            customer = ContactJudge.Settled(customer, run.Run.RunId, item, send, item.Result!, now) ?? customer;
        }

        return customer;
    }
}
