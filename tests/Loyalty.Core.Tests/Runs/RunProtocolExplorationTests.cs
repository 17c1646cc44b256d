using Loyalty.Core.Runs;
using NodaTime;
using Xunit.Abstractions;

namespace Loyalty.Core.Tests.Runs;

/// <summary>
/// Every order of everything: two events, up to two faults (a crashed instance, a lost result, a lost start, a lost poke) at any point, a sweep
/// at any moment, four generations; time passes when nothing else can move and, as a slow hand, also when something could. From every world that can be reached, the healthy system alone must bring the run home.
/// </summary>
public sealed class RunProtocolExplorationTests(ITestOutputHelper output)
{
    private static readonly Duration LatenessAllowed = Duration.FromMinutes(3);

    [Theory]
    [InlineData(2, 1)]
    [InlineData(0, 2)]
    public void Explore_AllParts_EveryEventOnceEveryMessageOnceNothingSleepsNothingIsLeft(int faults, int delays)
    {
        var found = Explore(RunProtocolParts.All, faults, delays, out var worlds);
        output.WriteLine($"{worlds} worlds explored");
        Assert.Null(found);
        Assert.True(worlds > 10_000, $"only {worlds} worlds: the exploration has lost its moves");
    }

    [Fact]
    public void Explore_WithoutClaim_MessageGoesTwice() =>
        Assert.Contains("handed over 2 times", Explore(RunProtocolParts.All & ~RunProtocolParts.Claim, 2, 1, out _), StringComparison.Ordinal);

    [Fact]
    public void Explore_WithoutWakeWhileOutboxOpen_CrashInDeliveryStrandsTheRun() =>
        Assert.Contains("item is open", Explore(RunProtocolParts.All & ~RunProtocolParts.WakeWhileOutboxOpen, 2, 1, out _), StringComparison.Ordinal);

    [Fact]
    public void Explore_WithoutWakeOnAppend_LostPokeLetsTheEventSleep() =>
        Assert.Contains("signal sleeps", Explore(RunProtocolParts.All & ~RunProtocolParts.WakeOnAppend, 2, 1, out _), StringComparison.Ordinal);

    [Fact]
    public void Explore_WithoutNewGenerationAtPark_StartMeetsTheEndingInstance() =>
        Assert.Contains("without any fault", Explore(RunProtocolParts.All & ~RunProtocolParts.NewGenerationAtPark, 0, 1, out _), StringComparison.Ordinal);

    /// <returns>The first violation found, or null.</returns>
    private static string? Explore(RunProtocolParts parts, int faults, int delays, out int worlds)
    {
        var start = ProtocolWorld.Start(new RunProtocolSettings { Parts = parts });
        var seen = new HashSet<string> { start.Key() };
        var open = new Stack<ProtocolWorld>([start]);
        while (open.TryPop(out var world))
        {
            worlds = seen.Count;
            if (Violation(world) is { } violation) return violation + "\n" + world.Key();
            foreach (var step in Next(world, faults, delays))
            {
                var next = step.Reduced();
                if (seen.Add(next.Key())) open.Push(next);
            }
        }

        worlds = seen.Count;
        return null;
    }

    private static IEnumerable<ProtocolWorld> Next(ProtocolWorld world, int faults, int delays)
    {
        foreach (var next in ProtocolSteps.Healthy(world)) yield return next;
        if (world.Faults < faults)
        {
            foreach (var next in ProtocolSteps.Faulty(world)) yield return next;
        }

        if (ProtocolSteps.Tick(world) is not { } later) yield break;
        var isSlow = !world.Announcements.IsEmpty || Enumerable.Range(0, world.Hands.Count).Any(hand => ProtocolSteps.Move(world, hand) is not null);
        if (!isSlow) yield return later;
        else if (world.Delays < delays) yield return later with { Delays = world.Delays + 1 };
    }


    private static string? Violation(ProtocolWorld world)
    {
        var document = world.Document;
        if (Doubled(world) is { } doubled) return doubled;
        if (document.Status == RunStatus.Finished && (document.HasOpenItems || !document.Inbox.IsEmpty)) return "finished with work left";
        if (document.Status is not (RunStatus.Finished or RunStatus.Held) && document.WakeAt is null) return "a live run has no wakeAt";
        return Homecoming(world);
    }

    /// <summary>No more faults: the run must come home, in time.</summary>
    private static string? Homecoming(ProtocolWorld world)
    {
        var calm = ToRest(world);
        if (world.Faults == 0 && !calm.Document.Inbox.IsEmpty) return "a signal sleeps without any fault";
        var start = calm.Now;
        for (var rounds = 0; rounds < 60; rounds++)
        {
            var document = calm.Document;
            if (Doubled(calm) is { } doubled) return doubled;
            if (document.Status == RunStatus.Finished) return calm.EventsApplied < ProtocolWorld.Events || AllHome(calm) ? null : "an event was lost";
            if (ProtocolSteps.Tick(calm) is not { } later) return "the run sleeps for ever";
            if (document.Inbox.IsEmpty && !document.HasOpenItems) start = later.Now;
            if (!document.Inbox.IsEmpty && later.Now - start > LatenessAllowed) return $"a signal sleeps {later.Now - start}";
            if (document.HasOpenItems && later.Now - start > Duration.FromMinutes(10)) return $"an item is open {later.Now - start}";
            calm = ToRest(later);
        }

        return "the run does not come home in 60 moments";
    }

    private static string? Doubled(ProtocolWorld world)
    {
        foreach (var (item, count) in world.HandedOver)
        {
            if (count > 1) return $"{item} was handed over {count} times";
        }

        foreach (var (id, count) in world.Taken)
        {
            if (count > 1) return $"{id} was taken {count} times";
        }

        return null;
    }

    private static bool AllHome(ProtocolWorld world) =>
        world.Taken.Count == ProtocolWorld.Events && world.Taken.Values.All(count => count == 1)
        && world.HandedOver.Count == 2 && world.HandedOver.Values.All(count => count == 1);

    /// <summary>Everything enabled is done, in a fixed order, without time passing; the sweep comes when nothing else can move.</summary>
    private static ProtocolWorld ToRest(ProtocolWorld world)
    {
        for (var steps = 0; steps < 400; steps++)
        {
            var next = NextAtRest(world);
            if (next is null) return world;
            world = next;
        }

        throw new InvalidOperationException("The healthy system does not come to rest: " + world.Key());
    }

    private static ProtocolWorld? NextAtRest(ProtocolWorld world)
    {
        if (!world.Announcements.IsEmpty) return ProtocolSteps.Announce(world, 0);
        for (var i = 0; i < world.Hands.Count; i++)
        {
            if (ProtocolSteps.Move(world, i) is { } moved) return moved;
        }

        return ProtocolSteps.Sweep(world);
    }
}
