using Azure.Messaging.ServiceBus;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Functions.Events;

/// <summary>The event queue on Service Bus: session and message id from the reference, duplicates dropped by the bus.</summary>
public sealed class ServiceBusEventQueue(ServiceBusClient client) : IEventQueue
{
    private readonly ServiceBusSender _sender = client.CreateSender(ApplyCustomerEvent.Queue);

    /// <inheritdoc/>
    public Task SendAsync(EventReference reference, CancellationToken cancellation = default) =>
        _sender.SendMessageAsync(Message(reference), cancellation);

    /// <inheritdoc/>
    public Task ScheduleAsync(EventReference reference, Instant at, CancellationToken cancellation = default) =>
        _sender.ScheduleMessageAsync(Message(reference), at.ToDateTimeOffset(), cancellation);

    private static ServiceBusMessage Message(EventReference reference) => new(LoyaltyJson.Write(reference))
    {
        MessageId = reference.MessageId,
        SessionId = reference.SessionId,
        ContentType = "application/json",
    };
}
