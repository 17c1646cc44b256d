using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>
/// What is surely set at one place of a journey. A step that lateness may have skipped left nothing; but what follows at once is then as late, so
/// that a step which lateness skips as well may rely on it: such values are kept apart with the rule that skips.
/// </summary>
internal sealed record UnsetState
{
    private UnsetState()
    {
    }

    /// <summary>No path leads here.</summary>
    public static UnsetState Unreachable { get; } = new() { IsReachable = false };

    public bool IsReachable { get; private init; } = true;

    /// <summary>Owner (<c>customer</c>, <c>event</c>, <c>steps.NAME</c>) → full paths: what one step changes leaves the others as they are.</summary>
    private ImmutableSortedDictionary<string, ImmutableHashSet<string>> Paths { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableHashSet<string>>(StringComparer.Ordinal);

    /// <summary>Step → what skips it for lateness, as long as no time passed since.</summary>
    public ImmutableSortedDictionary<string, LateRule> MayBeLate { get; private init; } = ImmutableSortedDictionary.Create<string, LateRule>(StringComparer.Ordinal);

    /// <summary>Where these are set.</summary>
    public static UnsetState Of(IEnumerable<string> set) => new UnsetState().With(set);

    /// <summary>What is set on both ways.</summary>
    public static UnsetState Join(UnsetState one, UnsetState other)
    {
        if (!one.IsReachable) return other;
        if (!other.IsReachable) return one;
        return one with
        {
            Paths = ReferenceEquals(one.Paths, other.Paths) ? one.Paths : Common(one.Paths, other.Paths),
            MayBeLate = ReferenceEquals(one.MayBeLate, other.MayBeLate) ? one.MayBeLate : one.MayBeLate.SetItems(other.MayBeLate),
        };
    }

    /// <summary>Whether a path is surely set.</summary>
    public bool IsSet(string path) => Paths.TryGetValue(Owner(path), out var own) && own.Contains(path);

    /// <summary>What is surely set of one owner.</summary>
    public IEnumerable<string> Of(string owner) => Paths.GetValueOrDefault(owner, Proof.Nothing);

    public UnsetState With(params IEnumerable<string> paths)
    {
        var builder = Paths.ToBuilder();
        foreach (var path in paths)
        {
            var owner = Owner(path);
            builder[owner] = builder.GetValueOrDefault(owner, Proof.Nothing).Add(path);
        }

        return this with { Paths = builder.ToImmutable() };
    }

    /// <summary>Where a condition has proved these: what a step left is there, so it was not skipped.</summary>
    public UnsetState Proved(IReadOnlyCollection<string> paths) => With(paths) with
    {
        MayBeLate = MayBeLate.RemoveRange(paths.Where(IsLeft).Select(static path => path.Split('.')[1])),
    };

    public UnsetState Without(string owner) => this with { Paths = Paths.Remove(owner) };

    /// <summary>This step may have been skipped.</summary>
    public UnsetState Late(string step, LateRule rule) => rule.Action is LateAction.Drop or LateAction.OnlyWithin ? this with { MayBeLate = MayBeLate.SetItem(step, rule) } : this;

    /// <summary>Behind a step that takes time: whoever was late before it was skipped by it too, or what a skipped step should have left is missing.</summary>
    public UnsetState Passing(LateRule rule)
    {
        var state = this;
        foreach (var (step, late) in MayBeLate)
        {
            if (!IsAsStrict(rule, late)) state = state.Forget(step);
        }

        return state;
    }

    /// <summary>Behind a step that lateness does not skip.</summary>
    public UnsetState OnTime() => Passing(new LateRule(LateAction.Send, default));

    /// <summary>What a step with this rule can rely on.</summary>
    public UnsetState SeenBy(LateRule rule) => Passing(rule);

    private UnsetState Forget(string step) => (this with { MayBeLate = MayBeLate.Remove(step) }).ForgetValues(step);

    private UnsetState ForgetValues(string step) =>
        Paths.TryGetValue("steps." + step, out var own) ? this with { Paths = Paths.SetItem("steps." + step, own.Except(own.Where(IsLeft))) } : this;

    private static ImmutableSortedDictionary<string, ImmutableHashSet<string>> Common(
        ImmutableSortedDictionary<string, ImmutableHashSet<string>> one, ImmutableSortedDictionary<string, ImmutableHashSet<string>> other)
    {
        var builder = one.ToBuilder();
        foreach (var (owner, own) in one)
        {
            if (!other.TryGetValue(owner, out var there)) builder.Remove(owner);
            else if (!ReferenceEquals(own, there)) builder[owner] = own.Intersect(there);
        }

        return builder.ToImmutable();
    }

    private static string Owner(string path)
    {
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return path;
        if (!path.StartsWith("steps.", StringComparison.Ordinal)) return path[..dot];
        var end = path.IndexOf('.', dot + 1);
        return end < 0 ? path : path[..end];
    }

    /// <summary>A value that only some results leave.</summary>
    private static bool IsLeft(string path) => path.Split('.') is ["steps", _, not ("result" or "at"), ..];

    /// <summary>Whether a step with <paramref name="rule"/> is skipped whenever one with <paramref name="other"/> was at the same moment.</summary>
    private static bool IsAsStrict(LateRule rule, LateRule other) => (rule.Action, other.Action) switch
    {
        (LateAction.Drop, _) => true,
        (LateAction.OnlyWithin, LateAction.OnlyWithin) => rule.Span.Approximate <= other.Span.Approximate,
        _ => false,
    };
}
