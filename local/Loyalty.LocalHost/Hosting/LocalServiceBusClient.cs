using System.Diagnostics;
using System.Runtime.CompilerServices;
using Azure.Messaging.ServiceBus;
using Loyalty.LocalHost.Queue;
using NodaTime;

namespace Loyalty.LocalHost.Hosting;

/// <summary>The Service Bus client functions get here: its senders put messages into the host's queues.</summary>
public sealed class LocalServiceBusClient : ServiceBusClient
{
    internal const string TraceProperty = "Diagnostic-Id";
    private Dictionary<string, LocalQueue>? _queues;

    /// <inheritdoc/>
    public override string FullyQualifiedNamespace => "local";

    /// <inheritdoc/>
    public override string Identifier => "local";

    /// <inheritdoc/>
    public override bool IsClosed => false;

    /// <inheritdoc/>
    public override ServiceBusSender CreateSender(string queueOrTopicName) => new LocalSender(this, queueOrTopicName);

    /// <inheritdoc/>
    public override ServiceBusSender CreateSender(string queueOrTopicName, ServiceBusSenderOptions options) =>
        CreateSender(queueOrTopicName);

    /// <summary>Dead letters only: what waits in a queue goes to the function that it triggers.</summary>
    public override ServiceBusReceiver CreateReceiver(string queueName, ServiceBusReceiverOptions options) =>
        options?.SubQueue == SubQueue.DeadLetter
            ? new LocalDeadLetterReceiver(() => Find(queueName), queueName)
            : throw new NotSupportedException("This host hands out dead letters only; a queue's messages go to the function that it triggers.");

    /// <inheritdoc/>
#pragma warning disable CA2215 // The base class closes a connection, which this one never opened.
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA2215

    internal void Open(IEnumerable<LocalQueue> queues) =>
        Volatile.Write(
            ref _queues, queues.ToDictionary(queue => queue.Definition.Name, StringComparer.OrdinalIgnoreCase));

    internal void Close() => Volatile.Write(ref _queues, null);

    /// <exception cref="ServiceBusException">The host stands by, or there is no such queue.</exception>
    internal LocalQueue Find(string name)
    {
        var queues = Volatile.Read(ref _queues) ?? throw new ServiceBusException(
            "This host stands by and has no queues; the host that owns the file has them. Send the request there or "
                + "again later.",
            ServiceBusFailureReason.ServiceBusy, name);
        return queues.GetValueOrDefault(name) ?? throw new ServiceBusException(
            $"There is no queue '{name}': no function is triggered by it and the host's options do not name it.",
            ServiceBusFailureReason.MessagingEntityNotFound, name);
    }

    internal sealed class LocalSender(LocalServiceBusClient client, string queueName) : ServiceBusSender
    {
        private readonly ConditionalWeakTable<ServiceBusMessageBatch, List<ServiceBusMessage>> _batches = [];

        public override string EntityPath { get; } = queueName;

        public override string FullyQualifiedNamespace => "local";

        public override string Identifier => "local";

        public override bool IsClosed => false;

        public override Task SendMessageAsync(
            ServiceBusMessage message, CancellationToken cancellationToken = default) =>
            SendMessagesAsync([message], cancellationToken);

        public override async Task SendMessagesAsync(
            IEnumerable<ServiceBusMessage> messages, CancellationToken cancellationToken = default)
        {
            var all = messages.Select(message => Translate(message, null)).ToList();
            if (all.Count > 0) await RunAsync(queue => queue.SendAsync(all, cancellationToken));
        }

        public override Task SendMessagesAsync(
            ServiceBusMessageBatch messageBatch, CancellationToken cancellationToken = default) =>
            _batches.TryGetValue(messageBatch, out var messages)
                ? SendMessagesAsync(messages, cancellationToken)
                : throw new ArgumentException("The batch was not made by this sender.", nameof(messageBatch));

        public override ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(
            CancellationToken cancellationToken = default) =>
            CreateMessageBatchAsync(new CreateMessageBatchOptions(), cancellationToken);

        public override ValueTask<ServiceBusMessageBatch> CreateMessageBatchAsync(
            CreateMessageBatchOptions options, CancellationToken cancellationToken = default)
        {
            var limit = options.MaxSizeInBytes ?? QueueMessage.MaxBytes;
            long size = 0;
            var messages = new List<ServiceBusMessage>();
            var bound = new CreateMessageBatchOptions { MaxSizeInBytes = limit };
            var batch = ServiceBusModelFactory.ServiceBusMessageBatch(0, messages, bound, message =>
            {
                const int Envelope = 128;
                var more = message.Body.ToMemory().Length + Envelope;
                if (size + more > limit) return false;
                size += more;
                return true;
            });
            _batches.Add(batch, messages);
            return ValueTask.FromResult(batch);
        }

        public override async Task<long> ScheduleMessageAsync(
            ServiceBusMessage message,
            DateTimeOffset scheduledEnqueueTime,
            CancellationToken cancellationToken = default) =>
            (await ScheduleMessagesAsync([message], scheduledEnqueueTime, cancellationToken))[0];

        public override Task<IReadOnlyList<long>> ScheduleMessagesAsync(
            IEnumerable<ServiceBusMessage> messages,
            DateTimeOffset scheduledEnqueueTime,
            CancellationToken cancellationToken = default)
        {
            var at = Instant.FromDateTimeOffset(scheduledEnqueueTime);
            return RunAsync(
                queue => queue.SendAsync([.. messages.Select(message => Translate(message, at))], cancellationToken));
        }

        public override Task CancelScheduledMessageAsync(
            long sequenceNumber, CancellationToken cancellationToken = default) =>
            CancelScheduledMessagesAsync([sequenceNumber], cancellationToken);

        public override async Task CancelScheduledMessagesAsync(
            IEnumerable<long> sequenceNumbers, CancellationToken cancellationToken = default)
        {
            foreach (var number in sequenceNumbers)
            {
                if (!await RunAsync(queue => queue.CancelScheduledAsync(number, cancellationToken)))
                    throw new ServiceBusException(
                        $"There is no scheduled message {number}.",
                        ServiceBusFailureReason.MessageNotFound,
                        EntityPath);
            }
        }

        public override Task CloseAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

#pragma warning disable CA2215 // The base class closes a connection, which this one never opened.
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
#pragma warning restore CA2215

        private async Task<T> RunAsync<T>(Func<LocalQueue, Task<T>> operation)
        {
            try
            {
                return await operation(client.Find(EntityPath));
            }
            catch (QueueMessageTooLargeException exception)
            {
                throw new ServiceBusException(
                    exception.Message, ServiceBusFailureReason.MessageSizeExceeded, EntityPath, exception);
            }
        }

        /// <summary>As Azure's sender does: the receiver's work belongs to the sender's trace.</summary>
        internal static Dictionary<string, object> WithTrace(IDictionary<string, object> properties)
        {
            var all = new Dictionary<string, object>(properties, StringComparer.Ordinal);
            if (Activity.Current?.Id is { } trace) all.TryAdd(TraceProperty, trace);
            return all;
        }

        internal static QueueMessage Translate(ServiceBusMessage message, Instant? at) => new(message.Body.ToMemory())
        {
            MessageId = message.MessageId,
            SessionId = message.SessionId,
            ScheduledEnqueueTime = at ?? (message.ScheduledEnqueueTime == default
                ? null
                : Instant.FromDateTimeOffset(message.ScheduledEnqueueTime)),
            TimeToLive = message.TimeToLive == TimeSpan.MaxValue ? null : Duration.FromTimeSpan(message.TimeToLive),
            Fields = new QueueMessageFields
            {
                ContentType = message.ContentType,
                CorrelationId = message.CorrelationId,
                Subject = message.Subject,
                To = message.To,
                ReplyTo = message.ReplyTo,
                ReplyToSessionId = message.ReplyToSessionId,
                PartitionKey = message.PartitionKey,
                TransactionPartitionKey = message.TransactionPartitionKey,
                ApplicationProperties = WithTrace(message.ApplicationProperties),
            },
        };
    }
}
