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

    /// <summary>Queues a request; who finds the lane empty works it off. Done when the lane that took it is done with it.</summary>
    public Task SubmitAsync(string customerId, TWork work)
    {
        while (true)
        {
            var lane = _lanes.GetOrAdd(customerId, static _ => new Lane());
            lock (lane)
            {
                if (lane.IsClosed) continue;
                lane.Waiting.Enqueue(work);
                if (lane.IsBusy) return Task.CompletedTask;
                lane.IsBusy = true;
            }

            return DrainAsync(customerId, lane);
        }
    }

    private async Task DrainAsync(string customerId, Lane lane)
    {
        // Whoever came first does not wait for all that come after: the answers are set by each batch.
        while (true)
        {
            var batch = new List<TWork>();
            lock (lane)
            {
                while (batch.Count < most && lane.Waiting.TryDequeue(out var work)) batch.Add(work);
                if (batch.Count == 0)
                {
                    lane.IsBusy = false;
                    lane.IsClosed = true;
                    _lanes.TryRemove(customerId, out _);
                    return;
                }
            }

            await workOff(customerId, batch);
        }
    }

    private sealed class Lane
    {
        public Queue<TWork> Waiting { get; } = new();
        public bool IsBusy { get; set; }
        public bool IsClosed { get; set; }
    }
}
