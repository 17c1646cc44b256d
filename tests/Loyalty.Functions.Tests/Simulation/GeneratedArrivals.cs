using Loyalty.Connectors;
using Loyalty.Core.Events;
using Loyalty.Engine.Intake;
using Loyalty.LocalHost.Time;
using NodaTime;

namespace Loyalty.Functions.Tests.Simulation;

/// <summary>Canonical events that arrive at the host's intake at their moments of virtual time.</summary>
internal sealed class GeneratedArrivals(HostClock clock, IntakeService intake) : IMomentSource
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<CanonicalEvent, (Instant, int)> _events = new();
    private int _order;

    public Exception? Failure { get; private set; }

    public void Add(IEnumerable<CanonicalEvent> events)
    {
        lock (_gate)
        {
            foreach (var e in events) _events.Enqueue(e, (e.ReceivedAt, _order++));
        }

        clock.Pulse();
    }

    public Instant? NextMoment()
    {
        lock (_gate) return _events.TryPeek(out _, out var at) ? at.Item1 : null;
    }

    public void Fire(Instant now)
    {
        var due = new List<CanonicalEvent>();
        lock (_gate)
        {
            while (_events.TryPeek(out var e, out _) && e.ReceivedAt <= now) due.Add(_events.Dequeue());
        }

        if (due.Count == 0) return;
        var busy = clock.Busy("generated events");
        _ = Task.Run(async () =>
        {
            using (busy)
            {
                try
                {
                    foreach (var e in due) await intake.AcceptAsync(e, IntakeKeys.MessageId(e), IntakeKeys.SessionId(e));
                }
                catch (Exception failure)
                {
                    Failure ??= failure;
                }
            }
        });
    }
}
