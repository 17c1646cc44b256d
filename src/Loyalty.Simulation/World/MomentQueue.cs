namespace Loyalty.Simulation.World;

/// <summary>What happens to a customer by itself at a moment.</summary>
internal enum MomentKind
{
    /// <summary>An event arrives.</summary>
    Event,

    /// <summary>A hand begins, or was told that something came.</summary>
    Hand,

    /// <summary>The timer of a hand fires.</summary>
    Timer,

    /// <summary>The due scan of a minute.</summary>
    Sweep,

    /// <summary>An audience enters.</summary>
    Audience,
}

/// <param name="Ticks">When, as Unix ticks.</param>
/// <param name="Order">Of one instant, the first that was added comes first.</param>
/// <param name="Kind">What.</param>
/// <param name="Subject">The event, or the run's id.</param>
/// <param name="Number">The generation of a hand, the number of its timer, or the place among the audiences.</param>
internal readonly record struct Moment(long Ticks, int Order, MomentKind Kind, object? Subject, int Number);

/// <summary>Moments, earliest first: a binary heap that is used again for each customer.</summary>
internal sealed class MomentQueue
{
    private Moment[] _heap = new Moment[64];
    private int _count;
    private int _order;

    public void Clear()
    {
        Array.Clear(_heap, 0, _count);
        _count = 0;
        _order = 0;
    }

    public void Add(long ticks, MomentKind kind, object? subject, int number)
    {
        if (_count == _heap.Length) Array.Resize(ref _heap, _count * 2);
        var added = new Moment(ticks, _order++, kind, subject, number);
        var at = _count++;
        while (at > 0 && IsBefore(added, _heap[(at - 1) / 2]))
        {
            _heap[at] = _heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }

        _heap[at] = added;
    }

    public bool TryTake(long until, out Moment moment)
    {
        if (_count == 0 || _heap[0].Ticks > until)
        {
            moment = default;
            return false;
        }

        moment = _heap[0];
        var last = _heap[--_count];
        _heap[_count] = default;
        if (_count == 0) return true;
        var at = 0;
        while (true)
        {
            var child = at * 2 + 1;
            if (child >= _count) break;
            if (child + 1 < _count && IsBefore(_heap[child + 1], _heap[child])) child++;
            if (!IsBefore(_heap[child], last)) break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
        return true;
    }

    private static bool IsBefore(in Moment one, in Moment other) =>
        one.Ticks != other.Ticks ? one.Ticks < other.Ticks : one.Order < other.Order;
}
