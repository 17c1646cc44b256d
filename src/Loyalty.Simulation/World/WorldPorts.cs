using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Simulation.World;

/// <summary>The moment that is being played.</summary>
internal sealed class WorldClock : IClock
{
    public Instant Now { get; set; }

    public Instant GetCurrentInstant() => Now;
}

/// <summary>One program: what is live, and the versions that somebody may be inside.</summary>
/// <param name="current">What counts for events that arrive.</param>
/// <param name="definition">Other versions by journey and number; null: there are none.</param>
internal sealed class WorldPrograms(LiveProgram current, Func<string, int, JourneyDefinition?>? definition = null) : IProgramSource
{
    public LiveProgram Current => current;

    public ValueTask<JourneyDefinition?> DefinitionAsync(string journey, int version, CancellationToken cancellation = default)
    {
        var live = current.Journey(journey);
        if (live is not null && live.Version == version) return ValueTask.FromResult<JourneyDefinition?>(live);
        // A version that is not to be had any more goes on as the live one.
        return ValueTask.FromResult(definition?.Invoke(journey, version) ?? live);
    }
}

/// <summary>A provider that takes every message and delivers none; nothing is rendered.</summary>
internal sealed class WorldChannel : IMessageChannel, IMessageRenderer
{
    private static readonly Task<HandOver> Accepted = Task.FromResult<HandOver>(new HandOver.Accepted("simulated"));
    private static readonly RenderedMessage Nothing = new("", "", "", "");

    public bool IsSilent => true;

    public Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default) => Accepted;

    public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => Accepted;

    public RenderedMessage Render(string template, string? locale, IReadOnlyDictionary<string, AttributeValue> values) => Nothing;
}

/// <summary>Events that the program itself enqueues: the customer's own go straight on.</summary>
internal sealed class WorldEventQueue : IEventQueue
{
    public Task SendAsync(EventReference reference, CancellationToken cancellation = default) => Task.CompletedTask;

    public Task ScheduleAsync(EventReference reference, Instant at, CancellationToken cancellation = default) => Task.CompletedTask;
}
