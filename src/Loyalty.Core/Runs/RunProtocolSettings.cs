using NodaTime;

namespace Loyalty.Core.Runs;

/// <summary>The protocol's times.</summary>
public sealed record RunProtocolSettings
{
    public static RunProtocolSettings Default { get; } = new();

    /// <summary>How long a lost start, poke, timer or orchestration may go unnoticed. Default 2 min.</summary>
    public Duration WakeSlack { get; init; } = Duration.FromMinutes(2);

    /// <summary>A wait longer than this is left to the due scan instead of a durable timer. Default 24 h.</summary>
    public Duration ParkLongerThan { get; init; } = Duration.FromHours(24);

    /// <summary>How long a claim excludes others; the provider is called only in its first half. Default 2 min.</summary>
    public Duration ClaimLease { get; init; } = Duration.FromMinutes(2);

    /// <summary>How long an unknown outcome waits for a delivery report. Default 24 h.</summary>
    public Duration UnknownWindow { get; init; } = Duration.FromHours(24);

    /// <summary>Whether runs keep a log of what was seen and chosen. Default true; a simulation that tells nobody's story goes without.</summary>
    public bool KeepsLog { get; init; } = true;

    /// <summary>The parts of the protocol; a test switches each off to show that it is necessary.</summary>
    internal RunProtocolParts Parts { get; init; } = RunProtocolParts.All;
}

/// <summary>What makes the protocol hold; each alone is necessary (tests/Loyalty.Core.Tests/Runs).</summary>
[Flags]
internal enum RunProtocolParts
{
    None = 0,

    /// <summary>A message is claimed before it is handed over. Without: it goes twice.</summary>
    Claim = 1,

    /// <summary><c>wakeAt</c> stays near while the outbox is open. Without: a crash in delivery strands the run.</summary>
    WakeWhileOutboxOpen = 2,

    /// <summary><c>wakeAt</c> comes near when a signal is appended. Without: a lost poke lets the event sleep.</summary>
    WakeOnAppend = 4,

    /// <summary>What leaves the parked state gets a new generation. Without: its start meets the ending instance and is lost.</summary>
    NewGenerationAtPark = 8,

    All = Claim | WakeWhileOutboxOpen | WakeOnAppend | NewGenerationAtPark,
}
