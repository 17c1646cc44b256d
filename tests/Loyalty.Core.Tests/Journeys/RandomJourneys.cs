using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;
using static Loyalty.Core.Tests.Journeys.Bench;

namespace Loyalty.Core.Tests.Journeys;

/// <summary>Makes journeys and events from a seed.</summary>
internal sealed class RandomJourneys(int seed)
{
    private static readonly string[] Types = ["feedback.given", "order.paid", "cart.updated", "message.clicked"];

    private readonly Random _random = new(seed);
    private readonly List<string> _names = [];
    private int _count;

    public JourneyDefinition Make(bool withGoalAndExits)
    {
        var steps = Steps(3, 2 + _random.Next(5));
        var journey = Journey([.. steps]);
        if (Chance(0.5)) journey = journey with { SendWindow = new SendWindow((Weekdays)(1 + _random.Next(127)), new LocalTime(_random.Next(24), 15), new LocalTime(_random.Next(24), 45)) };
        if (!withGoalAndExits) return journey;
        if (Chance(0.7)) journey = journey with { Goal = Goal(Pick(Types), Pick("3d", "30d", "2mo"), Chance(0.5), Chance(0.5) ? "event.nth < 5" : null) };
        if (Chance(0.4)) journey = journey with { Exits = [new ExitRule([], If("customer.orders > 4"))] };
        if (Chance(0.4)) journey = journey with { Exits = journey.Exits.Add(new ExitRule([Pick(Types)], If("event.nth = 7"), "left")) };
        return journey;
    }

    public Occurrence Happening(int number, Instant at) => Event(
        $"e{number:000}", Pick(Types), at, ("nth", _random.Next(9)), ("kind", Pick("reason", "rating")), ("reason", Pick("price", "trust")), ("step", "s1"));

    public bool Chance(double share) => _random.NextDouble() < share;

    public int Below(int limit) => _random.Next(limit);

    public T Pick<T>(params T[] items) => items[_random.Next(items.Length)];

    private string Name()
    {
        var name = $"s{_count++}";
        _names.Add(name);
        return name;
    }

    private ImmutableArray<JourneyStep> Steps(int depth, int count) => [.. Enumerable.Range(0, count).Select(_ => Step(depth))];

    private ImmutableArray<JourneyStep> Branch(int depth) => Chance(0.3) ? [] : Steps(depth - 1, 1 + _random.Next(2));

    private JourneyStep Step(int depth)
    {
        var known = _names.ToArray();
        var name = Name();
        switch (_random.Next(depth > 0 ? 15 : 4))
        {
            case 0: return MakeWait(name, depth);
            case 1: return Award(name, Pick("10", "customer.orders", "customer.points + 1")) with { IfLate = Late(), Refused = Chance(0.5) ? Branch(depth) : null };
            case 2 or 3: return Send(name) with { IfLate = Late(), IsTransactional = Chance(0.2), NotSent = depth > 0 && Chance(0.5) ? Branch(depth) : [] };
            case 4:
                return new JourneyStep.Choose(name,
                [
                    new ChooseCase(Name(), If(Pick("customer.orders = 1", "customer.tier is empty", "event.nth > 3")), Branch(depth)),
                    new ChooseCase(Name(), Chance(0.5) ? null : If("customer.orders > 2"), Branch(depth)),
                ]);
            case 5: return new JourneyStep.Split(name, [new SplitArm(Name(), 0.4m, Branch(depth)), new SplitArm(Name(), 0.6m, Branch(depth))], Chance(0.5)) { IsAdaptive = Chance(0.3) };
            case 6:
                return new JourneyStep.Repeat(name)
                {
                    AtMost = 1 + _random.Next(4),
                    Every = Chance(0.5) ? Span(Pick("1d", "1w", "1mo")) : null,
                    While = Chance(0.5) ? If("customer.orders < 3") : null,
                    Steps = Steps(depth - 1, 1 + _random.Next(3)),
                };
            case 7: return Chance(0.2) ? End(name, "over") : MakeWait(name, depth);
            case 8: return MakeWaitFor(name, depth, known);
            case 13:
                return new JourneyStep.Emit(name, "club.joined", ImmutableSortedDictionary<string, Condition>.Empty.Add("orders", If("customer.orders", AttributeType.Number)));
            case 14: return new JourneyStep.Start(name, "other", ImmutableSortedDictionary<string, Condition>.Empty);
            case 9: return new JourneyStep.Set(name, [new SetAssignment(new SetTarget(SetKind.Fact, "size"), If("entry.source", null))]);
            case 10: return new JourneyStep.Webhook(name) { Endpoint = "crm", Failed = Chance(0.5) ? Branch(depth) : null };
            case 11: return new JourneyStep.Offer(name) { Code = "ten", IfLate = Late(), SoldOut = Chance(0.5) ? Branch(depth) : null, Failed = Chance(0.5) ? Branch(depth) : null };
            default:
                return new JourneyStep.HumanTask(name)
                {
                    Queue = "desk",
                    Due = Span(Pick("1d", "1w")),
                    Outcomes = [new StepBranch("agreed", Branch(depth)), new StepBranch("refused", Branch(depth))],
                    TooLate = Branch(depth),
                };
        }
    }

    private JourneyStep.WaitFor MakeWaitFor(string name, int depth, string[] known) => new(name)
    {
        Cases = Chance(0.5)
            ? [new WaitCase(null, Chance(0.2) ? [] : [Pick(Types)], If(Pick("event.nth < 6", "customer.orders > 0")), [])]
            : [new WaitCase(Name(), [Pick(Types)], null, Branch(depth)), new WaitCase(Name(), [Pick(Types), Pick(Types)], If("event.nth < 6"), Branch(depth))],
        UpTo = Span(Pick("1h", "2d", "2w")),
        Since = known.Length > 0 && Chance(0.3) ? Pick(known) : null,
        SinceEntry = Chance(0.2),
        InTime = Branch(depth),
        TooLate = Branch(depth),
    };

    private LateRule Late() => new(Pick(LateAction.OnlyWithin, LateAction.Drop, LateAction.Send, LateAction.SpreadOver), Span("4h"));

    private JourneyStep.Wait MakeWait(string name, int depth) => new(
        name,
        Below(4) switch
        {
            0 => new WaitRule.Until(new MomentRule { At = new LocalTime(Below(24), 30), Days = (Weekdays)(1 + Below(127)), NotBefore = Chance(0.5) ? Span("3d") : null }),
            1 => new WaitRule.Date("customer.birthday", true, Span("7d"), Chance(0.5), null, null),
            2 => new WaitRule.Date("customer.next-order-at", false, null, false, null, Chance(0.5) ? Span("1d") : null),
            _ => new WaitRule.For(Span(Pick("30min", "1d", "2w", "1mo"))),
        },
        depth > 0 ? Branch(depth) : []);
}
