using System.Diagnostics;

namespace Loyalty.Engine.Telemetry;

/// <summary>
/// One trace from webhook to mail. Between two steps lies a queue or a document, sometimes for days: the context (W3C <c>traceparent</c>) lies there
/// too, and the next step goes on with it. Costs nothing while nobody listens; what is not recorded is not carried.
/// </summary>
public static class Tracing
{
    /// <summary>Name of the source of all spans of the program.</summary>
    public const string SourceName = "Loyalty";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>What to write into a message or document; null where nothing is recorded.</summary>
    public static string? Carried => Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C } current && current.Source.Name == SourceName
        ? current.Id
        : null;

    /// <summary>Goes on with a trace.</summary>
    /// <param name="name">What is done, with the place it is done at: <c>customer-events process</c>.</param>
    /// <param name="kind">Which end of which call.</param>
    /// <param name="carried">What the message or document said; null or unreadable: a span of the current trace, or a new one.</param>
    /// <returns>null: nobody listens.</returns>
    public static Activity? GoOn(string name, ActivityKind kind, string? carried) =>
        Source.HasListeners() ? Source.StartActivity(name, kind, Context(carried)) : null;

    /// <summary>A trace of its own that points to an earlier one: what a timer wakes after days belongs to no request that somebody waits for.</summary>
    /// <inheritdoc cref="GoOn" path="/param"/>
    public static Activity? Begin(string name, ActivityKind kind, string? carried)
    {
        if (!Source.HasListeners()) return null;
        var before = Context(carried);
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            return Source.StartActivity(name, kind, default(ActivityContext), links: before == default ? null : [new ActivityLink(before)]);
        }
        finally
        {
            // A started span has become the current one, and ends in the one before it.
            if (Activity.Current is null) Activity.Current = current;
        }
    }

    private static ActivityContext Context(string? carried) =>
        carried is not null && ActivityContext.TryParse(carried, null, isRemote: true, out var context) ? context : default;
}
