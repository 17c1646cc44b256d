using System.Collections.Immutable;
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
    public Task TellAsync(string customerId, ImmutableList<RunAnnouncement> announcements, CancellationToken cancellation = default) =>
        announcements.IsEmpty ? Task.CompletedTask : TellAllAsync(customerId, announcements, cancellation);

    private async Task TellAllAsync(string customerId, ImmutableList<RunAnnouncement> announcements, CancellationToken cancellation)
    {
        for (var i = 0; i < announcements.Count; i++)
        {
            var one = announcements[i];
            var run = new RunReference(customerId, one.RunId, one.Gen);
            if (one.What == Announcement.Start) await hands.StartAsync(run, cancellation);
            else await hands.PokeAsync(run, cancellation);
        }
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
