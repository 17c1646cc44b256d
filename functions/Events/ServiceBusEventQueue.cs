using Azure.Messaging.ServiceBus;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Functions.Events;

/// <summary>The event queue on Service Bus: session and message id from the reference, duplicates dropped by the bus.</summary>
public sealed class ServiceBusEventQueue(ServiceBusClient client) : IEventQueue
{
    private readonly ServiceBusSender _sender = client.CreateSender(ApplyCustomerEvent.Queue);

    /// <inheritdoc/>
    public Task SendAsync(EventReference reference, CancellationToken cancellation = default) =>
        GuardAsync(_sender.SendMessageAsync(Message(reference), cancellation));

    /// <inheritdoc/>
    public Task ScheduleAsync(EventReference reference, Instant at, CancellationToken cancellation = default) =>
        GuardAsync(_sender.ScheduleMessageAsync(Message(reference), at.ToDateTimeOffset(), cancellation));

    /// <summary>A bus that cannot take it now is broken infrastructure: the sender of the webhook sends again.</summary>
    private static async Task GuardAsync(Task sending)
    {
        try
        {
            await sending;
        }
        catch (ServiceBusException busy) when (busy.IsTransient)
        {
            throw new StoreUnavailableException($"The event queue does not take messages now: {busy.Message}", busy);
        }
    }

    /// <summary>The message of a reference.</summary>
    public static ServiceBusMessage Message(EventReference reference) => new(LoyaltyJson.Write(reference))
    {
        MessageId = reference.MessageId,
        SessionId = reference.SessionId,
        ContentType = "application/json",
    };
}
