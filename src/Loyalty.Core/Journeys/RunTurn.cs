using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Conditions;
using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>What can wake a run; kept in the run document's inbox until a turn takes it. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Occurred), "occurred")]
[JsonDerivedType(typeof(StepSettled), "settled")]
[JsonDerivedType(typeof(Ended), "ended")]
[JsonDerivedType(typeof(Refreshed), "refreshed")]
public abstract record RunSignal
{
    private RunSignal()
    {
    }

    /// <summary>The same signal appended twice is one: its key.</summary>
    [JsonIgnore]
    public abstract string Key { get; }

    /// <summary>Whether both are one signal.</summary>
    internal virtual bool IsSameAs(RunSignal other) => Key == other.Key;

    /// <summary>A fact was applied to the customer.</summary>
    public sealed record Occurred(Occurrence Event) : RunSignal
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Key => "e:" + Event.Id;

        /// <inheritdoc/>
        internal override bool IsSameAs(RunSignal other) => other is Occurred occurred && occurred.Event.Id == Event.Id;
    }

    /// <summary>An outbox item (send, webhook, …) has its outcome.</summary>
    public sealed record StepSettled(string Step, int Visit, string Result, string? Reason, Instant At) : RunSignal
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Key => $"s:{Step}:{Visit}";

        public ImmutableDictionary<string, AttributeValue> Values { get; init; } = ImmutableDictionary<string, AttributeValue>.Empty;
    }

    /// <summary>Someone outside ends the run: <c>erased</c>, <c>merged</c>, <c>restarted</c>, an operator's outcome.</summary>
    public sealed record Ended(string Outcome, Instant At) : RunSignal
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Key => "x:" + Outcome;
    }

    /// <summary><c>if-inside: refresh</c>: the run stays where it is and <c>entry.*</c> is this trigger from now on.</summary>
    public sealed record Refreshed(Occurrence Entry) : RunSignal
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Key => "r:" + Entry.Id;
    }
}

/// <summary>What a turn wants done. Each is keyed (run, step, visit): executed twice it acts once. A closed set.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "is")]
[JsonDerivedType(typeof(Send), "send")]
[JsonDerivedType(typeof(Award), "award")]
[JsonDerivedType(typeof(Set), "set")]
[JsonDerivedType(typeof(Emit), "emit")]
[JsonDerivedType(typeof(Start), "start")]
[JsonDerivedType(typeof(OpenTask), "open-task")]
[JsonDerivedType(typeof(CloseTask), "close-task")]
[JsonDerivedType(typeof(Webhook), "webhook")]
[JsonDerivedType(typeof(Offer), "offer")]
[JsonDerivedType(typeof(VoidCode), "void-code")]
[JsonDerivedType(typeof(Revoke), "revoke")]
[JsonDerivedType(typeof(Drawn), "drawn")]
[JsonDerivedType(typeof(Tally), "tally")]
public abstract partial record RunEffect
{
    private RunEffect(string step, int visit) => (Step, Visit) = (step, visit);

    /// <summary>The step's name in the version the run is on.</summary>
    public string Step { get; init; }
    public int Visit { get; }

    /// <summary>The step's hidden id, where that is not its name; see <see cref="JourneyDefinition.StepIds"/>.</summary>
    public string? StepId { get; init; }

    /// <summary>What stands for the step in the key (run, step, visit): it stays the same when the step is renamed.</summary>
    [JsonIgnore]
    public string KeyStep => StepId ?? Step;

    /// <summary>It acts outside the customer's partition: it is kept in the run's outbox until it is done.</summary>
    [JsonIgnore]
    public virtual bool IsOutgoing => false;

    /// <summary>The step waits for it: its outcome comes as <see cref="RunSignal.StepSettled"/>, and leaving the journey cancels it.</summary>
    [JsonIgnore]
    public virtual bool IsAwaited => IsOutgoing;

    /// <summary>What tells it from the run's other outgoing effects.</summary>
    [JsonIgnore]
    public virtual string Key
    {
        get
        {
            if (!ReferenceEquals(_key.Step, KeyStep) || _key.Visit != Visit)
                _key = new KnownKey(KeyStep, Visit, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{KeyStep}:{Visit}"));
            return _key.Key!;
        }
    }

    private KnownKey _key;

    /// <summary>The key once it was asked for. It follows from the rest, so it makes no difference between two effects.</summary>
    private readonly struct KnownKey(string? step, int visit, string? key) : IEquatable<KnownKey>
    {
        /// <summary>The step it was made of.</summary>
        public string? Step { get; } = step;

        /// <summary>The visit it was made of.</summary>
        public int Visit { get; } = visit;

        public string? Key { get; } = key;

        public bool Equals(KnownKey other) => true;

        public override bool Equals(object? obj) => obj is KnownKey;

        public override int GetHashCode() => 0;
    }

    /// <summary>One message; it goes to the run's outbox and settles the step with <see cref="RunSignal.StepSettled"/>.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="Visit">From 1.</param>
    /// <param name="Template">Folder under program/templates.</param>
    /// <param name="Topic">Consent topic; null for transactional.</param>
    /// <param name="IsTransactional">Needs no marketing consent.</param>
    /// <param name="With">Values of the send's <c>with:</c>.</param>
    /// <param name="NotBefore">Opening of the send window, if it is closed now.</param>
    /// <param name="GiveUpAt">From then on the send ends as <c>expired</c>.</param>
    public sealed record Send(
        string Step,
        int Visit,
        string Template,
        string? Topic,
        bool IsTransactional,
        ImmutableDictionary<string, AttributeValue> With,
        Instant? NotBefore,
        Instant GiveUpAt) : RunEffect(Step, Visit)
    {
        /// <summary>Which of several waiting messages goes first.</summary>
        public SendPriority Priority { get; init; } = SendPriority.Normal;

        /// <summary>How it goes: <c>email</c>, or a channel of program.yaml.</summary>
        [JsonIgnore]
        public string Channel => OtherChannel ?? "email";

        /// <summary>A channel other than e-mail; null: e-mail.</summary>
        public string? OtherChannel { get; init; }

        /// <summary>What may not go now is withheld instead of waiting.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool DropsIfNotNow { get; init; }

        /// <inheritdoc/>
        public override bool IsOutgoing => true;
    }

    /// <summary>Points, posted in the same batch as the turn; it settles at once.</summary>
    /// <param name="Step">The step.</param>
    /// <param name="Visit">From 1.</param>
    /// <param name="Points">1 or more.</param>
    /// <param name="Wallet">Point type, default <c>spendable</c>.</param>
    /// <param name="Reason">For the person and the explanation.</param>
    /// <param name="ExpiresAt">null: the wallet's own rule.</param>
    public sealed record Award(string Step, int Visit, long Points, string Wallet, string? Reason, Instant? ExpiresAt)
        : RunEffect(Step, Visit)
    {
        /// <summary>The formula and the values it named; of a plain number nothing.</summary>
        public ImmutableArray<EntryInput> Inputs { get; init; } = [];
    }
}

/// <summary>A line of the run's log: what was seen, what was chosen, why something was not done.</summary>
public sealed record RunLogLine(Instant At, string Step, string What, string? Why = null);

/// <summary>Everything a turn may look at.</summary>
/// <param name="Definition">The version the run is on.</param>
/// <param name="Run">The run before the turn.</param>
/// <param name="Inbox">Signals in the order they were appended.</param>
/// <param name="Attributes">The customer and program as the conditions see them.</param>
/// <param name="Zone">The customer's zone, else the program's.</param>
/// <param name="Now">max(clock, the timer that fired).</param>
public sealed record TurnInput(
    JourneyDefinition Definition,
    RunState Run,
    ImmutableArray<RunSignal> Inbox,
    IAttributeSource Attributes,
    DateTimeZone Zone,
    Instant Now)
{
    /// <summary>Why an award would be refused (a cap, a budget), or null; without it nothing is refused. Pure.</summary>
    public Func<RunEffect.Award, string?>? RefuseAward { get; init; }

    /// <summary>The journey is paused: the inbox is read (erase, exit, goal), no step is executed.</summary>
    public bool IsPaused { get; init; }

    /// <summary>False: nothing is written into the run's log; the decisions are the same. Default true.</summary>
    public bool KeepsLog { get; init; } = true;

    /// <summary>The arm (by split) that this customer drew before and keeps; without it nothing was drawn.</summary>
    public Func<string, string?>? KnownArm { get; init; }

    /// <summary>How the arms of an adaptive split have done so far, by split; without it nothing is known.</summary>
    public Func<string, ImmutableArray<ArmTally>>? Tallies { get; init; }
}

/// <summary>What a turn decided. The whole inbox is taken.</summary>
/// <param name="Run">The run after the turn: finished, or waiting at a step (a due time or an open outbox item).</param>
/// <param name="Effects">In order.</param>
/// <param name="CancelQueued">Exit, goal with ends-run, erase: outbox items not yet handed over are cancelled.</param>
/// <param name="Log">In order.</param>
public sealed record TurnDecision(
    RunState Run,
    ImmutableArray<RunEffect> Effects,
    bool CancelQueued,
    ImmutableList<RunLogLine> Log);
