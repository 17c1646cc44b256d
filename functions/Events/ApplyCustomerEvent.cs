using Azure.Messaging.ServiceBus;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Functions.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Events;

/// <summary>Takes accepted events from the queue, one at a time for each session, and applies each once.</summary>
public sealed class ApplyCustomerEvent(EventConsumer consumer, DurableRunHands hands)
{
    /// <summary>The queue of accepted events.</summary>
    public const string Queue = "customer-events";

    [Function(nameof(ApplyCustomerEvent))]
    public async Task RunAsync(
        [ServiceBusTrigger(Queue, Connection = "ServiceBus", IsSessionsEnabled = true, AutoCompleteMessages = false)] ServiceBusReceivedMessage message,
        ServiceBusMessageActions actions,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        hands.Bind(client);
        var reference = LoyaltyJson.Read<EventReference>(message.Body.ToMemory().Span);
        var outcome = await consumer.ConsumeAsync(reference, cancellation);
        if (outcome is ConsumeOutcome.DeadLetter dead)
        {
            await actions.DeadLetterMessageAsync(
                message, deadLetterReason: dead.Reason, deadLetterErrorDescription: dead.Description, cancellationToken: cancellation);
            return;
        }

        await actions.CompleteMessageAsync(message, cancellation);
    }
}
