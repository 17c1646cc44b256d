using System.Diagnostics;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Refusals;
using Loyalty.Engine.Telemetry;

namespace Loyalty.Engine.Intake;

/// <summary>Spans of the queue of accepted events, by OpenTelemetry's conventions for messaging.</summary>
internal static class IntakeTracing
{
    private const string Queue = "customer-events";

    /// <summary>An event is stored and its message sent.</summary>
    public static Activity? Send(string messageId) =>
        Told(Tracing.GoOn("send " + Queue, ActivityKind.Producer, carried: null), "send", messageId);

    /// <summary>A message is taken; goes on with the trace of its delivery.</summary>
    public static Activity? Process(EventReference reference) =>
        Told(Tracing.GoOn("process " + Queue, ActivityKind.Consumer, reference.Trace), "process", reference.MessageId)
            ?.SetTag("loyalty.event.attempt", reference.Attempt);

    /// <summary>What became of it.</summary>
    public static void Note(Activity? activity, ApplyOutcome outcome)
    {
        if (activity is null) return;
        activity.SetTag("loyalty.event.outcome", outcome.GetType().Name);
        if (outcome is ApplyOutcome.Refused refused) activity.SetTag("loyalty.event.reason", RefusalTable.Name(refused.Code));
    }

    private static Activity? Told(Activity? activity, string operation, string messageId) => activity?
        .SetTag("messaging.system", "servicebus")
        .SetTag("messaging.destination.name", Queue)
        .SetTag("messaging.operation.type", operation)
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.message.id", messageId);
}
