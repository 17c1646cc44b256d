using System.Collections.Immutable;
using Loyalty.Core.Conditions;
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

    /// <summary>The key is unset, or longer than <see cref="JourneyEntry.MaxKeyLength"/>.</summary>
    NoKey,

    /// <summary>This very trigger has started a run already.</summary>
    Duplicate,

    /// <summary>A run of this key lives (<c>if-inside: ignore</c>, or a trigger that is older than the run's own).</summary>
    Inside,

    /// <summary><c>again</c> forbids it.</summary>
    Again,

    /// <summary>An exit holds already.</summary>
    ExitAlreadyTrue,

    /// <summary>The customer has as many live runs as one may have.</summary>
    TooManyRuns,

    /// <summary>The customer belongs to the program's holdout, and the journey has no goal to measure.</summary>
    GlobalHoldout,

    /// <summary>Journeys that started each other reached the bound on hops.</summary>
    CausalLoop,
}

/// <summary>What an entry depends on beside the journey, the trigger and the customer.</summary>
public sealed record EntryTerms
{
    /// <summary>A trigger that is an event, in a program without a holdout of its own.</summary>
    public static EntryTerms Default { get; } = new();

    /// <summary>The trigger is a start by hand, by another journey, by an audience or by enrolment: the journey's <c>event</c> is not asked.</summary>
    public bool IsDirect { get; init; }

    /// <summary>Imports and enrolments: an old trigger starts all the same.</summary>
    public bool IgnoresAge { get; init; }

    /// <summary>Asset id and name → value of <c>asset.*</c>; null: nothing is known of assets.</summary>
    public Func<string, string, AttributeValue>? Asset { get; init; }

    /// <summary>The share of customers whom no journey with a goal sends anything, 0 to 1.</summary>
    public decimal GlobalHoldout { get; init; }

    /// <summary>The recorded answer to this customer's holdout draw (<see cref="JourneyDraw.Held"/> or <see cref="JourneyDraw.Free"/>); null: not drawn yet.</summary>
    public string? KnownHoldout { get; init; }
}

/// <summary>Decides whether a trigger starts a run. Pure and total.</summary>
public static class JourneyEntry
{
    /// <summary>The type of the trigger of a run that another journey or a person started.</summary>
    public const string StartedType = "journey.started";

    /// <summary>The type of the trigger of a run that began because the customer belongs to an audience.</summary>
    public const string AudienceType = "journey.audience";

    /// <summary>The type of the trigger of a run that began when the journey was published with its existing subjects.</summary>
    public const string EnrolledType = "journey.enrolled";

    /// <summary>The ids of the things the customer has, as a list: what <c>key: asset</c> reads where the trigger names none.</summary>
    public const string HeldAssetsPath = "customer.assets";

    /// <summary>The <c>enter.key</c> of a journey with a run for each thing.</summary>
    public const string AssetKey = "asset";

    /// <summary>Live runs of one subject, at most.</summary>
    public const int MaxLiveRuns = 20;

    /// <summary>Values of a list-valued key that start runs, at most.</summary>
    public const int MaxKeys = 20;

    /// <summary>Characters of a key, at most: a customer's record keeps the keys of hundreds of entries.</summary>
    public const int MaxKeyLength = 500;

    /// <summary>The run's identity: the same trigger can never start two.</summary>
    public static string RunId(string customerId, string journey, string keyValue, string entryId) =>
        Hashing.Id(26, "run", customerId, journey, keyValue, entryId);

    /// <summary>One decision per value of the key; one <see cref="EntryDecision.Ignored"/> where nothing may start at all.</summary>
    /// <param name="definition">The live version.</param>
    /// <param name="customerId">Whose event it is.</param>
    /// <param name="trigger">The event.</param>
    /// <param name="attributes">The customer and program.</param>
    /// <param name="previous">Entries of this customer, finished ones included, into whatever journey, in any order.</param>
    /// <param name="live">All live runs of this customer.</param>
    /// <param name="zone">The customer's zone, else the program's.</param>
    /// <param name="now">The clock.</param>
    /// <param name="terms">null: <see cref="EntryTerms.Default"/>.</param>
    public static ImmutableArray<EntryDecision> Decide(
        JourneyDefinition definition,
        string customerId,
        Occurrence trigger,
        IAttributeSource attributes,
        ImmutableArray<PreviousEntry> previous,
        ImmutableArray<LiveRun> live,
        DateTimeZone zone,
        Instant now,
        EntryTerms? terms = null)
    {
        terms ??= EntryTerms.Default;
        var enter = definition.Enter;
        if (!terms.IsDirect && !enter.Events.Contains(trigger.Type)) return Ignored("", EntryRefusal.NotATrigger);
        if (trigger.Hops > Customers.CustomerLimits.Hops) return Ignored("", EntryRefusal.CausalLoop);
        var isGloballyHeldOut = !definition.Index.HasTransactional && JourneyDraw.IsGloballyHeldOut(terms.GlobalHoldout, customerId);
        if (isGloballyHeldOut && definition.Goal is null) return Ignored("", EntryRefusal.GlobalHoldout);
        if (!terms.IgnoresAge && enter.MaxAge.After(trigger.At, zone) < now) return Ignored("", EntryRefusal.Stale);
        var byAsset = enter.Key == AssetKey && terms.Asset is not null;
        var seen = new TriggerView(trigger, attributes);
        if (!byAsset && Unfit(definition, seen, zone, now) is { } unfit) return Ignored("", unfit);
        var keys = Keys(enter.Key, customerId, seen);
        if (keys.IsEmpty) return Ignored("", EntryRefusal.NoKey);

        var isHeldOut = isGloballyHeldOut || (terms.KnownHoldout is { } drawn ? drawn == JourneyDraw.Held && definition.Holdout > 0 : JourneyDraw.IsHeldOut(definition, customerId));
        var person = new EntryPerson(customerId, previous, live, isHeldOut);
        if (!byAsset && keys.Length == 1) return [DecideKey(definition, person, keys[0], trigger, live.Length, zone)];
        return DecideEach(definition, person, keys, seen, byAsset ? terms.Asset : null, zone, now);
    }

    private static ImmutableArray<EntryDecision> DecideEach(
        JourneyDefinition definition,
        EntryPerson person,
        ImmutableArray<string> keys,
        TriggerView seen,
        Func<string, string, AttributeValue>? asset,
        DateTimeZone zone,
        Instant now)
    {
        var lives = person.Live.Length;
        var decisions = ImmutableArray.CreateBuilder<EntryDecision>(keys.Length);
        foreach (var key in keys)
        {
            // What is asked about the thing is asked of each thing.
            if (asset is not null && Unfit(definition, new AttributeFunction(path => path.StartsWith("asset.", StringComparison.Ordinal) ? asset(key, path[6..]) : seen.Look(path)), zone, now) is { } misfit)
            {
                decisions.Add(new EntryDecision.Ignored(key, misfit));
                continue;
            }

            var decision = DecideKey(definition, person, key, seen.Trigger, lives, zone);
            if (decision is EntryDecision.Start) lives++;
            decisions.Add(decision);
        }

        return decisions.ToImmutable();
    }

    /// <summary>Why nothing may start: <c>when</c> does not hold, or an exit does already.</summary>
    private static EntryRefusal? Unfit(JourneyDefinition definition, IAttributeSource seen, DateTimeZone zone, Instant now)
    {
        if (definition.Enter.When is { } when && !when.Holds(seen, now, zone)) return EntryRefusal.When;
        foreach (var exit in definition.Exits)
        {
            if (exit.Events.IsEmpty && exit.When!.Holds(seen, now, zone)) return EntryRefusal.ExitAlreadyTrue;
        }

        return null;
    }

    private static ImmutableArray<EntryDecision> Ignored(string key, EntryRefusal reason) =>
        [new EntryDecision.Ignored(key, reason)];

    private static ImmutableArray<string> Keys(string key, string customerId, TriggerView seen)
    {
        if (key == "customer") return [customerId];
        var value = key == AssetKey ? seen.Look("event.asset-id") is AttributeValue.Text named ? named : seen.Look(HeldAssetsPath) : seen.Look(key);
        return value switch
        {
            AttributeValue.Text { Value.Length: > 0 and <= MaxKeyLength } text => [text.Value],
            AttributeValue.Number number => [number.Value.ToString("0.##########", System.Globalization.CultureInfo.InvariantCulture)],
            AttributeValue.List { Values.IsDefaultOrEmpty: false } list =>
                [.. list.Values.Where(static v => v.Length is > 0 and <= MaxKeyLength).Distinct(StringComparer.Ordinal).Take(MaxKeys)],
            _ => [],
        };
    }

    private static EntryDecision DecideKey(
        JourneyDefinition definition, EntryPerson person, string key, Occurrence trigger, int lives, DateTimeZone zone)
    {
        var runId = RunId(person.CustomerId, definition.Name, key, trigger.Id);
        if (person.HasEntered(runId)) return new EntryDecision.Ignored(key, EntryRefusal.Duplicate);
        if (person.Inside(definition.Name, key) is { } inside)
        {
            return definition.Enter.IfInside switch
            {
                IfInside.Restart when !person.BeganAfter(inside, trigger.At) => new EntryDecision.Restart(inside, NewRun(definition, person, runId, key, trigger)),
                IfInside.Refresh => new EntryDecision.Refresh(inside, new RunSignal.Refreshed(trigger)),
                _ => new EntryDecision.Ignored(key, EntryRefusal.Inside),
            };
        }

        if (!person.MayEnter(definition, key, trigger.At, zone)) return new EntryDecision.Ignored(key, EntryRefusal.Again);
        return lives >= MaxLiveRuns
            ? new EntryDecision.Ignored(key, EntryRefusal.TooManyRuns)
            : new EntryDecision.Start(NewRun(definition, person, runId, key, trigger));
    }

    private static RunState NewRun(JourneyDefinition definition, EntryPerson person, string runId, string key, Occurrence trigger) => new()
    {
        RunId = runId,
        CustomerId = person.CustomerId,
        Journey = definition.Name,
        Version = definition.Version,
        KeyValue = key,
        Entry = trigger,
        EnteredAt = trigger.At,
        IsHeldOut = person.IsHeldOut,
    };

    /// <summary>What a condition sees of a trigger: <c>event.*</c> and <c>entry.*</c> are one and the same.</summary>
    private sealed class TriggerView(Occurrence trigger, IAttributeSource attributes) : IAttributeSource
    {
        public Occurrence Trigger => trigger;

        public AttributeValue Look(string path) =>
            path.StartsWith("event.", StringComparison.Ordinal) || path.StartsWith("entry.", StringComparison.Ordinal)
                ? RunPaths.Of(trigger, path[6..])
                : attributes.Look(path);
    }
}
