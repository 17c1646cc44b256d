using Loyalty.LocalHost.Time;
using NodaTime;

namespace Loyalty.LocalHost.Tests.Time;

/// <summary>A source whose moments a test lists; each fired moment runs an action.</summary>
internal sealed class TestSource : IMomentSource
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Action<Instant>, Instant> _moments = new();

    public List<Instant> Fired { get; } = [];

    public TestSource At(Instant moment, Action<Instant>? action = null)
    {
        lock (_gate)
        {
            _moments.Enqueue(action ?? (_ => { }), moment);
        }

        return this;
    }

    public Instant? NextMoment()
    {
        lock (_gate)
        {
            return _moments.TryPeek(out _, out Instant moment) ? moment : null;
        }
    }

    public void Fire(Instant now)
    {
        while (true)
        {
            Action<Instant> action;
            lock (_gate)
            {
                if (!_moments.TryPeek(out action!, out Instant moment) || moment > now)
                {
                    return;
                }

                _moments.Dequeue();
                Fired.Add(now);
            }

            action(now);
        }
    }
}
