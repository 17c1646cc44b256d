using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;

namespace Loyalty.Core.Journeys;

/// <content>Steps that act on the customer, on other journeys and on the world outside.</content>
public abstract partial record JourneyStep
{
    /// <summary>Changes what is known of the customer.</summary>
    /// <param name="Name">The step.</param>
    /// <param name="Assignments">In file order.</param>
    public sealed record Set(string Name, ImmutableArray<SetAssignment> Assignments) : JourneyStep(Name);

    /// <summary>Tells an event of the program's own.</summary>
    /// <param name="Name">The step.</param>
    /// <param name="Event">A type that program.yaml declares.</param>
    /// <param name="With">Its attributes; one that gives nothing is left out.</param>
    public sealed record Emit(string Name, string Event, ImmutableSortedDictionary<string, Condition> With) : JourneyStep(Name);

    /// <summary>Starts another journey for the same customer.</summary>
    /// <param name="Name">The step.</param>
    /// <param name="Journey">It can be started by hand.</param>
    /// <param name="With">Its <c>entry.*</c>.</param>
    public sealed record Start(string Name, string Journey, ImmutableSortedDictionary<string, Condition> With) : JourneyStep(Name);

    /// <summary>Tells a system outside and takes its answer.</summary>
    public sealed record Webhook(string Name) : JourneyStep(Name)
    {
        /// <summary>A name under <c>endpoints</c> of program.yaml.</summary>
        public required string Endpoint { get; init; }

        /// <summary>What it is told.</summary>
        public ImmutableSortedDictionary<string, Condition> With { get; init; } =
            ImmutableSortedDictionary.Create<string, Condition>(StringComparer.Ordinal);

        /// <summary>How long it is tried. Default 1d.</summary>
        public CalendarDuration GiveUp { get; init; } = CalendarDuration.Days(1);

        /// <summary>Steps when it failed; default: the failure skips the rest of the list.</summary>
        public ImmutableArray<JourneyStep>? Failed { get; init; }

        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches =>
            Failed is { } steps ? [new(StepResults.Failed, steps)] : [];
    }

    /// <summary>A single-use code.</summary>
    public sealed record Offer(string Name) : JourneyStep(Name)
    {
        /// <summary>An offer of offers.yaml.</summary>
        public required string Code { get; init; }

        /// <summary>How long the code can be used; null: the offer's own time.</summary>
        public CalendarDuration? Valid { get; init; }

        /// <summary>What lateness does to it.</summary>
        public LateRule IfLate { get; init; } = LateRule.Default;

        /// <summary>Steps when none is left; default: the rest of the list is skipped.</summary>
        public ImmutableArray<JourneyStep>? SoldOut { get; init; }

        /// <summary>Steps when no code could be made; default: the rest of the list is skipped.</summary>
        public ImmutableArray<JourneyStep>? Failed { get; init; }

        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches =>
        [
            .. SoldOut is { } soldOut ? [new StepBranch(StepResults.SoldOut, soldOut)] : ImmutableArray<StepBranch>.Empty,
            .. Failed is { } failed ? [new StepBranch(StepResults.Failed, failed)] : ImmutableArray<StepBranch>.Empty,
        ];
    }

    /// <summary>Work for a person.</summary>
    public sealed record HumanTask(string Name) : JourneyStep(Name)
    {
        /// <summary>Who works on it, e.g. <c>call-center</c>.</summary>
        public required string Queue { get; init; }

        /// <summary>What to do or say; null: not told.</summary>
        public string? Script { get; init; }

        /// <summary>What the person needs to know.</summary>
        public ImmutableSortedDictionary<string, Condition> With { get; init; } =
            ImmutableSortedDictionary.Create<string, Condition>(StringComparer.Ordinal);

        /// <summary>From its start; then it is overdue.</summary>
        public required CalendarDuration Due { get; init; }

        /// <summary>What lateness does to it.</summary>
        public LateRule IfLate { get; init; } = LateRule.Default;

        /// <summary>How it can end, at least one.</summary>
        public required ImmutableArray<StepBranch> Outcomes { get; init; }

        /// <summary>Steps when it is overdue.</summary>
        public ImmutableArray<JourneyStep> TooLate { get; init; } = [];

        /// <inheritdoc/>
        public override ImmutableArray<StepBranch> Branches => [.. Outcomes, new(StepResults.TooLate, TooLate)];
    }
}

/// <summary>One change of a <c>set</c>.</summary>
/// <param name="Target">What changes.</param>
/// <param name="Value">The new value; unset clears it.</param>
public sealed record SetAssignment(SetTarget Target, Condition Value);

/// <summary>What a <c>set</c> can change.</summary>
/// <param name="Kind">A fact, a tag or an attribute.</param>
/// <param name="Name">Which fact, tag or attribute.</param>
public sealed record SetTarget(SetKind Kind, string Name)
{
    /// <summary>Attributes of the customer that a journey may set.</summary>
    public static ImmutableSortedDictionary<string, AttributeType> Attributes { get; } = new Dictionary<string, AttributeType>(StringComparer.Ordinal)
    {
        ["locale"] = AttributeType.Text,
        ["zone"] = AttributeType.Text,
        ["country"] = AttributeType.Text,
        ["birthday"] = AttributeType.AnnualDay,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);
}

/// <summary>See <see cref="SetTarget"/>.</summary>
public enum SetKind
{
    /// <summary><c>customer.facts.NAME</c>.</summary>
    Fact,

    /// <summary>On the customer or not: the value is yes or no.</summary>
    Tag,

    /// <summary>One of <see cref="SetTarget.Attributes"/>.</summary>
    Attribute,
}
