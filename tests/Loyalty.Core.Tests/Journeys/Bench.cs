using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Tests.Journeys;

/// <summary>Short ways to write a journey, and one run of it that is fed signals and time.</summary>
internal sealed class Bench
{
    public const string Customer = "c1";

    /// <summary>A Monday, 12:00 in Sofia.</summary>
    public static readonly Instant Start = Instant.FromUtc(2026, 11, 23, 10, 0);
    public static readonly DateTimeZone Sofia = DateTimeZoneProviders.Tzdb["Europe/Sofia"];

    private static readonly AttributeCatalogue Catalogue = MakeCatalogue();

    public Bench(JourneyDefinition definition, bool heldOut = false)
    {
        Definition = definition;
        Run = NewRun(definition) with { IsHeldOut = heldOut };
        Now = Start;
    }

    public JourneyDefinition Definition { get; }

    public RunState Run { get; private set; }

    public Instant Now { get; set; }

    public DateTimeZone Zone { get; set; } = Sofia;

    public Dictionary<string, AttributeValue> Attributes { get; } = new() { ["customer.orders"] = 0 };

    public Func<RunEffect.Award, string?>? RefuseAward { get; set; }

    public Func<string, string?>? KnownArm { get; set; }

    public Func<string, ImmutableArray<ArmTally>>? Tallies { get; set; }

    public List<RunEffect> Effects { get; } = [];

    public List<RunLogLine> Log { get; } = [];

    public bool Cancelled { get; private set; }

    public Instant? Due => Run.Position?.DueAt;

    public string? At => Run.Position?.Step;

    public IEnumerable<string> Sent => Effects.OfType<RunEffect.Send>().Select(s => s.Step);

    public static Instant Day(double days) => Start + Duration.FromDays(days);

    public static CalendarDuration Span(string text) => CalendarDuration.Parse(text)!.Value;

    public static Condition If(string text, AttributeType? type = AttributeType.Flag)
    {
        var condition = Condition.Parse(text, Catalogue, type, out var errors);
        Assert.Empty(errors);
        return condition!;
    }

    public static Occurrence Event(string id, string type, Instant at, params (string Name, AttributeValue Value)[] attributes) =>
        new(id, type, at, attributes.ToImmutableDictionary(a => a.Name, a => a.Value));

    public static JourneyDefinition Journey(params JourneyStep[] steps) => new() { Name = "trial", Version = 1, Topic = "offers", Steps = [.. steps] };

    public static JourneyStep Wait(string name, string span) => new JourneyStep.Wait(name, new WaitRule.For(Span(span)), []);

    public static JourneyStep.Send Send(string name) => new(name) { Template = name, Topic = "offers", GiveUp = Span("3d") };

    public static JourneyStep.Award Award(string name, string points = "100") => new(name) { Points = If(points, AttributeType.Number) };

    public static JourneyStep.WaitFor WaitFor(string name, string type, string upTo, JourneyStep[]? inTime = null, JourneyStep[]? tooLate = null, string? when = null) =>
        new(name)
        {
            Cases = [new WaitCase(null, type.Length == 0 ? [] : [type], when is null ? null : If(when), [])],
            UpTo = Span(upTo),
            InTime = [.. inTime ?? []],
            TooLate = [.. tooLate ?? []],
        };

    public static JourneyStep Choose(string name, params (string Case, string? When, JourneyStep[] Steps)[] cases) =>
        new JourneyStep.Choose(name, [.. cases.Select(c => new ChooseCase(c.Case, c.When is null ? null : If(c.When), [.. c.Steps]))]);

    public static JourneyStep End(string name, string outcome) => new JourneyStep.End(name, outcome);

    public static GoalRule Goal(string type, string within, bool endsRun = true, string? when = null) =>
        new([type], when is null ? null : If(when), Span(within), endsRun);

    public static RunState NewRun(JourneyDefinition definition)
    {
        var entry = Event("entry", "customer.signed-up", Start, ("source", "ad"));
        return new RunState
        {
            RunId = JourneyEntry.RunId(Customer, definition.Name, Customer, entry.Id),
            CustomerId = Customer,
            Journey = definition.Name,
            Version = definition.Version,
            KeyValue = Customer,
            Entry = entry,
            EnteredAt = Start,
        };
    }

    /// <summary>One turn at <see cref="Now"/>.</summary>
    public Bench Turn(params RunSignal[] inbox)
    {
        var decision = JourneyMachine.Decide(Input(inbox));
        Run = decision.Run;
        Effects.AddRange(decision.Effects);
        Log.AddRange(decision.Log);
        Cancelled |= decision.CancelQueued;
        Assert.True(
            Run.IsFinished ? Run.Position is null : Run.Position is { } at && (at.DueAt > Now || (at.DueAt is null && Definition.Index.Find(at.Step)!.Step is JourneyStep.Send or JourneyStep.Webhook or JourneyStep.Offer)),
            $"stuck at {Run.Position}");
        return this;
    }

    public TurnInput Input(params RunSignal[] inbox) =>
        new(Definition, Run, [.. inbox], new AttributeFunction(p => Attributes.GetValueOrDefault(p, AttributeValue.None)), Zone, Now) { RefuseAward = RefuseAward, KnownArm = KnownArm, Tallies = Tallies };

    /// <summary>Facts told in one turn.</summary>
    public Bench Tell(params Occurrence[] events) => Turn([.. events.Select(e => new RunSignal.Occurred(e))]);

    /// <summary>The open send is settled now.</summary>
    public Bench Settle(string result = StepResults.Sent, string? reason = null, params (string Name, AttributeValue Value)[] values) =>
        Turn(new RunSignal.StepSettled(Run.Position!.Step, Run.Position.Visit, result, reason, Now)
        {
            Values = values.ToImmutableDictionary(v => v.Name, v => v.Value),
        });

    /// <summary>The clock goes to a day after the start.</summary>
    public Bench On(double day)
    {
        Now = Day(day);
        return this;
    }

    /// <summary>The run as it was read back from where it is kept.</summary>
    public void Restore(RunState run) => Run = run;

    public StepRecord Step(string name) => Run.Steps[name];

    private static AttributeCatalogue MakeCatalogue()
    {
        var catalogue = AttributeCatalogue.Empty
            .With("customer", BuiltInAttributes.Customer)
            .With("customer.consent.offers", AttributeType.Flag)
            .With("customer.facts.size", AttributeType.Text)
            .With("asset.kind", AttributeType.Text)
            .With("steps.code.code", AttributeType.Text)
            .With("steps.call.reply.score", AttributeType.Number)
            .With("event", BuiltInAttributes.Events["feedback.given"])
            .With("event.nth", AttributeType.Number)
            .With("entry", BuiltInAttributes.Events["customer.signed-up"]);
        foreach (var name in new[] { "ask", "gift", "hear", "mail", "loop" })
            catalogue = catalogue.With($"steps.{name}.result", AttributeType.Text).With($"steps.{name}.points", AttributeType.Number).With($"steps.{name}.reason", AttributeType.Text);
        return catalogue;
    }
}
