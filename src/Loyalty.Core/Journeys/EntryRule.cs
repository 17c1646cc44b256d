using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;

namespace Loyalty.Core.Journeys;

/// <summary>What starts a run.</summary>
public sealed record EntryRule
{
    /// <summary>A trigger older than this starts nothing, unless the journey says otherwise.</summary>
    public static CalendarDuration DefaultMaxAge => CalendarDuration.Days(1);

    /// <summary>Types of the trigger; empty: only by hand.</summary>
    public ImmutableArray<string> Events { get; init; } = [];

    /// <summary>May be started by hand.</summary>
    public bool Manual { get; init; }

    /// <summary>Everybody for whom a condition holds; null: no audience.</summary>
    public AudienceRule? Audience { get; init; }

    /// <summary>Must hold at the trigger; null: always.</summary>
    public Condition? When { get; init; }

    /// <summary><c>customer</c>, or a path whose value tells runs of one customer apart (<c>event.cart-id</c>); a list starts one run per value.</summary>
    public string Key { get; init; } = "customer";

    /// <summary>Whether the same key may enter again.</summary>
    public AgainRule Again { get; init; } = new AgainRule.AfterEnd();

    /// <summary>What a trigger does while a run of this key lives.</summary>
    public IfInside IfInside { get; init; } = IfInside.Ignore;

    /// <summary>A trigger older than this starts nothing (<c>stale</c>).</summary>
    public CalendarDuration MaxAge { get; init; } = DefaultMaxAge;
}

/// <summary>Who enters together.</summary>
/// <param name="When">Who belongs to it, when it starts.</param>
/// <param name="At">Once, at this local time of the program's zone; null with no <paramref name="Each"/>: when it is published.</param>
/// <param name="Each">Again and again, by the program's zone.</param>
public sealed record AudienceRule(Condition When, NodaTime.LocalDateTime? At, MomentRule? Each);

/// <summary>Whether the same key may enter again; a closed set.</summary>
public abstract record AgainRule
{
    private AgainRule()
    {
    }

    /// <summary>Once in a lifetime.</summary>
    public sealed record Never : AgainRule;

    /// <summary>As soon as the run before has ended (the default).</summary>
    public sealed record AfterEnd : AgainRule;

    /// <summary>Not sooner than this long after the entry before.</summary>
    public sealed record AfterEntry(CalendarDuration Span) : AgainRule;
}

/// <summary>What a trigger does while a run of its key lives.</summary>
public enum IfInside
{
    /// <summary>Nothing.</summary>
    Ignore,

    /// <summary>The old run ends as <c>restarted</c>, a new one begins.</summary>
    Restart,

    /// <summary>The run stays where it is; <c>entry.*</c> is the new trigger.</summary>
    Refresh,
}

/// <summary>What the journey is for. It counts once, if it occurred within the window, even after the run or arriving late.</summary>
/// <param name="Events">At least one type.</param>
/// <param name="When">With <c>event.*</c>; null: always.</param>
/// <param name="Within">From the run's begin, end included.</param>
/// <param name="EndsRun">The run ends with the outcome <c>goal</c>.</param>
public sealed record GoalRule(ImmutableArray<string> Events, Condition? When, CalendarDuration Within, bool EndsRun)
{
    /// <summary>It counts once in each pass of a <c>repeat</c>, from the start of the pass; default: once in a run.</summary>
    public bool PerPass { get; init; }

    /// <summary>Whether it counts in each pass of this run. Who is held out makes no passes: of them it counts once, from the entry on.</summary>
    public bool CountsPasses(RunState run) => PerPass && !run.IsHeldOut;
}

/// <summary>What ends a run early.</summary>
/// <param name="Events">Empty: the condition is asked at every turn.</param>
/// <param name="When">null: the event alone is enough.</param>
/// <param name="Outcome">How the run then ended; default <c>exit</c>.</param>
public sealed record ExitRule(ImmutableArray<string> Events, Condition? When, string Outcome = RunOutcomes.Exit)
{
    /// <summary>The run's awards are reversed and its unused codes voided.</summary>
    public bool Revokes { get; init; }
}

/// <summary>Outcomes that the machine gives.</summary>
public static class RunOutcomes
{
    public const string Completed = "completed";
    public const string Goal = "goal";
    public const string Exit = "exit";
    public const string HeldOut = "held-out";
    public const string Restarted = "restarted";
    public const string Erased = "erased";
    public const string Merged = "merged";

    /// <summary>The run could not go on at this step.</summary>
    public static string Failed(string step) => "failed: " + step;
}
