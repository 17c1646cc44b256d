using System.Runtime.InteropServices;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Simulation.Responses;
using Loyalty.Simulation.World;
using NodaTime;

namespace Loyalty.Simulation.Results;

/// <summary>
/// Counts of everything that happened, nothing of anybody. All are whole numbers that add up, so the sum over threads is the same whoever counted
/// whom.
/// </summary>
internal sealed class Tally
{
    private readonly Instant _start;
    private readonly Dictionary<string, JourneyTally> _journeys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _points = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _withheld = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MessageTally> _templates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _refused = new(StringComparer.Ordinal);
    private readonly long[] _stages = new long[Enum.GetValues<CustomerStage>().Length];

    public Tally(Instant start, Instant end, IEnumerable<JourneyDefinition> journeys)
    {
        _start = start;
        Days = (int)Math.Ceiling((end - start).TotalDays) + 1;
        SendsPerMinute = new int[Days * 24 * 60];
        PointsPerDay = new long[Days];
        foreach (var journey in journeys) _journeys[journey.Name] = new JourneyTally(journey, Days);
    }

    public int Days { get; }
    public long Customers { get; private set; }
    public long Orders { get; private set; }
    public long RevenueMinor { get; private set; }
    public int[] SendsPerMinute { get; }
    public long[] PointsPerDay { get; }
    public IReadOnlyDictionary<string, JourneyTally> Journeys => _journeys;

    /// <summary>Points by what was posted and why, e.g. <c>grant|rule one-per-dollar</c>.</summary>
    public IReadOnlyDictionary<string, long> Points => Sorted(_points);
    public IReadOnlyDictionary<string, long> Withheld => Sorted(_withheld);
    public IReadOnlyDictionary<string, MessageTally> Templates => Sorted(_templates);
    public IReadOnlyDictionary<string, long> Events => Sorted(_events);

    /// <summary>Events that changed nothing, by reason.</summary>
    public IReadOnlyDictionary<string, long> Refused => Sorted(_refused);
    public IReadOnlyList<long> Stages => _stages;

    public int DayOf(Instant at) => Math.Clamp((int)((at - _start).TotalTicks / NodaConstants.TicksPerDay), 0, Days - 1);

    public void Event(CanonicalEvent e) => Count(_events, e.Type, 1);

    public void Refuse(string code) => Count(_refused, code, 1);

    public void Run(Instant now, RunDocument? before, RunDocument after)
    {
        if (!_journeys.TryGetValue(after.Run.Journey, out var journey)) return;
        var day = DayOf(now);
        if (before is null) journey.EnteredPerDay[day]++;
        var from = before?.Run.Position?.Step;
        var to = after.Run.Position?.Step;
        if (from == to) return;
        if (from is not null) journey.Step(from).MovedPerDay[day]--;
        if (to is not null) journey.Step(to).MovedPerDay[day]++;
    }

    public void Message(MessageRecord message)
    {
        if (!_templates.TryGetValue(message.Template, out var template)) _templates[message.Template] = template = new MessageTally();
        var step = _journeys.TryGetValue(message.Journey, out var journey) ? journey.Step(message.Step) : null;
        if (message.Result == StepResults.Sent)
        {
            template.Sent++;
            if (step is not null) step.Sent++;
            SendsPerMinute[Math.Clamp((int)((message.At - _start).TotalTicks / NodaConstants.TicksPerMinute), 0, SendsPerMinute.Length - 1)]++;
            return;
        }

        template.NotSent++;
        if (step is not null) step.NotSent++;
        Count(_withheld, message.Reason ?? message.Result, 1);
    }

    public void Response(string template, Responded responded)
    {
        var tally = _templates[template];
        if (responded.HasFlag(Responded.Opened)) tally.Opened++;
        if (responded.HasFlag(Responded.Clicked)) tally.Clicked++;
        if (responded.HasFlag(Responded.Bought)) tally.Bought++;
        if (responded.HasFlag(Responded.Answered) || responded.HasFlag(Responded.Acted)) tally.Answered++;
        if (responded.HasFlag(Responded.Unsubscribed)) tally.Unsubscribed++;
    }

    public void Entry(Instant now, LedgerEntry entry)
    {
        var points = entry.Points;
        if (entry.Type == EntryType.Grant)
        {
            PointsPerDay[DayOf(now)] += points;
            Count(_points, entry.Cause.RuleId is { } rule ? "granted|" + rule : "granted|journey: " + entry.Cause.Reason, points);
        }
        else if (entry.Type is EntryType.Spend or EntryType.Commit)
        {
            Count(_points, "spent|", points);
        }
        else if (entry.Type is EntryType.Expire or EntryType.Reverse)
        {
            Count(_points, entry.Type == EntryType.Expire ? "expired|" : "reversed|", points);
        }
    }

    /// <summary>What a customer's documents say at the end.</summary>
    public void Close(WorldStore store)
    {
        Customers++;
        foreach (var document in store.All)
        {
            switch (document.Value)
            {
                case RunDocument run when _journeys.TryGetValue(run.Run.Journey, out var journey): journey.Close(run.Run); break;
                case OrderState { Counted: { } counted }:
                    Orders++;
                    RevenueMinor += counted.SpendMinor;
                    break;
                case CustomerState customer: _stages[(int)customer.Stage]++; break;
                default: break;
            }
        }
    }

    public void Add(Tally other)
    {
        Customers += other.Customers;
        Orders += other.Orders;
        RevenueMinor += other.RevenueMinor;
        for (var i = 0; i < SendsPerMinute.Length; i++) SendsPerMinute[i] += other.SendsPerMinute[i];
        for (var i = 0; i < Days; i++) PointsPerDay[i] += other.PointsPerDay[i];
        for (var i = 0; i < _stages.Length; i++) _stages[i] += other._stages[i];
        foreach (var (name, journey) in other._journeys) _journeys[name].Add(journey);
        foreach (var (name, count) in other._points) Count(_points, name, count);
        foreach (var (name, count) in other._withheld) Count(_withheld, name, count);
        foreach (var (name, count) in other._events) Count(_events, name, count);
        foreach (var (name, count) in other._refused) Count(_refused, name, count);
        foreach (var (name, template) in other._templates)
        {
            if (!_templates.TryGetValue(name, out var own)) _templates[name] = own = new MessageTally();
            own.Add(template);
        }
    }

    private static SortedDictionary<string, T> Sorted<T>(Dictionary<string, T> counts) => new(counts, StringComparer.Ordinal);

    internal static void Count(Dictionary<string, long> counts, string name, long by) =>
        CollectionsMarshal.GetValueRefOrAddDefault(counts, name, out _) += by;
}

/// <summary>Counts of one template.</summary>
internal sealed class MessageTally
{
    public long Sent { get; set; }
    public long NotSent { get; set; }
    public long Opened { get; set; }
    public long Clicked { get; set; }
    public long Bought { get; set; }
    public long Answered { get; set; }
    public long Unsubscribed { get; set; }

    public void Add(MessageTally other)
    {
        Sent += other.Sent;
        NotSent += other.NotSent;
        Opened += other.Opened;
        Clicked += other.Clicked;
        Bought += other.Bought;
        Answered += other.Answered;
        Unsubscribed += other.Unsubscribed;
    }
}
