using System.Collections.Immutable;
using System.Globalization;
using NodaTime;

namespace Loyalty.Simulation.Shop;

/// <summary>A delivery that is decided and not yet written.</summary>
internal readonly record struct Planned(
    Instant At, Instant Occurred, string Topic, int Customer, int Sequence, string EventKey, Func<byte[]> Body);

/// <summary>
/// What one person does: arrives, browses, buys, comes back in a rhythm of their own, stops at some point. Follows from
/// the seed and the person's number alone, whoever else is in the shop. Buying while alive and stopping after a
/// purchase is the model of Fader, Hardie and Lee 2005 (BG/NBD).
/// </summary>
internal sealed class ShopLife
{
    private const double BuyerShare = 0.62;
    private const double StopShare = 0.22;

    private readonly ShopOptions _options;
    private readonly Dice _dice;
    private readonly ShopPerson _person;
    private readonly List<Planned> _plan = [];
    private int _orders;

    private ShopLife(ShopOptions options, int number)
    {
        _options = options;
        _person = ShopPerson.Of(options.Seed, number);
        _dice = Dice.Of(options.Seed, "life", number.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Everything that comes from one person, by time of arrival.</summary>
    public static List<Planned> Plan(ShopOptions options, int number)
    {
        var life = new ShopLife(options, number);
        life.Live();
        return life.Disturbed();
    }

    private void Live()
    {
        // Arrivals thin out towards the end, so that most people have time to do something.
        var arrival = AtHour(_options.Start + Duration.FromDays(Math.Pow(_dice.Unit(), 1.3) * _options.Days * 0.85));
        var isBuyer = _dice.Chance(_person.IsGuest ? 1 : BuyerShare);
        var account = !_person.IsGuest;
        if (account)
            Add(
                arrival,
                arrival,
                "customers/create",
                "signup",
                () => ShopJson.Customer(_person, arrival, arrival, _person.Agreed ? true : null));
        if (!isBuyer && _dice.Chance(0.5)) Abandon(Later(arrival, _dice.Exponential(3)));
        if (isBuyer) Buy(arrival);
        if (account) Maintain(arrival);
        // Every third guest makes an account later, with the same address.
        if (_person.IsGuest && _dice.Chance(0.33))
        {
            var at = Later(arrival, 5 + _dice.Exponential(20));
            Add(
                at,
                at,
                "customers/create",
                "signup",
                () => ShopJson.Customer(_person, at, at, _person.Agreed ? true : null));
        }
    }

    private void Buy(Instant arrival)
    {
        var rhythm = 8 + _dice.Exponential(18);
        // Whoever makes an account and buys at once needs some minutes between the two.
        var at = _person.IsGuest ? arrival
            : _dice.Chance(0.3) ? arrival + _options.Grid * 2
            : Later(arrival, _dice.Exponential(5));
        while (at < _options.End)
        {
            Order(at);
            if (_dice.Chance(StopShare)) return;
            at = Later(at, 1 + _dice.Exponential(rhythm));
            if (_dice.Chance(0.12)) Abandon(Later(at, -2));
        }
    }

    private void Order(Instant at)
    {
        var number = ++_orders;
        var id = OrderId(_person.Number, number);
        var token = string.Create(CultureInfo.InvariantCulture, $"cart-{_person.Number}-{number}");
        var order = ShopOrder.Draw(_dice, _person, id, at, token, _person.IsGuest);
        var before = at - _options.Grid;
        if (_dice.Chance(0.8))
            Add(
                before,
                before,
                "carts/create",
                $"cart-{number}",
                () => ShopJson.Cart(token, order.Lines, before, before, _options.Currency));
        if (_dice.Chance(0.6))
            Add(
                before,
                before,
                "checkouts/create",
                $"checkout-{number}",
                () => ShopJson.Checkout(order, before, null, _options.Currency));
        var fate = _dice.Unit();
        var paidAt = fate < 0.86 ? at : Later(at, 0.2 + _dice.Exponential(1));
        var first = order with { Payment = paidAt == at ? "paid" : "pending" };
        AddOrder("orders/create", $"order-{number}", first);
        if (fate > 0.96)
        {
            AddOrder(
                "orders/cancelled",
                $"cancel-{number}",
                first with { UpdatedAt = paidAt, CancelledAt = paidAt, Payment = "voided" });
            return;
        }

        var paid = first with { UpdatedAt = paidAt, Payment = "paid" };
        AddOrder("orders/paid", paidAt == at ? $"order-{number}" : $"paid-{number}", paid);
        var fulfilledAt = Later(paidAt, 1 + _dice.Unit() * 3);
        var fulfilled = paid with { UpdatedAt = fulfilledAt, FulfilledAt = fulfilledAt };
        AddOrder("orders/fulfilled", $"fulfilled-{number}", fulfilled);
        if (_dice.Chance(0.09)) Refund(fulfilled, number, Later(fulfilledAt, 2 + _dice.Unit() * 10));
    }

    private void Refund(ShopOrder order, int number, Instant at)
    {
        var kind = _dice.Unit();
        ImmutableArray<(ShopLine, int, long)> lines = kind switch
        {
            < 0.1 => [],
            < 0.55 => Part(_dice.Pick(order.Lines)),
            _ => [.. order.Lines.Select(static line => (line, line.Quantity, line.Net))],
        };
        var refund = new ShopRefund(order.Id + 11, at, lines, kind < 0.1 ? order.Shipping : 0);
        var isWhole = kind >= 0.55;
        Add(at, at, "refunds/create", $"refund-{number}", () => ShopJson.Refund(order, refund, _options.Currency));
        AddOrder(
            "orders/updated",
            $"refund-{number}",
            order with { UpdatedAt = at, Refunds = [refund], Payment = isWhole ? "refunded" : "partially_refunded" });
    }

    private ImmutableArray<(ShopLine, int, long)> Part(ShopLine line)
    {
        var pieces = _dice.Whole(1, line.Quantity);
        return [(line, pieces, line.Share(0, pieces))];
    }

    private void Abandon(Instant at)
    {
        var number = ++_orders;
        var token = string.Create(CultureInfo.InvariantCulture, $"cart-{_person.Number}-{number}");
        var order = ShopOrder.Draw(_dice, _person, OrderId(_person.Number, number), at, token, _person.IsGuest);
        Add(
            at,
            at,
            "carts/create",
            $"cart-{number}",
            () => ShopJson.Cart(token, order.Lines, at, at, _options.Currency));
        var second = at + _options.Grid;
        Add(
            second,
            second,
            "checkouts/create",
            $"checkout-{number}",
            () => ShopJson.Checkout(order, second, null, _options.Currency));
    }

    private void Maintain(Instant arrival)
    {
        if (_dice.Chance(0.15))
        {
            var at = Later(arrival, _dice.Exponential(25));
            Add(
                at,
                at,
                "customers/update",
                "profile",
                () => ShopJson.Customer(_person, arrival, at, null, _person.LastName + "-Ray"));
        }

        if (_person.Agreed && _dice.Chance(0.05))
        {
            var at = Later(arrival, 3 + _dice.Exponential(30));
            Add(at, at, "customers/update", "unsubscribe", () => ShopJson.Customer(_person, arrival, at, false));
        }
    }

    private void AddOrder(string topic, string key, ShopOrder order) =>
        Add(order.UpdatedAt, order.UpdatedAt, topic, key, () => ShopJson.Order(order, _options.Currency));

    private void Add(Instant at, Instant occurred, string topic, string key, Func<byte[]> body)
    {
        if (occurred < _options.Start || occurred >= _options.End) return;
        _plan.Add(
            new Planned(
                at,
                occurred,
                topic,
                _person.Number,
                _plan.Count,
                string.Create(CultureInfo.InvariantCulture, $"{_person.Number}:{key}"),
                body));
    }

    /// <summary>
    /// Some deliveries come twice, some late and so behind younger ones. Drawn per delivery, so that the shares do not
    /// move anything else.
    /// </summary>
    private List<Planned> Disturbed()
    {
        var all = new List<Planned>(_plan.Count + 2);
        foreach (var planned in _plan)
        {
            var dice = Dice.Of(_options.Seed, "delivery", planned.EventKey, planned.Topic);
            var isLate = dice.Chance(_options.LateShare);
            var delay = dice.Whole(6, 216);
            var isDouble = dice.Chance(_options.DuplicateShare);
            var gap = dice.Whole(0, 3);
            var delivered = isLate ? planned with { At = planned.At + _options.Grid * delay } : planned;
            all.Add(delivered);
            if (!isDouble) continue;
            var again = delivered.At + _options.Grid * gap;
            all.Add(delivered with { At = again, Sequence = _plan.Count + planned.Sequence });
        }

        return all;
    }

    /// <summary>Just beyond 2^53, where neighbours are one number to a reader that goes through doubles.</summary>
    internal static long OrderId(int person, int number) => 9_007_199_254_740_993L + person * 1_000_000L + number * 20L;

    private Instant Later(Instant from, double days) => AtHour(from + Duration.FromDays(days));

    /// <summary>Moves a moment into the person's waking hours of the same day and onto the grid.</summary>
    private Instant AtHour(Instant at)
    {
        var local = at.InZone(_person.TimeZone);
        var hour = 8 + (int)(14 * Math.Sqrt(_dice.Unit()));
        var minute = _dice.Whole(0, 59);
        var waking = local.Date.At(new LocalTime(hour, minute)).InZoneLeniently(_person.TimeZone).ToInstant();
        // Never before the moment itself: what follows from something comes after it.
        return OnGrid(waking < at ? at : waking);
    }

    private Instant OnGrid(Instant at)
    {
        var ticks = (long)Math.Ceiling((at - _options.Start) / _options.Grid);
        return _options.Start + _options.Grid * ticks;
    }
}
