namespace Loyalty.CosmosGateway;

/// <summary>How a call goes wrong.</summary>
public enum Fault
{
    /// <summary>429 with a time to wait (1 ms): nothing is done.</summary>
    Throttled,

    /// <summary>503: nothing is done.</summary>
    Unavailable,

    /// <summary>449, retry with: nothing is done.</summary>
    RetryWith,

    /// <summary>412: nothing is done.</summary>
    PreconditionFailed,

    /// <summary>The connection breaks before the call arrives.</summary>
    BrokenBefore,

    /// <summary>The call is done, then the connection breaks.</summary>
    BrokenAfter,

    /// <summary>The call is done, the answer is 408.</summary>
    TimedOutAfter,
}

/// <summary>Which calls go wrong. Planned ones come first, in order; then chance, by a seed.</summary>
public sealed class Faults
{
    private readonly Lock _gate = new();
    private readonly List<(string Operation, Fault Fault)> _planned = [];
    private Random? _random;
    private int _oneIn;

    /// <summary>How many have been dealt out.</summary>
    public int Dealt { get; private set; }

    /// <summary>The next calls of an operation (<c>create</c>, <c>replace</c>, <c>upsert</c>, <c>delete</c>, <c>patch</c>, <c>read</c>, <c>batch</c>, <c>query</c>, <c>feed</c>; <c>*</c>: any) go wrong.</summary>
    public void Plan(string operation, Fault fault, int times = 1)
    {
        lock (_gate) _planned.AddRange(Enumerable.Repeat((operation, fault), times));
    }

    /// <summary>One call in so many goes wrong, of the kinds that a correct client survives.</summary>
    public void Randomly(int seed, int oneIn)
    {
        lock (_gate) (_random, _oneIn) = (new Random(seed), oneIn);
    }

    internal Fault? Next(string operation)
    {
        lock (_gate)
        {
            int at = _planned.FindIndex(one => one.Operation == operation || one.Operation == "*");
            if (at >= 0)
            {
                var fault = _planned[at].Fault;
                _planned.RemoveAt(at);
                Dealt++;
                return fault;
            }

            if (_random is null || _random.Next(_oneIn) != 0) return null;
            Dealt++;
            Fault[] survivable = [Fault.Throttled, Fault.Unavailable, Fault.RetryWith, Fault.BrokenBefore, Fault.BrokenAfter, Fault.TimedOutAfter];
            return survivable[_random.Next(survivable.Length)];
        }
    }
}
