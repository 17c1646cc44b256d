using Azure.Messaging.ServiceBus;
using Loyalty.LocalHost.Queue;

namespace Loyalty.LocalHost.Hosting;

/// <summary>
/// Receives a queue's dead letters. What was received is not received again by the same receiver; completed, it is gone. There are no locks: one
/// operator at a time is enough here, and a dead letter that two take at once is sent twice and applied once.
/// </summary>
internal sealed class LocalDeadLetterReceiver(Func<LocalQueue> queue, string name) : ServiceBusReceiver
{
    private long _received;

    /// <inheritdoc/>
    public override string EntityPath => name + "/$deadletterqueue";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekMessagesAsync(
        int maxMessages, long? fromSequenceNumber = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(Messages(maxMessages, (fromSequenceNumber ?? 1) - 1));

    /// <inheritdoc/>
    public override Task<IReadOnlyList<ServiceBusReceivedMessage>> ReceiveMessagesAsync(
        int maxMessages, TimeSpan? maxWaitTime = null, CancellationToken cancellationToken = default)
    {
        // Nothing comes by waiting: who asks gets what there is.
        var messages = Messages(maxMessages, _received);
        if (messages.Count > 0) _received = messages[^1].SequenceNumber;
        return Task.FromResult(messages);
    }

    /// <inheritdoc/>
    public override Task CompleteMessageAsync(ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        queue().RemoveDeadLetterAsync(message.SequenceNumber, cancellationToken);

    /// <inheritdoc/>
    public override Task AbandonMessageAsync(
        ServiceBusReceivedMessage message, IDictionary<string, object>? propertiesToModify = null, CancellationToken cancellationToken = default) =>
        Task.CompletedTask;

    /// <inheritdoc/>
    public override Task CloseAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

#pragma warning disable CA2215 // The base class closes a connection, which this one never opened.
    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA2215

    private IReadOnlyList<ServiceBusReceivedMessage> Messages(int count, long after) => [.. queue().ListDeadLetters(count, after).Select(Message)];

    private static ServiceBusReceivedMessage Message(DeadLetter letter) => ServiceBusModelFactory.ServiceBusReceivedMessage(
        body: BinaryData.FromBytes(letter.Body),
        messageId: letter.MessageId,
        sessionId: letter.SessionId,
        contentType: letter.Fields.ContentType,
        properties: new Dictionary<string, object>(letter.Fields.ApplicationProperties, StringComparer.Ordinal)
        {
            ["DeadLetterReason"] = letter.Reason ?? string.Empty,
            ["DeadLetterErrorDescription"] = letter.Description ?? string.Empty,
        },
        deliveryCount: letter.DeliveryCount,
        sequenceNumber: letter.SequenceNumber,
        enqueuedSequenceNumber: letter.SequenceNumber,
        enqueuedTime: letter.EnqueuedTime.ToDateTimeOffset());
}
