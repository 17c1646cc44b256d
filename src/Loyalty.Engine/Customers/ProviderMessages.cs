using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Customers;

/// <summary>
/// A provider's report names a message by the provider's id (fact <c>provider-id</c>). Here it gets the id that the program knows it by
/// (<c>message-id</c>). No index is kept for it: the id follows from the operation id of the hand-over, and a person has few messages.
/// </summary>
internal static class ProviderMessages
{
    /// <summary>The name of the fact.</summary>
    public const string ProviderId = "provider-id";

    private const string MessageId = "message-id";
    private const int PageSize = 100;

    /// <summary>Messages that are looked through at most; a person who got more is found by the message's own id only.</summary>
    private const int PageLimit = 10;

    /// <summary>The provider's id of the message that an event tells of; null: it tells of none, or by our own id.</summary>
    public static string? IdOf(CanonicalEvent e) =>
        e.Type.StartsWith("message.", StringComparison.Ordinal) && e.Data is EventData.Facts facts && !facts.Values.ContainsKey(MessageId)
        && facts.Values.GetValueOrDefault(ProviderId) is AttributeValue.Text { Value: { Length: > 0 and <= 200 } id }
            ? id
            : null;

    /// <summary>The event with the message's own id; one that tells no message of this customer stays as it is.</summary>
    public static async ValueTask<CanonicalEvent> NamedAsync(
        IDocumentStore store, PartitionSession session, CustomerState? customer, CanonicalEvent e, CancellationToken cancellation)
    {
        if (customer is null || IdOf(e) is not { } providerId) return e;
        var found = await InFlightAsync(session, customer, providerId, cancellation) ?? await HandedOverAsync(store, session.Partition, providerId, cancellation);
        return found is null ? e : e with { Data = new EventData.Facts(((EventData.Facts)e.Data).Values.SetItem(MessageId, found)) };
    }

    /// <summary>Among what live runs have in hand: also what was claimed, and nobody heard what became of it.</summary>
    private static async ValueTask<string?> InFlightAsync(PartitionSession session, CustomerState customer, string providerId, CancellationToken cancellation)
    {
        foreach (var live in customer.Runs)
        {
            if (await session.ReadAsync<RunDocument>(Keys.Run(live.RunId), cancellation) is not { } run) continue;
            foreach (var item in run.Outbox)
            {
                if (item.Effect is not RunEffect.Send send) continue;
                if (Is(providerId, item.ProviderId, Keys.Operation(live.RunId, item.Key))) return Keys.Message(live.RunId, send.KeyStep, send.Visit);
            }
        }

        return null;
    }

    private static async ValueTask<string?> HandedOverAsync(IDocumentStore store, string partition, string providerId, CancellationToken cancellation)
    {
        string? continuation = null;
        for (var pages = 0; pages < PageLimit; pages++)
        {
            var page = await store.QueryAsync(new DocumentQuery(partition, Keys.MessagePrefix, PageSize, Continuation: continuation), cancellation);
            foreach (var document in page.Items)
            {
                var message = LoyaltyJson.Read<MessageRecord>(document.Body.Span);
                if (Is(providerId, message.ProviderId, message.OperationId)) return document.Id;
            }

            if (page.Continuation is null) return null;
            continuation = page.Continuation;
        }

        return null;
    }

    private static bool Is(string providerId, string? known, string operationId) =>
        string.Equals(providerId, known, StringComparison.OrdinalIgnoreCase)
        || string.Equals(providerId, OperationIds.ToGuid(operationId).ToString(), StringComparison.OrdinalIgnoreCase);
}
