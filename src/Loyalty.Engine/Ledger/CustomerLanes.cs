using System.Collections.Concurrent;

namespace Loyalty.Engine.Ledger;

/// <summary>
/// One lane per customer: requests for one customer that wait at the same time are decided one after the other in memory and committed together, so that a
/// busy customer costs one commit for many and nobody loses a race against the neighbour in the same process. Other processes are met at the commit.
/// </summary>
/// <typeparam name="TWork">A request with its answer to come.</typeparam>
internal sealed class CustomerLanes<TWork>(Func<string, IReadOnlyList<TWork>, Task> workOff, int most)
{
    private readonly ConcurrentDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    /// <summary>
    /// Queues a request; who finds the lane empty works it off, on the thread it came on. Done at once for one that others work off, else when the request is
    /// worked off: what came meanwhile goes on without whoever came first.
    /// </summary>
    public Task SubmitAsync(string customerId, TWork work)
    {
        while (true)
        {
            var lane = _lanes.GetOrAdd(customerId, static _ => new Lane());
            lock (lane)
            {
                if (lane.IsClosed) continue;
                if (lane.IsBusy)
                {
                    lane.Waiting.Enqueue(work);
                    return Task.CompletedTask;
                }

                lane.IsBusy = true;
            }

            return FirstAsync(customerId, lane, work);
        }
    }

    private async Task FirstAsync(string customerId, Lane lane, TWork work)
    {
        try
        {
            await workOff(customerId, [work]);
        }
        finally
        {
            if (Take(customerId, lane) is { } batch) _ = Task.Run(() => DrainAsync(customerId, lane, batch));
        }
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
            if (lane.Waiting.Count == 0)
            {
                lane.IsClosed = true;
                _lanes.TryRemove(customerId, out _);
                return null;
            }

            var batch = new List<TWork>(Math.Min(most, lane.Waiting.Count));
            while (batch.Count < most && lane.Waiting.TryDequeue(out var work)) batch.Add(work);
            return batch;
        }
    }

    private sealed class Lane
    {
        public Queue<TWork> Waiting { get; } = new();
        public bool IsBusy { get; set; }
        public bool IsClosed { get; set; }
    }
}
