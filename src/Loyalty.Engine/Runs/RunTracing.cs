using System.Diagnostics;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Telemetry;

namespace Loyalty.Engine.Runs;

/// <summary>Spans of turns and of handing messages over. No personal data: ids, names of journeys and templates, outcomes.</summary>
internal static class RunTracing
{
    /// <summary>A turn that something woke goes on with that trace; one that a timer woke begins its own, with a link.</summary>
    public static Activity? Turn(RunDocument document)
    {
        // A run that has just begun has an empty inbox too, but its event is its first cause.
        var isCaused = !document.Inbox.IsEmpty || document.Log.IsEmpty;
        var activity = isCaused
            ? Tracing.GoOn("run turn", ActivityKind.Internal, document.Trace)
            : Tracing.Begin("run turn", ActivityKind.Internal, document.Trace);
        return activity?
            .SetTag("loyalty.journey", document.Run.Journey)
            .SetTag("loyalty.journey.version", document.Run.Version)
            .SetTag("loyalty.run.id", document.Run.RunId)
            .SetTag("loyalty.run.generation", document.Gen);
    }

    /// <summary>Calls the provider in a span of the run's trace, and counts the outcome.</summary>
    public static async Task<HandOver> SendAsync(
        IMessageChannel channel, OutgoingMessage message, string operationId, string? trace, CancellationToken cancellation)
    {
        var template = message.Headers.GetValueOrDefault(MessageHeaders.Template) ?? "";
        using var activity = Tracing.GoOn("send mail", ActivityKind.Client, trace)?
            .SetTag("messaging.operation.type", "send")
            .SetTag("messaging.message.id", message.MessageId)
            .SetTag("loyalty.template", template);
        try
        {
            var answer = await channel.SendAsync(message, operationId, cancellation);
            Note(activity, template, answer switch { HandOver.Accepted => "accepted", HandOver.Refused => "refused", _ => "unknown" });
            return answer;
        }
        catch (ChannelUnavailableException unavailable)
        {
            Note(activity, template, unavailable.RetryAfter is null ? "unknown" : "busy");
            activity?.SetStatus(ActivityStatusCode.Error, unavailable.Message);
            throw;
        }
    }

    private static void Note(Activity? activity, string template, string outcome)
    {
        activity?.SetTag("loyalty.message.outcome", outcome);
        Measures.Handed(template, outcome);
    }
}
