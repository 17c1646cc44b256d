using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <content>What steps other than <c>send</c> and <c>award</c> want done.</content>
public abstract partial record RunEffect
{
    /// <summary>Changes of the customer, in the batch of the turn.</summary>
    public sealed record Set(string Step, int Visit, ImmutableArray<CustomerChange> Changes) : RunEffect(Step, Visit)
    {
        /// <inheritdoc/>
        public bool Equals(Set? other) =>
            other is not null && Step == other.Step && Visit == other.Visit && Changes.AsSpan().SequenceEqual(other.Changes.AsSpan());

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(Step, Visit, Changes.Length);
    }

    /// <summary>An event of the program's own: it reaches the customer's journeys in the batch of the turn.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="Visit">From 1.</param>
    /// <param name="Event">It has occurred; its hops are one more than the run's.</param>
    public sealed record Emit(string Step, int Visit, Occurrence Event) : RunEffect(Step, Visit);

    /// <summary>Another journey of the same customer starts in the batch of the turn.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="Visit">From 1.</param>
    /// <param name="Journey">Which.</param>
    /// <param name="Entry">Its trigger.</param>
    public sealed record Start(string Step, int Visit, string Journey, Occurrence Entry) : RunEffect(Step, Visit);

    /// <summary>Work for a person, opened in the batch of the turn.</summary>
    public sealed record OpenTask(string Step, int Visit, string Queue, string? Script, ImmutableArray<string> Outcomes, Instant DueAt)
        : RunEffect(Step, Visit)
    {
        /// <summary>What the person needs to know.</summary>
        public ImmutableDictionary<string, AttributeValue> With { get; init; } = ImmutableDictionary<string, AttributeValue>.Empty;
    }

    /// <summary>The task is not to be worked on any more: <c>overdue</c> or <c>cancelled</c>.</summary>
    public sealed record CloseTask(string Step, int Visit, string Why) : RunEffect(Step, Visit);

    /// <summary>A call of a system outside.</summary>
    public sealed record Webhook(string Step, int Visit, string Endpoint, ImmutableDictionary<string, AttributeValue> With, Instant GiveUpAt)
        : RunEffect(Step, Visit)
    {
        /// <inheritdoc/>
        public override bool IsOutgoing => true;
    }

    /// <summary>A code to be made.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="Visit">From 1.</param>
    /// <param name="Code">The offer.</param>
    /// <param name="ValidUntil">null: the offer's own time.</param>
    public sealed record Offer(string Step, int Visit, string Code, Instant? ValidUntil) : RunEffect(Step, Visit)
    {
        /// <inheritdoc/>
        public override bool IsOutgoing => true;
    }

    /// <summary>The code that this step got is not to be used any more.</summary>
    public sealed record VoidCode(string Step, int Visit) : RunEffect(Step, Visit)
    {
        /// <inheritdoc/>
        public override bool IsOutgoing => true;

        /// <inheritdoc/>
        public override bool IsAwaited => false;

        /// <inheritdoc/>
        public override string Key => "void:" + base.Key;
    }

    /// <summary>The points that this visit awarded are taken back, as far as the wallet's policy lets.</summary>
    public sealed record Revoke(string Step, int Visit, string Wallet) : RunEffect(Step, Visit);

    /// <summary>The customer drew this arm and keeps it, in the batch of the turn.</summary>
    public sealed record Drawn(string Step, int Visit, string Arm) : RunEffect(Step, Visit);

    /// <summary>What an adaptive split learns from.</summary>
    /// <param name="Step">The split.</param>
    /// <param name="Visit">From 1.</param>
    /// <param name="Arm">Which arm.</param>
    /// <param name="IsGoal">False: it was given once more; true: its goal was reached.</param>
    public sealed record Tally(string Step, int Visit, string Arm, bool IsGoal) : RunEffect(Step, Visit)
    {
        /// <inheritdoc/>
        public override bool IsOutgoing => true;

        /// <inheritdoc/>
        public override bool IsAwaited => false;

        /// <inheritdoc/>
        public override string Key => (IsGoal ? "goal:" : "arm:") + base.Key;
    }
}

/// <summary>A change of what is known of a customer; a closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Fact), "fact")]
[JsonDerivedType(typeof(Tag), "tag")]
[JsonDerivedType(typeof(Attribute), "attribute")]
public abstract record CustomerChange
{
    private CustomerChange()
    {
    }

    /// <summary>A fact; unset clears it.</summary>
    public sealed record Fact(string Name, AttributeValue Value) : CustomerChange;

    /// <summary>A tag comes or goes.</summary>
    public sealed record Tag(string Name, bool IsOn) : CustomerChange;

    /// <summary>One of <see cref="SetTarget.Attributes"/>; an unset value changes nothing.</summary>
    public sealed record Attribute(string Name, AttributeValue Value) : CustomerChange;
}
