using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Core.Tests.Runs;

/// <summary>The moves of the world: what a healthy system may do next, what a fault may do, and how time passes.</summary>
internal static class ProtocolSteps
{
    public const int Generations = 4;

    /// <summary>Everything the healthy system can do now without time passing, each a different order of events.</summary>
    public static IEnumerable<ProtocolWorld> Healthy(ProtocolWorld world)
    {
        for (var i = 0; i < world.Announcements.Count; i++) yield return Announce(world, i);
        for (var i = 0; i < world.Hands.Count; i++)
        {
            if (Move(world, i) is { } next) yield return next;
        }

        if (world.EventsApplied < ProtocolWorld.Events) yield return ApplyEvent(world);
        if (world.Document.Gen < Generations && Sweep(world) is { } swept) yield return swept;
    }

    /// <summary>Each single fault at this point.</summary>
    public static IEnumerable<ProtocolWorld> Faulty(ProtocolWorld world)
    {
        var hurt = world with { Faults = world.Faults + 1 };
        for (var i = 0; i < world.Announcements.Count; i++)
            yield return hurt with { Announcements = world.Announcements.RemoveAt(i) }; // lost start, lost poke
        for (var i = 0; i < world.Hands.Count; i++)
        {
            yield return hurt.Without(i); // crash: the instance is gone
            var hand = world.Hands[i];
            if (hand.Phase == Phase.AdvanceDone) yield return hurt.With(i, hand with { Phase = Phase.Advance }); // lost result
            if (hand.Phase is Phase.Call or Phase.Ask or Phase.Settle) yield return hurt.With(i, hand with { Phase = Phase.Claim });
        }
    }

    /// <summary>The clock goes to the next moment anybody waits for; null if there is none.</summary>
    public static ProtocolWorld? Tick(ProtocolWorld world)
    {
        Instant? next = null;
        foreach (var moment in Moments(world))
        {
            if (moment > world.Now && (next is null || moment < next)) next = moment;
        }

        return next is { } at ? world with { Now = at } : null;
    }

    private static IEnumerable<Instant> Moments(ProtocolWorld world)
    {
        if (world.Document.WakeAt is { } wakeAt) yield return wakeAt;
        foreach (var hand in world.Hands)
        {
            if (hand.Phase == Phase.Wait && hand.Until is { } until) yield return until;
        }
    }

    public static ProtocolWorld ApplyEvent(ProtocolWorld world)
    {
        var number = world.EventsApplied + 1;
        var signal = new RunSignal.Occurred(StubJourney.Event(number, world.Now));
        var (document, announcement) = RunProtocol.Append(world.Document, signal, world.Now, world.Settings);
        var next = world.Commit(document) with { EventsApplied = number, AppendedAt = world.AppendedAt.Add(world.Now) };
        if (document.Status == RunStatus.Finished) return next with { Taken = world.Taken.Add($"e{number}", 1) };
        return announcement == Announcement.None ? next : next with { Announcements = world.Announcements.Add((announcement, document.Gen)) };
    }

    public static ProtocolWorld? Sweep(ProtocolWorld world) =>
        RunProtocol.ClaimDue(world.Document, world.Now, world.Settings) is { } claimed
            ? world.Commit(claimed) with { Hands = world.Hands.Add(new Hand(claimed.Gen, true, Phase.Advance)) }
            : null;

    public static ProtocolWorld Announce(ProtocolWorld world, int index)
    {
        var (what, gen) = world.Announcements[index];
        var told = world with { Announcements = world.Announcements.RemoveAt(index) };
        if (what == Announcement.Start) return StartInstance(told, gen);
        var hand = told.Hands.FindIndex(one => one.Gen == gen && !one.IsSweep && one.Phase != Phase.Ending);
        return hand < 0 ? told : told.With(hand, told.Hands[hand] with { IsPoked = true });
    }

    private static ProtocolWorld StartInstance(ProtocolWorld world, int gen) =>
        world.StartedGens.Contains(gen)
            ? world
            : world with { StartedGens = world.StartedGens.Add(gen), Hands = world.Hands.Add(new Hand(gen, false, Phase.Advance)) };

    public static ProtocolWorld? Move(ProtocolWorld world, int index)
    {
        var hand = world.Hands[index];
        return hand.Phase switch
        {
            Phase.Advance => Advance(world, index, hand),
            Phase.AdvanceDone => AfterAdvance(world, index, hand),
            Phase.Claim => Claim(world, index, hand),
            Phase.Call => Call(world, index, hand),
            Phase.Ask => Ask(world, index, hand),
            Phase.Settle => Settle(world, index, hand),
            Phase.Wait when hand.IsPoked || hand.Until <= world.Now =>
                world.With(index, hand with { Phase = Phase.Advance, IsPoked = false, Until = null }),
            Phase.Ending => world.Without(index),
            _ => null,
        };
    }

    private static ProtocolWorld Advance(ProtocolWorld world, int index, Hand hand)
    {
        var inbox = world.Document.Inbox;
        var outcome = RunProtocol.Advance(
            world.Document, hand.Gen, world.Now, (run, signals) => StubJourney.Decide(run, signals, world.Now), world.Settings);
        if (outcome is not TurnOutcome.Turned turned) return world.With(index, hand with { Phase = Phase.Ending });
        var next = world.Commit(turned.Document).With(index, hand with { Phase = Phase.AdvanceDone });
        foreach (var signal in inbox.OfType<RunSignal.Occurred>())
        {
            var id = signal.Event.Id;
            var late = world.Now - world.AppendedAt[id[1] - '1'];
            next = next with
            {
                Taken = next.Taken.SetItem(id, next.Taken.GetValueOrDefault(id) + 1),
                WorstLateness = late > next.WorstLateness ? late : next.WorstLateness,
            };
        }

        return next;
    }

    /// <summary>The orchestrator goes on with what AdvanceRun answered (the document may have moved since: that is what the fence is for).</summary>
    private static ProtocolWorld AfterAdvance(ProtocolWorld world, int index, Hand hand)
    {
        var document = world.Document;
        if (document.Gen > hand.Gen || document.Status != RunStatus.Active) return world.With(index, hand with { Phase = Phase.Ending });
        var item = document.Outbox.FirstOrDefault(one => !one.IsSettled && one.DueAt(world.Now) <= world.Now);
        if (item is not null) return world.With(index, hand with { Phase = Phase.Claim, Item = item.Key });
        if (hand.IsSweep) return StartInstance(world.Without(index), hand.Gen);
        return world.With(index, hand with { Phase = Phase.Wait, Until = RunProtocol.NextMoment(document, world.Now), Item = null });
    }

    private static ProtocolWorld Claim(ProtocolWorld world, int index, Hand hand)
    {
        var again = hand with { Phase = Phase.Advance, Item = null };
        switch (RunProtocol.Claim(world.Document, hand.Item!, world.Now, world.Settings))
        {
            case ClaimOutcome.Claimed claimed:
                return world.Commit(claimed.Document).With(index, hand with { Phase = Phase.Call, ClaimedAt = world.Now });
            case ClaimOutcome.AskProvider: return world.With(index, hand with { Phase = Phase.Ask, AskedAt = world.Version });
            default: return world.With(index, again);
        }
    }

    private static ProtocolWorld Call(ProtocolWorld world, int index, Hand hand)
    {
        if (world.Now >= hand.ClaimedAt + world.Settings.ClaimLease / 2) return world.With(index, hand with { Phase = Phase.Claim });
        return (world with { HandedOver = world.HandedOver.SetItem(hand.Item!, world.HandedOver.GetValueOrDefault(hand.Item!) + 1) })
            .With(index, hand with { Phase = Phase.Settle });
    }

    private static ProtocolWorld Ask(ProtocolWorld world, int index, Hand hand)
    {
        if (world.HandedOver.ContainsKey(hand.Item!)) return world.With(index, hand with { Phase = Phase.Settle });
        if (hand.AskedAt != world.Version) return world.With(index, hand with { Phase = Phase.Claim });
        return world.Commit(RunProtocol.ClaimAnew(world.Document, hand.Item!, world.Now, world.Settings))
            .With(index, hand with { Phase = Phase.Call, ClaimedAt = world.Now });
    }

    private static ProtocolWorld Settle(ProtocolWorld world, int index, Hand hand)
    {
        var (document, announcement) = RunProtocol.SettleItem(world.Document, hand.Item!, "sent", null, "p", world.Now, world.Settings);
        var next = world.Commit(document).With(index, hand with { Phase = Phase.Advance, Item = null });
        if (announcement == Announcement.None || document.Gen == hand.Gen) return next;
        return next with { Announcements = next.Announcements.Add((announcement, document.Gen)) };
    }
}
