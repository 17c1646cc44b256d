using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>Tells the durable engine what was committed, then notes on the marker that it was told.</summary>
public sealed class Announcer(IDocumentStore store, IRunHands hands, IClock clock)
{
    /// <summary>Starts and pokes; each may be repeated safely.</summary>
    public Task TellAsync(string customerId, IReadOnlyList<RunAnnouncement> announcements, CancellationToken cancellation = default)
    {
        for (var i = 0; i < announcements.Count; i++)
        {
            var telling = TellAsync(customerId, announcements[i], cancellation);
            if (!telling.IsCompletedSuccessfully) return TellRestAsync(telling, customerId, announcements, i + 1, cancellation);
        }

        return Task.CompletedTask;
    }

    private async Task TellRestAsync(
        Task telling, string customerId, IReadOnlyList<RunAnnouncement> announcements, int from, CancellationToken cancellation)
    {
        await telling;
        for (var i = from; i < announcements.Count; i++) await TellAsync(customerId, announcements[i], cancellation);
    }

    private Task TellAsync(string customerId, RunAnnouncement one, CancellationToken cancellation)
    {
        var run = new RunReference(customerId, one.RunId, one.Gen);
        return one.What == Announcement.Start ? hands.StartAsync(run, cancellation) : hands.PokeAsync(run, cancellation);
    }

    /// <summary>Tells what a marker still has open, then closes it. A marker that is gone or closed is success.</summary>
    public async Task FinishMarkerAsync(string customerId, string markerId, CancellationToken cancellation = default)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        var marker = await session.ReadAsync<EventMarker>(markerId, cancellation);
        if (marker is null || marker.Open.IsEmpty) return;
        await TellAsync(customerId, marker.Open, cancellation);
        session.Put(markerId, Kinds.Marker, marker with { Open = [] }, expiresAt: Retention.Until(clock.GetCurrentInstant(), Retention.Markers));
        // Lost to another teller: what it told is the same.
        await session.CommitAsync(cancellation);
    }
}
