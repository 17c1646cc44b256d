using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Journeys;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using NodaTime;

namespace Loyalty.Functions.Tests.Simulation;

/// <summary>
/// The host's tallies of adaptive splits, with what each moment's turns were told: the facts from which the simulation must choose the same arms. The
/// feature program's split has learned something before, so that its declared shares are left behind from the first person on.
/// </summary>
internal sealed class TallyRecorder(ArmTallies inner, IClock clock) : IArmTallies
{
    private static readonly ImmutableArray<ArmTally> Before = [new("extra", 40, 11), new("soft", 40, 9)];
    private readonly ConcurrentDictionary<(string Journey, int Version, Instant At), ConcurrentDictionary<string, ImmutableDictionary<string, ImmutableArray<ArmTally>>>> _told = new();

    /// <summary>Moments that were told something else twice (a turn read while another counted), or that the host did not ask at.</summary>
    public int Unclear { get; private set; }

    /// <summary>Moments whose turns were told of enough trials for the split to leave its declared shares.</summary>
    public int Informed => _told.Values.Count(static told => told.Values.Any(static splits => splits.Values.Any(static arms =>
        arms.Length > 1 && arms.All(static arm => arm.Given >= ThompsonSampling.TrialsPerArm))));

    public async Task<ImmutableDictionary<string, ImmutableArray<ArmTally>>> ReadAsync(string journey, int version, CancellationToken cancellation = default)
    {
        var at = clock.GetCurrentInstant();
        var splits = Add(await inner.ReadAsync(journey, version, cancellation));
        var text = Encoding.UTF8.GetString(LoyaltyJson.Write(splits.ToImmutableSortedDictionary(StringComparer.Ordinal)));
        _told.GetOrAdd((journey, version, at), static _ => new(StringComparer.Ordinal))[text] = splits;
        return splits;
    }

    public Task AddAsync(RunState run, RunEffect.Tally tally, CancellationToken cancellation = default) => inner.AddAsync(run, tally, cancellation);

    private static ImmutableDictionary<string, ImmutableArray<ArmTally>> Add(ImmutableDictionary<string, ImmutableArray<ArmTally>> splits)
    {
        var own = splits.GetValueOrDefault(FeatureProgram.AdaptiveSplit, []);
        return splits.SetItem(FeatureProgram.AdaptiveSplit, [.. Before.Select(arm => own.FirstOrDefault(one => one.Arm == arm.Arm) is { } more
            ? new ArmTally(arm.Arm, arm.Given + more.Given, arm.Goals + more.Goals)
            : arm)]);
    }

    /// <summary>What the host's turns of this moment were told.</summary>
    public ImmutableDictionary<string, ImmutableArray<ArmTally>> Told(string journey, int version, Instant at)
    {
        if (_told.TryGetValue((journey, version, at), out var told) && told.Count == 1) return told.Values.Single();
        Unclear++;
        return ImmutableDictionary<string, ImmutableArray<ArmTally>>.Empty;
    }
}
