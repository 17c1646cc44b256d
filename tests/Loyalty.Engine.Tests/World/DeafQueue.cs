using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.Tests.World;

/// <summary>Takes every event and hands on none: what is read afterwards was made by the call alone.</summary>
internal sealed class DeafQueue : IEventQueue
{
    public Task SendAsync(EventReference reference, CancellationToken cancellation = default) => Task.CompletedTask;

    public Task ScheduleAsync(EventReference reference, Instant at, CancellationToken cancellation = default) => Task.CompletedTask;
}
