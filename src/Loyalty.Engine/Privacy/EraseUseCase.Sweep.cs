using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Privacy;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Privacy;

/// <content>The sweep: everything of the person's partitions but the books.</content>
public sealed partial class EraseUseCase
{
    /// <summary>Documents in one batch.</summary>
    private const int BatchSize = 50;

    private async Task<ErasureRecord> SweepAsync(ErasureRecord record, CancellationToken cancellation)
    {
        var customer = (await store.FindCustomerAsync(record.CustomerId, cancellation))!;
        var removed = 0;
        string[] people = [record.CustomerId, .. customer.Absorbed];
        foreach (var absorbed in customer.Absorbed) removed += await SweepAsync(absorbed, people, cancellation);
        removed += await SweepAsync(record.CustomerId, people, cancellation);
        return await ToAsync(record, swept => swept with { Step = ErasureStep.Swept, Removed = removed }, cancellation);
    }

    private async Task<int> SweepAsync(string customerId, string[] people, CancellationToken cancellation)
    {
        var partition = Keys.CustomerPartition(customerId);
        var removed = 0;
        string? continuation = null;
        do
        {
            var page = await store.QueryAsync(new DocumentQuery(partition, "", BatchSize, Continuation: continuation), cancellation);
            var writes = new List<DocumentWrite>(page.Items.Count);
            foreach (var document in page.Items)
            {
                if (await GoesAsync(document, people, cancellation) is { } write) writes.Add(write);
            }

            removed += writes.Count(static write => write is DocumentWrite.Delete);
            await CommitAsync(partition, writes, cancellation);
            continuation = page.Continuation;
        }
        while (continuation is not null);
        return removed;
    }

    /// <summary>What becomes of a document; null: it stays. What it leads to outside the partition goes first.</summary>
    private async Task<DocumentWrite?> GoesAsync(Document document, string[] people, CancellationToken cancellation)
    {
        switch (document.Kind)
        {
            case Kinds.Entry:
                // The books keep every number; a sentence that somebody wrote about the person goes.
                var entry = LoyaltyJson.Read<LedgerEntry>(document.Body.Span);
                return entry.Cause is { Actor: not null, Reason: { } reason } && reason != RunOutcomes.Erased
                    ? new DocumentWrite.Upsert(document.Id, Kinds.Entry, LoyaltyJson.WriteDocument(entry with { Cause = entry.Cause with { Reason = RunOutcomes.Erased } }))
                    : null;
            case Kinds.Customer or Kinds.Erasure or Kinds.Lot or Kinds.Redemption or Kinds.Marker or Kinds.Merge or Kinds.Absorbed:
                return null;
            case Kinds.Merged:
                // Says where to go on, and nothing else.
                var merged = PersonMerge.Tombstone(LoyaltyJson.Read<CustomerState>(document.Body.Span));
                return new DocumentWrite.Upsert(document.Id, Kinds.Merged, LoyaltyJson.WriteDocument(merged));
            case Kinds.Run:
                var run = LoyaltyJson.Read<RunDocument>(document.Body.Span);
                return ErasedPerson.Is(run)
                    ? null
                    : new DocumentWrite.Upsert(document.Id, Kinds.Run, LoyaltyJson.WriteDocument(ErasedPerson.Of(run, clock.GetCurrentInstant())));
            case Kinds.Message:
                var message = LoyaltyJson.Read<MessageRecord>(document.Body.Span);
                _copies.Remove(message.OperationId);
                if (message.ProviderId is { Length: > 0 } providerId) await traces.RemoveMessageAsync(providerId, people, cancellation);
                break;
            case Kinds.Order:
                await traces.RemoveOrderAsync(LoyaltyJson.Read<OrderState>(document.Body.Span).OrderId, people, cancellation);
                break;
            default: break;
        }

        return new DocumentWrite.Delete(document.Id);
    }

    private async Task CommitAsync(string partition, List<DocumentWrite> writes, CancellationToken cancellation)
    {
        if (writes.Count == 0 || (await vault.CommitOpenAsync(partition, writes, cancellation)).IsCommitted) return;
        // Somebody else sweeps too and was faster with some of them.
        foreach (var write in writes) await vault.CommitOpenAsync(partition, [write], cancellation);
    }
}
