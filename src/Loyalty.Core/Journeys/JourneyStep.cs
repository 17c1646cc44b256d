using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;

namespace Loyalty.Core.Journeys;

/// <summary>One step of a journey; a closed set. Names are unique over the whole journey.</summary>
public abstract partial record JourneyStep
{
    private JourneyStep(string name) => Name = name;

    /// <summary><c>[a-z][a-z0-9-]{0,39}</c>.</summary>
    public string Name { get; }

    /// <summary>The lists of steps under this one, in file order; a list may be empty.</summary>
    public virtual ImmutableArray<StepBranch> Branches => [];

    /// <summary>Goes on when a moment comes.</summary>
    /// <param name="Name">The step.</param>
    /// <param name="Rule">The moment.</param>
    /// <param name="TooLate">Steps for a one-off moment that is past or unset.</param>
    public sealed record Wait(string Name, WaitRule Rule, ImmutableArray<JourneyStep> TooLate) : JourneyStep(Name)
    {
        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches =>
            TooLate.IsEmpty ? [] : [new(StepResults.TooLate, TooLate)];
    }

    /// <summary>Goes on when an event has occurred, or at the limit.</summary>
    public sealed record WaitFor(string Name) : JourneyStep(Name)
    {
        /// <summary>What is waited for: one case without a name, or several named ones; the earliest event wins, of one event the first case.</summary>
        public required ImmutableArray<WaitCase> Cases { get; init; }

        /// <summary>The step after whose start the event must have occurred; null: the nearest earlier send, task or webhook, else this step.</summary>
        public string? Since { get; init; }

        /// <summary>True: since the run began (<c>since: entry</c>).</summary>
        public bool SinceEntry { get; init; }

        /// <summary>Only events about the message of this step.</summary>
        public string? Of { get; init; }

        /// <summary>The limit, from the moment the run came here.</summary>
        public required CalendarDuration UpTo { get; init; }

        /// <summary>Steps after a match, after those of the matched case.</summary>
        public ImmutableArray<JourneyStep> InTime { get; init; } = [];

        /// <summary>Steps when the limit came first.</summary>
        public ImmutableArray<JourneyStep> TooLate { get; init; } = [];

        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches =>
        [
            .. Cases.Where(c => !c.Steps.IsEmpty).Select(c => new StepBranch(c.Name!, c.Steps)),
            new(StepResults.InTime, InTime),
            new(StepResults.TooLate, TooLate),
        ];
    }

    /// <summary>One message.</summary>
    public sealed record Send(string Name) : JourneyStep(Name)
    {
        /// <summary>Folder under program/templates.</summary>
        public required string Template { get; init; }

        /// <summary>Consent topic; null for transactional.</summary>
        public string? Topic { get; init; }

        /// <summary>Needs no marketing consent, waits for no window.</summary>
        public bool IsTransactional { get; init; }

        /// <summary>Values for the template, by name.</summary>
        public ImmutableSortedDictionary<string, Condition> With { get; init; } =
            ImmutableSortedDictionary.Create<string, Condition>(StringComparer.Ordinal);

        /// <summary>From the first moment it may go; then it ends as <c>expired</c>. Default 3d, transactional 1d.</summary>
        public required CalendarDuration GiveUp { get; init; }

        /// <summary>What lateness does to it.</summary>
        public LateRule IfLate { get; init; } = LateRule.Default;

        /// <summary>Which of several waiting messages goes first.</summary>
        public SendPriority Priority { get; init; } = SendPriority.Normal;

        /// <summary>A channel of program.yaml; null: e-mail.</summary>
        public string? Channel { get; init; }

        /// <summary>Quiet hours, caps, budget and quota withhold it instead of making it wait.</summary>
        public bool DropsIfNotNow { get; init; }

        /// <summary>Steps when it was withheld or expired.</summary>
        public ImmutableArray<JourneyStep> NotSent { get; init; } = [];

        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches =>
            NotSent.IsEmpty ? [] : [new(StepResults.NotSent, NotSent)];
    }

    /// <summary>The first case that holds; none: goes on.</summary>
    public sealed record Choose(string Name, ImmutableArray<ChooseCase> Cases) : JourneyStep(Name)
    {
        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches => [.. Cases.Select(c => new StepBranch(c.Name, c.Steps))];
    }

    /// <summary>Sticky weighted arms.</summary>
    /// <param name="Name">The step.</param>
    /// <param name="Arms">Shares sum up to 1.</param>
    /// <param name="ByRun">Drawn for each run, not for the customer.</param>
    public sealed record Split(string Name, ImmutableArray<SplitArm> Arms, bool ByRun) : JourneyStep(Name)
    {
        /// <summary>Thompson sampling on the journey's goal, once every arm has been tried; see <see cref="ThompsonSampling"/>.</summary>
        public bool IsAdaptive { get; init; }

        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches => [.. Arms.Select(a => new StepBranch(a.Name, a.Steps))];
    }

    /// <summary>Points.</summary>
    public sealed record Award(string Name) : JourneyStep(Name)
    {
        /// <summary>A formula that gives a number; rounded down.</summary>
        public required Condition Points { get; init; }

        /// <summary>Point type.</summary>
        public string Wallet { get; init; } = "spendable";

        /// <summary>For the person and the explanation.</summary>
        public string? Reason { get; init; }

        /// <summary>null: the wallet's own rule.</summary>
        public CalendarDuration? Expires { get; init; }

        /// <summary>What lateness does to it.</summary>
        public LateRule IfLate { get; init; } = LateRule.Default;

        /// <summary>Steps on a cap, a budget, or no points by the formula; default: the refusal skips the rest of the list.</summary>
        public ImmutableArray<JourneyStep>? Refused { get; init; }

        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches =>
            Refused is { } steps ? [new(StepResults.Refused, steps)] : [];
    }

    /// <summary>The same steps again and again.</summary>
    public sealed record Repeat(string Name) : JourneyStep(Name)
    {
        /// <summary>Passes, from 1.</summary>
        public required int AtMost { get; init; }

        /// <summary>Asked before each pass; null: always.</summary>
        public Condition? While { get; init; }

        /// <summary>From start to start; null: one pass follows the other at once.</summary>
        public CalendarDuration? Every { get; init; }

        /// <summary>One pass.</summary>
        public required ImmutableArray<JourneyStep> Steps { get; init; }

        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches => [new("steps", Steps)];
    }

    /// <summary>Ends the run with a named outcome.</summary>
    public sealed record End(string Name, string Outcome) : JourneyStep(Name);
}

/// <summary>A list of steps under a step.</summary>
public sealed record StepBranch(string Name, ImmutableArray<JourneyStep> Steps);

/// <summary>One thing a <c>wait-for</c> takes.</summary>
/// <param name="Name">null for the only, unnamed one.</param>
/// <param name="Events">Empty: any event of the subject, tested by <paramref name="When"/>.</param>
/// <param name="When">With <c>event.*</c>; null: the event alone.</param>
/// <param name="Steps">Steps of this case.</param>
public sealed record WaitCase(
    string? Name, ImmutableArray<string> Events, Condition? When, ImmutableArray<JourneyStep> Steps);

/// <summary>One case of <c>choose</c>.</summary>
/// <param name="Name">The case.</param>
/// <param name="When">null: <c>otherwise: true</c>.</param>
/// <param name="Steps">Its steps.</param>
public sealed record ChooseCase(string Name, Condition? When, ImmutableArray<JourneyStep> Steps);

/// <summary>One arm of <c>split</c>; <paramref name="Share"/> 0 to 1.</summary>
public sealed record SplitArm(string Name, decimal Share, ImmutableArray<JourneyStep> Steps);

/// <summary>What lateness (pause, outage, backlog; not windows and caps) does to a step.</summary>
/// <param name="Action">What happens.</param>
/// <param name="Span">For <see cref="LateAction.OnlyWithin"/> and <see cref="LateAction.SpreadOver"/>.</param>
public sealed record LateRule(LateAction Action, CalendarDuration Span)
{
    /// <summary>A step that runs up to an hour behind its moment is on time.</summary>
    public static readonly NodaTime.Duration Grace = NodaTime.Duration.FromHours(1);

    /// <summary><c>only-within 3d</c>.</summary>
    public static LateRule Default { get; } = new(LateAction.OnlyWithin, CalendarDuration.Days(3));
}

/// <summary>Which of several waiting messages goes first.</summary>
public enum SendPriority
{
    Low,

    /// <summary>The default.</summary>
    Normal,
    High,
}

/// <summary>See <see cref="LateRule"/>.</summary>
public enum LateAction
{
    /// <summary>Late by more than the span: the step is skipped.</summary>
    OnlyWithin,

    /// <summary>However late.</summary>
    Send,

    /// <summary>Late: the step is skipped.</summary>
    Drop,

    /// <summary>Late: spread over the span, by a draw.</summary>
    SpreadOver,
}

/// <summary>Results that the machine writes into <see cref="StepRecord.Result"/>.</summary>
public static class StepResults
{
    public const string Passed = "passed";
    public const string InTime = "in-time";
    public const string TooLate = "too-late";
    public const string Sent = "sent";
    public const string Withheld = "withheld";
    public const string Expired = "expired";
    public const string NotSent = "not-sent";
    public const string Awarded = "awarded";
    public const string Refused = "refused";
    public const string None = "none";

    /// <summary>Skipped by its <c>if-late</c>.</summary>
    public const string Skipped = "skipped";

    public const string Done = "done";
    public const string Failed = "failed";
    public const string SoldOut = "sold-out";
    public const string Issued = "issued";
}
