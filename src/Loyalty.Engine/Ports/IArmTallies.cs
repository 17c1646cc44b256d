using System.Collections.Immutable;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Ports;

/// <summary>What adaptive splits have learned, by version of a journey.</summary>
public interface IArmTallies
{
    /// <summary>How the arms of each split of a version have done; a split nobody came to is left out.</summary>
    Task<ImmutableDictionary<string, ImmutableArray<ArmTally>>> ReadAsync(string journey, int version, CancellationToken cancellation = default);

    /// <summary>Counts one, once: the same key twice is one.</summary>
    Task AddAsync(RunState run, RunEffect.Tally tally, CancellationToken cancellation = default);
}
