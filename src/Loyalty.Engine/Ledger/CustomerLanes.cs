using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Loyalty.Engine.Ledger;

/// <summary>
/// One lane per customer: requests for one customer that wait at the same time are decided one after the other in memory and committed together, so that a
/// busy customer costs one commit for many and nobody loses a race against the neighbour in the same process. Other processes are met at the commit.
/// </summary>
/// <typeparam name="TWork">A request.</typeparam>
/// <typeparam name="TAnswer">What becomes of it.</typeparam>
/// <param name="workOff">Answers or fails each of them; it does not throw.</param>
/// <param name="most">Requests that are worked off together.</param>
internal sealed class CustomerLanes<TWork, TAnswer>(Func<string, IReadOnlyList<TWork>, Task> workOff, int most)
    where TWork : LaneWork<TAnswer>
{
    private readonly ConcurrentDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    /// <summary>
    /// Queues a request; who finds the lane empty works it off, on the thread it came on, and has its answer without a change of thread: what came meanwhile
    /// goes on without whoever came first.
    /// </summary>
    public Task<TAnswer> SubmitAsync(string customerId, TWork work)
    {
        while (true)
        {
            var lane = _lanes.GetOrAdd(customerId, static _ => new Lane());
            lock (lane)
            {
                if (lane.IsClosed) continue;
                if (lane.IsBusy)
                {
                    (lane.Waiting ??= new Queue<TWork>()).Enqueue(work);
                    return work.AnsweredByOthersAsync();
                }

                lane.IsBusy = true;
            }

            return FirstAsync(customerId, lane, work);
        }
    }

    private async Task<TAnswer> FirstAsync(string customerId, Lane lane, TWork work)
    {
        try
        {
            await workOff(customerId, [work]);
        }
        finally
        {
            if (Take(customerId, lane) is { } batch) _ = Task.Run(() => DrainAsync(customerId, lane, batch));
        }

        return work.Outcome();
    }

    private async Task DrainAsync(string customerId, Lane lane, List<TWork>? batch)
    {
        while (batch is not null)
        {
            await workOff(customerId, batch);
            batch = Take(customerId, lane);
        }
    }

    /// <summary>What waits; null: nothing, the lane is closed.</summary>
    private List<TWork>? Take(string customerId, Lane lane)
    {
        lock (lane)
        {
            if (lane.Waiting is not { Count: > 0 } waiting)
            {
                lane.IsClosed = true;
                _lanes.TryRemove(customerId, out _);
                return null;
            }

            var batch = new List<TWork>(Math.Min(most, waiting.Count));
            while (batch.Count < most && waiting.TryDequeue(out var work)) batch.Add(work);
            return batch;
        }
    }

    private sealed class Lane
    {
        /// <summary>null: nobody came yet; most lanes serve one request.</summary>
        public Queue<TWork>? Waiting { get; set; }
        public bool IsBusy { get; set; }
        public bool IsClosed { get; set; }
    }
}

/// <summary>A request in a lane, with its answer to come.</summary>
internal abstract record LaneWork<TAnswer>
{
    private TaskCompletionSource<TAnswer>? _others;
    private TAnswer? _answer;
    private Exception? _failure;

    /// <summary>Who works it off tells what became of it.</summary>
    public void Answer(TAnswer answer)
    {
        _answer = answer;
        _others?.TrySetResult(answer);
    }

    /// <summary>Nothing can be told of it; one that is answered already stays so.</summary>
    public void Fail(Exception failure)
    {
        if (_answer is not null) return;
        _failure = failure;
        _others?.TrySetException(failure);
    }

    /// <summary>Before somebody else takes it up.</summary>
    internal Task<TAnswer> AnsweredByOthersAsync() => (_others = new TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Once it is worked off.</summary>
    internal TAnswer Outcome()
    {
        if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
        return _answer ?? throw new InvalidOperationException("A request was worked off without an answer.");
    }
}
