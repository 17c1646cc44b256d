using System.Reflection;
using Azure.Messaging.ServiceBus;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Time;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.LocalHost.Hosting;

/// <summary>Functions triggered by a queue's messages.</summary>
internal sealed class QueueFunctions(FunctionInvoker invoker, ILogger logger)
{
    /// <summary>The queues the triggers and options ask for, with the settings of host.json and of the
    /// triggers.</summary>
    public static IReadOnlyList<(QueueDefinition Definition, QueueSettings Settings, LocalFunction? Function)> Plan(
        FunctionCatalog catalog,
        IReadOnlyList<QueueDefinition> given,
        QueueSettings settings,
        IConfiguration configuration)
    {
        var plan = new Dictionary<string, (
            QueueDefinition Definition,
            QueueSettings Settings,
            LocalFunction? Function)>(StringComparer.OrdinalIgnoreCase);
        foreach (var definition in given) plan[definition.Name] = (definition, settings, null);
        foreach (var (function, trigger) in catalog.With<ServiceBusTriggerAttribute>())
        {
            if (trigger.QueueName is null)
                throw new HostStartException(
                    $"Function '{function.Name}' is triggered by a topic; this host has queues only.");
            if (trigger.IsBatched && !function.TriggerParameter.ParameterType.IsArray)
                throw new HostStartException(
                    $"Function '{function.Name}' has IsBatched = true, which needs an array as parameter.");
            var name = HostJson.Resolve(trigger.QueueName, configuration, function.Name);
            var definition = plan.TryGetValue(name, out var known)
                ? known.Definition
                : new QueueDefinition(name)
                {
                    RequiresSession = trigger.IsSessionsEnabled,
                    DuplicateDetectionWindow = Duration.FromMinutes(10),
                };
            if (known.Function is { } other)
                throw new HostStartException(
                    $"Functions '{other.Name}' and '{function.Name}' are both triggered by queue '{name}'.");
            if (definition.RequiresSession != trigger.IsSessionsEnabled)
                throw new HostStartException(
                    $"Function '{function.Name}' and queue '{name}' disagree about sessions (IsSessionsEnabled).");
            var own = function.Sets(nameof(ServiceBusTriggerAttribute.AutoCompleteMessages))
                ? settings with { AutoCompleteMessages = trigger.AutoCompleteMessages }
                : settings;
            plan[name] = (definition, own, function);
        }

        return [.. plan.Values];
    }

    public void Start(LocalQueue queue, LocalFunction function)
    {
        queue.Failed += (_, failed) =>
        {
            if (FilePause.Helps(failed.Failure))
            {
                // Every message under way fails with it; one line tells of all.
                if (failed.PausesFor is { } pause) HostLog.QueuePauses(logger, queue.Definition.Name, pause.TotalSeconds, failed.Failure.Message);
            }
            else if (failed.Delivery is { } delivery)
                HostLog.MessageFailed(
                    logger,
                    failed.Failure,
                    function.Name,
                    delivery.SequenceNumber,
                    queue.Definition.Name,
                    delivery.DeliveryCount);
            else HostLog.QueueFailed(logger, failed.Failure, queue.Definition.Name);
        };
        queue.Start((delivery, cancellation) => RunAsync(function, delivery, cancellation));
    }

    private Task RunAsync(LocalFunction function, QueueDelivery delivery, CancellationToken cancellation)
    {
        var message = Translate(delivery);
        var trace = delivery.Fields.ApplicationProperties.TryGetValue(LocalServiceBusClient.TraceProperty, out var id)
            ? id as string
            : null;
        return invoker.InvokeAsync(
            function,
            (ParameterInfo parameter, LocalFunctionContext _, out object? value) =>
            {
                var type = parameter.ParameterType;
                value = type == typeof(ServiceBusReceivedMessage) ? message
                    : type == typeof(ServiceBusReceivedMessage[]) ? new[] { message }
                    : type == typeof(ServiceBusMessageActions) ? new LocalMessageActions(delivery)
                    : type == typeof(ServiceBusSessionMessageActions) ? new LocalSessionActions(delivery)
                    : parameter == function.TriggerParameter && type == typeof(string) ? message.Body.ToString()
                    : parameter == function.TriggerParameter && type == typeof(BinaryData) ? message.Body
                    : null;
                return value is not null;
            },
            new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
            {
                ["MessageId"] = message.MessageId,
                ["SessionId"] = message.SessionId,
                ["SequenceNumber"] = message.SequenceNumber,
                ["DeliveryCount"] = message.DeliveryCount,
                ["EnqueuedTimeUtc"] = message.EnqueuedTime.UtcDateTime,
            },
            trace: trace,
            cancellation: cancellation);
    }

    private static ServiceBusReceivedMessage Translate(QueueDelivery delivery) =>
        ServiceBusModelFactory.ServiceBusReceivedMessage(
        body: BinaryData.FromBytes(delivery.Body),
        messageId: delivery.MessageId,
        partitionKey: delivery.Fields.PartitionKey,
        viaPartitionKey: delivery.Fields.TransactionPartitionKey,
        sessionId: delivery.SessionId,
        replyToSessionId: delivery.Fields.ReplyToSessionId,
        timeToLive: delivery.ExpiresAt is { } expires ? (expires - delivery.EnqueuedTime).ToTimeSpan() : default,
        correlationId: delivery.Fields.CorrelationId,
        subject: delivery.Fields.Subject,
        to: delivery.Fields.To,
        contentType: delivery.Fields.ContentType,
        replyTo: delivery.Fields.ReplyTo,
        scheduledEnqueueTime: delivery.ScheduledEnqueueTime?.ToDateTimeOffset() ?? default,
        properties: new Dictionary<string, object>(delivery.Fields.ApplicationProperties, StringComparer.Ordinal),
        lockTokenGuid: delivery.LockToken,
        deliveryCount: delivery.DeliveryCount,
        lockedUntil: delivery.LockedUntil.ToDateTimeOffset(),
        sequenceNumber: delivery.SequenceNumber,
        enqueuedSequenceNumber: delivery.SequenceNumber,
        enqueuedTime: delivery.EnqueuedTime.ToDateTimeOffset());
}

/// <summary>Settles the delivered message.</summary>
internal sealed class LocalMessageActions(QueueDelivery delivery) : ServiceBusMessageActions
{
    public override Task CompleteMessageAsync(
        ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        SettleAsync(message, () => delivery.CompleteAsync(cancellationToken));

    public override Task AbandonMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        SettleAsync(message, () => delivery.AbandonAsync(Copy(propertiesToModify), cancellationToken));

    public override Task DeadLetterMessageAsync(
        ServiceBusReceivedMessage message,
        Dictionary<string, object>? propertiesToModify = default,
        string? deadLetterReason = default,
        string? deadLetterErrorDescription = default,
        CancellationToken cancellationToken = default) =>
        SettleAsync(
            message,
            () =>
                delivery.DeadLetterAsync(
                    deadLetterReason, deadLetterErrorDescription, Copy(propertiesToModify), cancellationToken));

    public override Task DeferMessageAsync(
        ServiceBusReceivedMessage message,
        IDictionary<string, object>? propertiesToModify = default,
        CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("Messages cannot be deferred here. Schedule a copy and complete the original.");

    public override Task RenewMessageLockAsync(
        ServiceBusReceivedMessage message, CancellationToken cancellationToken = default) =>
        SettleAsync(message, () =>
        {
            delivery.RenewLock();
            return Task.CompletedTask;
        });

    internal static ServiceBusException Lost(QueueDelivery delivery, QueueLockLostException exception) => new(
        exception.Message,
        delivery.SessionId is null ? ServiceBusFailureReason.MessageLockLost : ServiceBusFailureReason.SessionLockLost,
        delivery.QueueName,
        exception);

    private static Dictionary<string, object>? Copy(IDictionary<string, object>? properties) =>
        properties is null ? null : new Dictionary<string, object>(properties, StringComparer.Ordinal);

    private async Task SettleAsync(ServiceBusReceivedMessage message, Func<Task> settle)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.LockToken != delivery.LockToken.ToString())
            throw new ServiceBusException(
                "The message is not the one this function was given.",
                ServiceBusFailureReason.MessageLockLost,
                delivery.QueueName);
        try
        {
            await settle();
        }
        catch (QueueLockLostException exception)
        {
            throw Lost(delivery, exception);
        }
    }
}

/// <summary>Acts on the delivered message's session.</summary>
internal sealed class LocalSessionActions(QueueDelivery delivery) : ServiceBusSessionMessageActions
{
    public override DateTimeOffset SessionLockedUntil => delivery.LockedUntil.ToDateTimeOffset();

    public override Task<BinaryData> GetSessionStateAsync(CancellationToken cancellationToken = default) =>
        throw NoState();

    public override Task SetSessionStateAsync(BinaryData sessionState, CancellationToken cancellationToken = default) =>
        throw NoState();

    /// <summary>Nothing to do: a session is free when its message is settled.</summary>
    public override Task ReleaseSession(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task RenewSessionLockAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            delivery.RenewLock();
            return Task.CompletedTask;
        }
        catch (QueueLockLostException exception)
        {
            throw LocalMessageActions.Lost(delivery, exception);
        }
    }

    private static NotSupportedException NoState() => new("Sessions have no state here. Keep state in the store.");
}
