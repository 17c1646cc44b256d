using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Queries;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Simulation.Responses;
using NodaTime;

namespace Loyalty.Simulation.Results;

/// <summary>Everything that happened to one simulated customer, in the order in which it happened.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Zone">IANA id of the customer's zone, in which the times are to be read.</param>
/// <param name="Lines">Oldest first.</param>
/// <param name="Documents">How the customer's documents stand at the end, by id.</param>
public sealed record CustomerStory(
    string CustomerId, string Zone, ImmutableArray<StoryLine> Lines, ImmutableSortedDictionary<string, object> Documents)
{
    /// <summary>
    /// Moments at which several messages competed for one place (under a cap, or as repetitions of each other). The host sends the one that it happens to
    /// judge first, so it may send another one of them; everything before the first of these moments is the same.
    /// </summary>
    public ImmutableArray<Instant> Ties { get; init; } = [];

    /// <summary>The lines for people: every moment, those within a line too, by the customer's clock.</summary>
    public IEnumerable<ToldLine> Told()
    {
        var zone = DateTimeZoneProviders.Tzdb[Zone];
        return Lines.Select(line => new ToldLine(
            line.At.InZone(zone).ToString("ddd uuuu-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            line.Where.Length == 0 ? "" : line.Step.Length == 0 ? line.Where + ": " : $"{line.Where} / {line.Step}: ",
            LocalMoments.In(line.What, Local),
            string.IsNullOrEmpty(line.Why) ? null : LocalMoments.In(line.Why, Local)));

        string Local(Instant moment) => moment.InZone(zone).ToString("uuuu-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }
}

/// <summary>A line of a story, for people.</summary>
/// <param name="When">By the customer's clock.</param>
/// <param name="Where">Journey and step with what separates them from the rest; empty: the customer did it.</param>
/// <param name="What">What was chosen, posted or done.</param>
/// <param name="Why">What was seen; null: nothing to say.</param>
public sealed record ToldLine(string When, string Where, string What, string? Why);

/// <summary>One thing that happened.</summary>
/// <param name="At">When.</param>
/// <param name="Where">The journey it happened in, <c>points</c>, or empty: the customer did it.</param>
/// <param name="Step">The step; empty: the run itself.</param>
/// <param name="What">What was chosen, posted or done.</param>
/// <param name="Why">What was seen; null: nothing to say.</param>
public sealed record StoryLine(Instant At, string Where, string Step, string What, string? Why);

/// <summary>Writes a story down while it is played.</summary>
internal sealed class StoryTeller
{
    private readonly ImmutableArray<StoryLine>.Builder _lines = ImmutableArray.CreateBuilder<StoryLine>();
    private readonly SortedSet<Instant> _sent = [];
    private readonly SortedSet<Instant> _heldBack = [];

    public void Event(Instant now, CanonicalEvent e, ApplyOutcome outcome) =>
        _lines.Add(new StoryLine(now, "", "", e.Type, outcome is ApplyOutcome.Refused refused ? $"refused: {refused.Code}" : About(e)));

    public void Written(Instant now, ObjectWrite write, object? before)
    {
        switch (write.Value)
        {
            case RunDocument run: Run(now, (RunDocument?)before, run); break;
            case LedgerEntry entry when before is null: _lines.Add(Entry(now, entry)); break;
            case MessageRecord message when before is null:
                _lines.Add(new StoryLine(now, message.Journey, message.Step, $"{message.Result} {message.Template}", message.Reason));
                if (message.Result == StepResults.Sent) _sent.Add(now);
                else if (IsForAnother(message.Reason)) _heldBack.Add(now);
                break;
            default: break;
        }
    }

    public void Response(Instant now, SentMessage sent, Responded responded)
    {
        if (responded != Responded.Nothing)
            _lines.Add(new StoryLine(now, sent.Journey, sent.Step, "will react", responded.ToString().ToLowerInvariant()));
    }

    public CustomerStory Close(string customerId, string zone, ImmutableSortedDictionary<string, object> documents) =>
        new(customerId, zone, _lines.ToImmutable(), documents) { Ties = [.. _sent.Intersect(_heldBack).Order()] };

    private static bool IsForAnother(string? reason) =>
        reason is WithholdReasons.FrequencyCap or WithholdReasons.LowerPriority or WithholdReasons.Duplicate;

    /// <summary>The lines that this write added; of a log that was cut, those behind the last one known.</summary>
    private void Run(Instant now, RunDocument? before, RunDocument after)
    {
        foreach (var item in after.Outbox)
        {
            if (item is { State: OutboxState.Open, NotBefore: not null } && IsForAnother(item.Reason) && before?.Outbox.Contains(item) != true) _heldBack.Add(now);
        }

        var known = before is null || before.Log.IsEmpty ? -1 : after.Log.LastIndexOf(before.Log[^1]);
        for (var i = known + 1; i < after.Log.Count; i++)
        {
            var line = after.Log[i];
            _lines.Add(new StoryLine(line.At, after.Run.Journey, line.Step, line.What, line.Why));
        }
    }

    private static StoryLine Entry(Instant now, LedgerEntry entry)
    {
        var cause = entry.Cause.RuleId ?? entry.Cause.Reason;
        var what = string.Create(CultureInfo.InvariantCulture, $"{entry.Type.ToString().ToLowerInvariant()} {entry.Points} {entry.Wallet}");
        return new StoryLine(now, "points", "", what, cause);
    }

    private static string? About(CanonicalEvent e) => e.Data switch
    {
        EventData.Order order => order.Snapshot.OrderId,
        EventData.Refund refund => refund.OrderId,
        EventData.Cart cart => cart.CartId,
        EventData.Facts facts => string.Join(", ", facts.Values.OrderBy(static one => one.Key, StringComparer.Ordinal)
            .Where(static one => one.Key is "kind" or "reason" or "rating" or "template" or "topic").Select(static one => $"{one.Key} {Text(one.Value)}")),
        _ => null,
    };

    private static string Text(Core.AttributeValue value) => value switch
    {
        Core.AttributeValue.Text text => text.Value,
        Core.AttributeValue.Number number => number.Value.ToString(CultureInfo.InvariantCulture),
        _ => "",
    };
}
