using Azure.Messaging.ServiceBus;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Functions.Events;
using NodaTime;

namespace Loyalty.Functions.Operations;

/// <summary>The dead letters of the event queue: events that could not be applied, with the reason. They wait there until somebody decides.</summary>
public sealed class DeadLetterBox(ServiceBusClient client, IEventQueue queue)
{
    /// <summary>Dead letters that one answer lists at most.</summary>
    public const int ListLimit = 100;

    /// <summary>Dead letters in front of the one to replay that are looked through: the bus hands them out in order only.</summary>
    public const int SearchLimit = 1000;

    private const int BatchSize = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly ServiceBusReceiverOptions DeadLetters = new() { SubQueue = SubQueue.DeadLetter };

    /// <summary>The oldest first.</summary>
    /// <param name="after">Only those with a higher sequence number, to page on; 0: from the beginning.</param>
    /// <param name="limit">1 to <see cref="ListLimit"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<DeadEvent>> ListAsync(long after = 0, int limit = ListLimit, CancellationToken cancellation = default)
    {
        await using var receiver = client.CreateReceiver(ApplyCustomerEvent.Queue, DeadLetters);
        var letters = await receiver.PeekMessagesAsync(Math.Clamp(limit, 1, ListLimit), after + 1, cancellation);
        return [.. letters.Where(letter => letter.SequenceNumber > after).Select(DeadEvent.Of)];
    }

    /// <summary>One; null: there is no such dead letter.</summary>
    public async Task<DeadEvent?> FindAsync(long sequenceNumber, CancellationToken cancellation = default) =>
        (await ListAsync(sequenceNumber - 1, 1, cancellation)).FirstOrDefault(letter => letter.SequenceNumber == sequenceNumber);

    /// <summary>
    /// Sends the event again, as a later attempt, then removes the dead letter. Cut off in between, the event is sent and the dead letter stays:
    /// replayed once more, the event is recognised as applied.
    /// </summary>
    /// <returns>null: there is no such dead letter.</returns>
    public async Task<DeadEvent?> ReplayAsync(long sequenceNumber, CancellationToken cancellation = default)
    {
        await using var receiver = client.CreateReceiver(ApplyCustomerEvent.Queue, DeadLetters);
        var passed = new List<ServiceBusReceivedMessage>();
        try
        {
            while (passed.Count < SearchLimit)
            {
                var letters = await receiver.ReceiveMessagesAsync(BatchSize, Patience, cancellation);
                if (letters.Count == 0) return null;
                passed.AddRange(letters.Where(letter => letter.SequenceNumber != sequenceNumber));
                if (letters.FirstOrDefault(letter => letter.SequenceNumber == sequenceNumber) is not { } found) continue;
                await queue.SendAsync(LoyaltyJson.Read<EventReference>(found.Body.ToMemory().Span).Next(), cancellation);
                await receiver.CompleteMessageAsync(found, cancellation);
                return DeadEvent.Of(found);
            }

            return null;
        }
        finally
        {
            foreach (var letter in passed) await receiver.AbandonMessageAsync(letter, propertiesToModify: null, CancellationToken.None);
        }
    }
}

/// <summary>A dead letter of the event queue.</summary>
/// <param name="SequenceNumber">Names it for replay.</param>
/// <param name="MessageId">Its message.</param>
/// <param name="SessionId">Events of one person have one session.</param>
/// <param name="EnqueuedAt">When its last attempt was sent.</param>
/// <param name="DeliveryCount">How often it was delivered.</param>
/// <param name="Reason">Why it was given up, in a word: <c>attempts-exhausted</c>, <c>intake-missing</c>, <c>MaxDeliveryCountExceeded</c>.</param>
/// <param name="Description">Why, in a sentence.</param>
public sealed record DeadEvent(
    long SequenceNumber, string MessageId, string? SessionId, Instant EnqueuedAt, int DeliveryCount, string? Reason, string? Description)
{
    internal static DeadEvent Of(ServiceBusReceivedMessage letter) => new(
        letter.SequenceNumber,
        letter.MessageId,
        letter.SessionId,
        Instant.FromDateTimeOffset(letter.EnqueuedTime),
        letter.DeliveryCount,
        letter.DeadLetterReason,
        letter.DeadLetterErrorDescription);
}
