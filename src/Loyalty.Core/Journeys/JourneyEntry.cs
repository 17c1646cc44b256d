using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>What a trigger does; a closed set.</summary>
public abstract record EntryDecision
{
    private EntryDecision()
    {
    }

    /// <summary>A run begins; its first turn is due at once.</summary>
    public sealed record Start(RunState Run) : EntryDecision;

    /// <summary>The old run ends by <see cref="RunSignal.Ended"/> with <see cref="RunOutcomes.Restarted"/>, a new one begins.</summary>
    public sealed record Restart(string OldRunId, RunState Run) : EntryDecision;

    /// <summary>The live run gets this signal.</summary>
    public sealed record Refresh(string RunId, RunSignal.Refreshed Signal) : EntryDecision;

    /// <summary>Nothing happens.</summary>
    public sealed record Ignored(string KeyValue, EntryRefusal Reason) : EntryDecision;
}

/// <summary>Why a trigger started nothing.</summary>
public enum EntryRefusal
{
    /// <summary>The journey does not start on this event.</summary>
    NotATrigger,

    /// <summary>Older than <c>max-age</c>.</summary>
    Stale,

    /// <summary>The <c>when</c> does not hold.</summary>
    When,

    /// <summary>The key is unset.</summary>
    NoKey,

    /// <summary>This very trigger has started a run already.</summary>
    Duplicate,

    /// <summary>A run of this key lives (<c>if-inside: ignore</c>).</summary>
    Inside,

    /// <summary><c>again</c> forbids it.</summary>
    Again,

    /// <summary>An exit holds already.</summary>
    ExitAlreadyTrue,

    /// <summary>The customer has as many live runs as one may have.</summary>
    TooManyRuns,
}

/// <summary>Decides whether a trigger starts a run. Pure and total.</summary>
public static class JourneyEntry
{
    /// <summary>Live runs of one subject, at most.</summary>
    public const int MaxLiveRuns = 20;

    /// <summary>Values of a list-valued key that start runs, at most.</summary>
    public const int MaxKeys = 20;

    /// <summary>The run's identity: the same trigger can never start two.</summary>
    public static string RunId(string customerId, string journey, string keyValue, string entryId) =>
        Hashing.Id(26, "run", customerId, journey, keyValue, entryId);

    /// <summary>One decision per value of the key; one <see cref="EntryDecision.Ignored"/> where nothing may start at all.</summary>
    /// <param name="definition">The live version.</param>
    /// <param name="customerId">Whose event it is.</param>
    /// <param name="trigger">The event.</param>
    /// <param name="attributes">The customer and program: full path → value.</param>
    /// <param name="previous">Entries of this customer into this journey, finished ones included, in any order.</param>
    /// <param name="live">All live runs of this customer.</param>
    /// <param name="zone">The customer's zone, else the program's.</param>
    /// <param name="now">The clock.</param>
    public static ImmutableArray<EntryDecision> Decide(
        JourneyDefinition definition,
        string customerId,
        Occurrence trigger,
        Func<string, AttributeValue> attributes,
        IReadOnlyCollection<PreviousEntry> previous,
        IReadOnlyCollection<LiveRun> live,
        DateTimeZone zone,
        Instant now)
    {
        var enter = definition.Enter;
        AttributeValue Look(string path) => path.StartsWith("event.", StringComparison.Ordinal)
            ? RunPaths.Of(trigger, path[6..])
            : path.StartsWith("entry.", StringComparison.Ordinal) ? RunPaths.Of(trigger, path[6..]) : attributes(path);

        if (!enter.Events.Contains(trigger.Type)) return Ignored("", EntryRefusal.NotATrigger);
        if (enter.MaxAge.After(trigger.At, zone) < now) return Ignored("", EntryRefusal.Stale);
        if (enter.When is { } when && !when.Holds(Look, now, zone)) return Ignored("", EntryRefusal.When);
        var keys = Keys(enter.Key, customerId, Look);
        if (keys.IsEmpty) return Ignored("", EntryRefusal.NoKey);
        foreach (var exit in definition.Exits)
        {
            if (exit.Events.IsEmpty && exit.When!.Holds(Look, now, zone))
                return Ignored("", EntryRefusal.ExitAlreadyTrue);
        }

        var lives = live.Count;
        var decisions = ImmutableArray.CreateBuilder<EntryDecision>();
        foreach (var key in keys)
        {
            var decision = DecideKey(definition, customerId, key, trigger, previous, live, lives, zone, now);
            if (decision is EntryDecision.Start) lives++;
            decisions.Add(decision);
        }

        return decisions.ToImmutable();
    }

    private static ImmutableArray<EntryDecision> Ignored(string key, EntryRefusal reason) =>
        [new EntryDecision.Ignored(key, reason)];

    private static ImmutableArray<string> Keys(string key, string customerId, Func<string, AttributeValue> look)
    {
        if (key == "customer") return [customerId];
        return look(key) switch
        {
            AttributeValue.Text { Value.Length: > 0 } text => [text.Value],
            AttributeValue.Number number => [number.Value.ToString("0.##########", System.Globalization.CultureInfo.InvariantCulture)],
            AttributeValue.List { Values.IsDefaultOrEmpty: false } list =>
                [.. list.Values.Where(v => v.Length > 0).Distinct(StringComparer.Ordinal).Take(MaxKeys)],
            _ => [],
        };
    }

    private static EntryDecision DecideKey(
        JourneyDefinition definition,
        string customerId,
        string key,
        Occurrence trigger,
        IReadOnlyCollection<PreviousEntry> previous,
        IReadOnlyCollection<LiveRun> live,
        int lives,
        DateTimeZone zone,
        Instant now)
    {
        var run = NewRun(definition, customerId, key, trigger);
        if (previous.Any(p => p.RunId == run.RunId) || live.Any(l => l.RunId == run.RunId))
            return new EntryDecision.Ignored(key, EntryRefusal.Duplicate);
        if (live.FirstOrDefault(l => l.Journey == definition.Name && l.Key == key) is { } inside)
        {
            return definition.Enter.IfInside switch
            {
                IfInside.Restart => new EntryDecision.Restart(inside.RunId, run),
                IfInside.Refresh => new EntryDecision.Refresh(inside.RunId, new RunSignal.Refreshed(trigger)),
                _ => new EntryDecision.Ignored(key, EntryRefusal.Inside),
            };
        }

        var mayEnter = definition.Enter.Again switch
        {
            AgainRule.Never => !previous.Any(p => p.Key == key),
            AgainRule.AfterEntry after => !previous.Any(
                p => p.Key == key && after.Span.After(p.At, zone) > trigger.At),
            _ => true,
        };
        if (!mayEnter) return new EntryDecision.Ignored(key, EntryRefusal.Again);
        return lives >= MaxLiveRuns ? new EntryDecision.Ignored(key, EntryRefusal.TooManyRuns) : new EntryDecision.Start(run);
    }

    private static RunState NewRun(JourneyDefinition definition, string customerId, string key, Occurrence trigger) => new()
    {
        RunId = RunId(customerId, definition.Name, key, trigger.Id),
        CustomerId = customerId,
        Journey = definition.Name,
        Version = definition.Version,
        KeyValue = key,
        Entry = trigger,
        EnteredAt = trigger.At,
        IsHeldOut = JourneyDraw.IsHeldOut(definition, customerId),
    };
}
