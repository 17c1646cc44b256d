using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Loyalty.Core;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Simulation.Shop;

/// <summary>How people react to a template.</summary>
/// <param name="AnswerShare">Share that answers: with a reason (price, delivery, trust), a mark from 1 to 10, or a friend who joins, as the template asks.</param>
/// <param name="BuyShare">Share, of those who do not answer, that buys.</param>
public sealed record ReactionRule(double AnswerShare, double BuyShare);

/// <summary>
/// What people do because of a message. A reaction follows from (seed, template, person, day of sending) and comes at
/// an hour of a later day in the person's own time, so that a message that goes out a few minutes later changes
/// nothing.
/// </summary>
public sealed class Reactions
{
    private static readonly ReactionRule None = new(0, 0);
    private static readonly string[] Reasons = ["price", "price", "delivery", "trust"];
    private static readonly int[] Marks = [2, 5, 7, 8, 8, 9, 9, 9, 10, 10];
    private readonly ShopOptions _options;
    private readonly ImmutableDictionary<string, ReactionRule> _rules;

    /// <param name="options">The same as the population's.</param>
    /// <param name="rules">By template; null or a template without a rule: by its name, see
    /// <see cref="Default"/>.</param>
    public Reactions(ShopOptions options, IReadOnlyDictionary<string, ReactionRule>? rules = null)
    {
        _options = options;
        _rules = rules?.ToImmutableDictionary(StringComparer.Ordinal)
            ?? ImmutableDictionary<string, ReactionRule>.Empty;
    }

    /// <summary>
    /// A question (<c>why</c> in the name) is answered by 45%, one for a mark (<c>how-was-it</c>) by 55%, an invitation of
    /// friends by 15%; a reminder, an offer, a cart, a second look, a win-back or a reorder note is followed by a purchase of 20%; a reassurance (<c>delivery</c>, <c>trust</c>, <c>calm</c>) of
    /// 12%; a welcome of 6%; anything else by nothing.
    /// </summary>
    public static ReactionRule Default(string template)
    {
        bool Has(params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
            {
                if (template.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
            }

            return false;
        }

        if (Has("why")) return new ReactionRule(0.45, 0);
        if (Has("how-was-it")) return new ReactionRule(0.55, 0);
        if (Has("invite")) return new ReactionRule(0.15, 0);
        if (Has("remind", "reorder", "cart", "offer", "second-look", "win-back", "gift", "miss"))
            return new ReactionRule(0, 0.20);
        if (Has("delivery", "trust", "calm")) return new ReactionRule(0, 0.12);
        return Has("welcome") ? new ReactionRule(0, 0.06) : None;
    }

    /// <summary>The deliveries that follow from one message, by time; empty: nothing happens.</summary>
    /// <param name="template">Which message.</param>
    /// <param name="email">To whom; an address of the population.</param>
    /// <param name="sentOn">The day of sending in the person's zone.</param>
    public IReadOnlyList<ShopDelivery> For(string template, string email, LocalDate sentOn)
    {
        if (ShopPerson.NumberOf(email) is not { } number || number >= _options.Customers) return [];
        var person = ShopPerson.Of(_options.Seed, number);
        if (!string.Equals(person.Email, email, StringComparison.OrdinalIgnoreCase)) return [];
        var rule = _rules.GetValueOrDefault(template) ?? Default(template);
        var key = $"{template}:{number.ToString(CultureInfo.InvariantCulture)}:{LocalDatePattern.Iso.Format(sentOn)}";
        var dice = Dice.Of(_options.Seed, "reaction", key);
        var day = sentOn.PlusDays(1 + (int)dice.Exponential(1.2));
        var at = OnGrid(day.At(new LocalTime(dice.Whole(9, 21), 0)).InZoneLeniently(person.TimeZone).ToInstant());
        var draw = dice.Unit();
        if (draw < rule.AnswerShare) return [Answer(person, template, key, at, dice)];
        return draw < rule.AnswerShare + (1 - rule.AnswerShare) * rule.BuyShare ? Buy(person, key, at, dice) : [];
    }

    private ShopDelivery Answer(ShopPerson person, string template, string key, Instant at, Dice dice)
    {
        var customer = new { email = person.Email };
        if (template.Contains("invite", StringComparison.OrdinalIgnoreCase))
            return Told(person, key, at, "referral.joined", new { customer, friend = $"friend-of-{person.Number.ToString(CultureInfo.InvariantCulture)}" });
        return template.Contains("how-was-it", StringComparison.OrdinalIgnoreCase)
            ? Told(person, key, at, "feedback.given", new { customer, kind = "rating", rating = dice.Pick(Marks), about = template })
            : Told(person, key, at, "feedback.given", new { customer, kind = "reason", reason = dice.Pick(Reasons), about = template });
    }

    private ShopDelivery Told(ShopPerson person, string key, Instant at, string type, object data)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { type, timestamp = InstantPattern.ExtendedIso.Format(at), data });
        return Signing.Standard(_options, at, type, person.Number, key, body);
    }

    private List<ShopDelivery> Buy(ShopPerson person, string key, Instant at, Dice dice)
    {
        // Numbers above those of the person's own life; 40,000 of them make two of one person practically never meet.
        var number =
            5_000 + (int)(Hashing.Draw(_options.Seed.ToString(CultureInfo.InvariantCulture), "order", key) * 40_000);
        var token = string.Create(CultureInfo.InvariantCulture, $"cart-{person.Number}-{number}");
        var id = ShopLife.OrderId(person.Number, number);
        var order = ShopOrder.Draw(dice, person, id, at, token, person.IsGuest) with { Payment = "paid" };
        var sent = at + Duration.FromDays(2);
        var fulfilled = order with { UpdatedAt = sent, FulfilledAt = sent };
        return
        [
            Deliver(at, "orders/create", order),
            Deliver(at, "orders/paid", order),
            Deliver(sent, "orders/fulfilled", fulfilled),
        ];

        ShopDelivery Deliver(Instant when, string topic, ShopOrder state)
        {
            var eventKey = $"reaction:{key}:{(topic == "orders/fulfilled" ? "sent" : "order")}";
            var body = ShopJson.Order(state, _options.Currency);
            return Signing.Shopify(_options, when, when, topic, person.Number, eventKey, body);
        }
    }

    private Instant OnGrid(Instant at) =>
        _options.Start + _options.Grid * (long)Math.Ceiling((at - _options.Start) / _options.Grid);
}
