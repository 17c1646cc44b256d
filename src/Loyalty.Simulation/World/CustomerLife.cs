using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Engine.Storage;

namespace Loyalty.Simulation.World;

/// <summary>One customer to be played: who it is, what is known of the person, and what happens whatever the program does. Used again for the next.</summary>
public sealed class CustomerLife
{
    /// <summary>The program's id.</summary>
    public string CustomerId { get; set; } = "";

    /// <summary>Draws of this person's responses follow from it.</summary>
    public ulong Seed { get; set; }

    /// <summary>IANA zone of the person, for the hours in which responses come.</summary>
    public NodaTime.DateTimeZone Zone { get; set; } = NodaTime.DateTimeZone.Utc;

    /// <summary>Documents at the start; empty: nothing is known.</summary>
    public ImmutableArray<ObjectWrite> Known { get; set; } = [];

    /// <summary>What happened before the first moment: facts and points, no journey starts of it. Oldest first.</summary>
    public List<CanonicalEvent> Before { get; } = [];

    /// <summary>Events in order of <see cref="CanonicalEvent.ReceivedAt"/>.</summary>
    public List<CanonicalEvent> Events { get; } = [];

    /// <summary>Ready for the next person.</summary>
    public void Clear()
    {
        CustomerId = "";
        Known = [];
        Before.Clear();
        Events.Clear();
    }
}
