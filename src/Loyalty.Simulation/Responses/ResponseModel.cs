using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Orders;
using Loyalty.Engine.Ports;
using Loyalty.Simulation.Populations;
using NodaTime;

namespace Loyalty.Simulation.Responses;

/// <summary>A message that was handed over.</summary>
/// <param name="CustomerId">To whom.</param>
/// <param name="RunId">By which run.</param>
/// <param name="Journey">Of which journey.</param>
/// <param name="Step">By which step.</param>
/// <param name="Visit">From 1.</param>
/// <param name="Template">Which message.</param>
/// <param name="Topic">Its consent topic; null: transactional.</param>
/// <param name="At">When.</param>
public readonly record struct SentMessage(
    string CustomerId, string RunId, string Journey, string Step, int Visit, string Template, string? Topic, Instant At);

/// <summary>
/// What people do because of a message. It follows from (seed, person, journey, step, visit) alone, so the draft and the live version, and the
/// host and the simulation, meet the same people; only the minute of an answer differs from run to run.
/// </summary>
public sealed class ResponseModel
{
    private const string Source = "simulated";
    private readonly ResponseRates _rates;
    private readonly ulong _seed;
    private readonly string _currency;
    private readonly Dictionary<string, Dictionary<string, Ask>> _asks = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Journey, string Step), ulong> _keys = [];
    private readonly bool _opensMatter;

    /// <param name="program">Its journeys say what they wait for.</param>
    /// <param name="rates">How often.</param>
    /// <param name="seed">Every draw follows from it.</param>
    public ResponseModel(LiveProgram program, ResponseRates rates, long seed)
    {
        (_rates, _seed, _currency) = (rates, Draws.Key(unchecked((ulong)seed), Draws.Key("responses")), program.Model.Currency);
        foreach (var journey in program.Journeys)
        {
            _asks[journey.Name] = Ask.Of(journey);
            foreach (var place in journey.Index.InOrder) _keys[(journey.Name, place.Step.Name)] = Draws.Key(journey.Name + "/" + place.Step.Name);
        }

        // An opening is no activity: it is worth an event only where a journey names it.
        _opensMatter = program.Journeys.Any(static journey =>
            journey.Enter.Events.Contains(EventTypes.MessageOpened) || journey.Index.WaitTypes.Contains(EventTypes.MessageOpened)
            || journey.Index.WaitsForAny || journey.Goal?.Events.Contains(EventTypes.MessageOpened) == true
            || journey.Exits.Any(static exit => exit.Events.Contains(EventTypes.MessageOpened)));
    }

    /// <summary>Draws what follows from one message.</summary>
    /// <param name="sent">The message.</param>
    /// <param name="person">The person's seed.</param>
    /// <param name="zone">The person's zone: people answer in their waking hours.</param>
    /// <param name="into">Gets the events, each at its time.</param>
    /// <returns>What the person did, for counting.</returns>
    public Responded Draw(in SentMessage sent, ulong person, DateTimeZone zone, List<CanonicalEvent> into)
    {
        var key = _keys.TryGetValue((sent.Journey, sent.Step), out var known) ? known : Draws.Key(sent.Journey + "/" + sent.Step);
        var draws = Draws.Of(Draws.Key(Draws.Key(_seed, person), unchecked(key + (ulong)sent.Visit)));
        var rate = _rates.Of(sent.Template);
        // Each draw is made whatever came before it: one rate can be moved without moving the others.
        double open = draws.Unit(), click = draws.Unit(), buy = draws.Unit(), answer = draws.Unit(), act = draws.Unit(), leave = draws.Unit();
        // Two carts' runs may write to a person at one moment by one step: nobody answers both in the same second.
        var apart = Duration.FromSeconds(2 * (long)(Draws.Key(sent.RunId) % 900));
        var readAt = sent.At + apart + Duration.FromSeconds(60 + (long)draws.Exponential(6 * 3600));
        var done = Responded.Nothing;
        var isOpen = open < rate.Open || click < rate.Click;
        if (isOpen) done |= Responded.Opened;
        if (isOpen && _opensMatter) into.Add(About(sent, EventTypes.MessageOpened, readAt));
        if (click < rate.Click)
        {
            done |= Responded.Clicked;
            into.Add(About(sent, EventTypes.MessageClicked, readAt + Duration.FromSeconds(40)));
        }

        if (sent.Topic is { } topic && leave < rate.Unsubscribe)
        {
            into.Add(About(sent, EventTypes.MessageUnsubscribed, readAt + Duration.FromSeconds(90), ("topic", topic)));
            return done | Responded.Unsubscribed;
        }

        var ask = _asks.TryGetValue(sent.Journey, out var asks) && asks.TryGetValue(sent.Step, out var found) ? found : Ask.Nothing;
        if (ask.Feedback && answer < rate.Answer)
        {
            done |= Responded.Answered;
            into.Add(Feedback(sent, ask, readAt + Duration.FromSeconds(240), ref draws));
        }

        if (!ask.Others.IsEmpty && act < rate.Act)
        {
            done |= Responded.Acted;
            var type = ask.Others[draws.Whole(0, ask.Others.Length - 1)];
            into.Add(About(sent, type, WakingHours.On(sent.At + Duration.FromDays(1 + draws.Exponential(3)), zone, ref draws) + apart));
        }

        if (buy >= rate.Buy) return done;
        Buy(sent, zone, apart, ref draws, into);
        return done | Responded.Bought;
    }

    private static CanonicalEvent Feedback(in SentMessage sent, Ask ask, Instant at, ref Draws draws)
    {
        var kind = ask.Kinds.IsEmpty ? "rating" : ask.Kinds[draws.Whole(0, ask.Kinds.Length - 1)];
        // People who rate at all rate high: half of them 9 or 10.
        if (kind == "rating") return About(sent, EventTypes.FeedbackGiven, at, ("kind", kind), ("rating", (long)Rating(ref draws)));
        var choice = draws.Whole(0, ask.Reasons.Length);
        return About(
            sent, EventTypes.FeedbackGiven, at, ("kind", kind), ("reason", choice == ask.Reasons.Length ? "other" : ask.Reasons[choice]));
    }

    private static int Rating(ref Draws draws)
    {
        var unit = draws.Unit();
        return unit < 0.5 ? draws.Whole(9, 10) : unit < 0.8 ? draws.Whole(7, 8) : draws.Whole(1, 6);
    }

    private void Buy(in SentMessage sent, DateTimeZone zone, Duration apart, ref Draws draws, List<CanonicalEvent> into)
    {
        var at = WakingHours.On(sent.At + Duration.FromDays(1 + draws.Exponential(1.2)), zone, ref draws) + apart;
        var name = Name(sent, "order");
        var order = ShopBasket.Draw(ref draws).ToOrder(Source + ":" + name, at, cartId: null, _currency) with
        {
            Payment = PaymentStatus.Paid,
            PaidAt = at,
        };
        var sentAt = WakingHours.On(at + Duration.FromDays(2), zone, ref draws) + apart;
        var fulfilled = order with { UpdatedAt = sentAt, FulfilledAt = sentAt };
        into.Add(Make(sent, name + ":paid", EventTypes.OrderPaid, at, new EventData.Order(order)));
        into.Add(Make(sent, name + ":fulfilled", EventTypes.OrderFulfilled, sentAt, new EventData.Order(fulfilled)));
    }

    private static CanonicalEvent About(in SentMessage sent, string type, Instant at, params ReadOnlySpan<(string Name, AttributeValue Value)> more)
    {
        var values = ImmutableDictionary.CreateBuilder<string, AttributeValue>(StringComparer.Ordinal);
        values["template"] = sent.Template;
        values["run"] = sent.RunId;
        values["step"] = sent.Step;
        foreach (var (name, value) in more) values[name] = value;
        return Make(sent, Name(sent, type), type, at, new EventData.Facts(values.ToImmutable()));
    }

    private static CanonicalEvent Make(in SentMessage sent, string id, string type, Instant at, EventData data) => new()
    {
        Id = id,
        Source = Source,
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Customer(sent.CustomerId)],
        Data = data,
    };

    private static string Name(in SentMessage sent, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{sent.RunId}:{sent.Step}:{sent.Visit}:{what}");
}

/// <summary>What a person did because of a message.</summary>
[Flags]
public enum Responded
{
    Nothing = 0,
    Opened = 1,
    Clicked = 2,
    Bought = 4,
    Answered = 8,
    Acted = 16,
    Unsubscribed = 32,
}
