using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Core.Tests.Customers;
using NodaTime;

namespace Loyalty.Core.Tests.Orders;

/// <summary>Histories as shops tell them: orders placed, paid, edited, fulfilled, refunded, cancelled, several webhooks for one fact, carts, sign-ups.</summary>
internal sealed class RandomHistory(int seed)
{
    private static readonly string[] Currencies = ["EUR", "EUR", "EUR", "USD"];
    private readonly Random _random = new(seed);
    private readonly List<CanonicalEvent> _events = [];
    private int _id;

    public List<CanonicalEvent> Make()
    {
        var orders = _random.Next(1, 5);
        for (var i = 0; i < orders; i++) Order(i, Shop.Start + Duration.FromHours(_random.Next(0, 2000)));
        for (var i = _random.Next(3); i > 0; i--) Profile(Shop.Start + Duration.FromHours(_random.Next(0, 2000)));
        for (var i = _random.Next(4); i > 0; i--) Add(Shop.Cart($"k{_random.Next(2)}", Shop.Start + Duration.FromHours(_random.Next(0, 2000)), "A", "B"));
        if (_random.Next(2) == 0) Add(Shop.SignUp(Shop.Start + Duration.FromHours(_random.Next(0, 2000))));
        return [.. _events.OrderBy(static e => e.Time)];
    }

    /// <summary>The same events, each three times, in any order.</summary>
    public static List<CanonicalEvent> Scrambled(List<CanonicalEvent> events, int seed)
    {
        var all = events.Concat(events).Concat(events).ToArray();
        new Random(seed).Shuffle(all);
        return [.. all];
    }

    private void Order(int index, Instant at)
    {
        var order = Shop.Paid($"{index}", at, [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => _random.NextInt64(0, 20000))]) with
        {
            Currency = Currencies[_random.Next(Currencies.Length)],
            Payment = PaymentStatus.Pending,
            PaidAt = null,
            CartId = _random.Next(2) == 0 ? $"k{_random.Next(2)}" : null,
        };
        order = order with { Lines = [.. order.Lines.Select(line => line with { Quantity = _random.Next(1, 4), TaxMinor = line.NetMinor / 5 })] };
        Add(Shop.Told(order, EventTypes.OrderPlaced));
        var paidAt = at + Duration.FromMinutes(_random.Next(0, 90));
        if (_random.Next(8) > 0)
        {
            order = order with { Payment = PaymentStatus.Paid, PaidAt = _random.Next(2) == 0 ? paidAt : null, UpdatedAt = paidAt };
            Add(Shop.Told(order, EventTypes.OrderPaid));
            Add(Shop.Told(order, EventTypes.OrderUpdated));
        }

        for (var i = _random.Next(6); i > 0; i--) order = Revision(order, order.UpdatedAt + Duration.FromMinutes(_random.Next(0, 3000)));
    }

    private OrderSnapshot Revision(OrderSnapshot order, Instant at)
    {
        order = order with { UpdatedAt = at };
        switch (_random.Next(6))
        {
            case 0: order = order with { FulfilledAt = at }; break;
            case 1 when _random.Next(3) == 0: order = order with { CancelledAt = at }; break;
            case 1 when _random.Next(3) == 0: order = order with { Payment = PaymentStatus.Refunded }; break;
            case 2:
                var index = _random.Next(order.Lines.Length);
                order = order with { Lines = order.Lines.SetItem(index, order.Lines[index] with { NetMinor = _random.NextInt64(0, 20000) }) };
                break;
            default: order = Refunded(order, at); break;
        }

        Add(Shop.Told(order));
        return order;
    }

    /// <summary>A refund is told by its own webhook, by the order, by both, or differently by both.</summary>
    private OrderSnapshot Refunded(OrderSnapshot order, Instant at)
    {
        var lines = order.Lines
            .Where(_ => _random.Next(2) == 0)
            .Select(line => new RefundLine(line.LineId, _random.Next(0, 2), _random.NextInt64(0, 12000)));
        var refund = new OrderRefund($"r{_id++}", at, [.. lines]);
        var way = _random.Next(4);
        if (way != 1) Add(Shop.Told(order.OrderId, refund));
        if (way == 0) return order;
        var told = way == 2 ? refund with { Lines = [.. refund.Lines.Select(static line => line with { NetMinor = line.NetMinor / 2 })] } : refund;
        return order with { Refunds = order.Refunds.Add(told), Payment = PaymentStatus.PartiallyRefunded };
    }

    private void Profile(Instant at) => Add(Shop.Event("", EventTypes.CustomerUpdated, at, new EventData.Person
    {
        FirstName = Maybe("Bob", "Robert"),
        Country = Maybe("BG", "GB"),
        Zone = Maybe("Europe/Sofia", "Europe/London"),
        AcquisitionSource = Maybe("ad", "friend"),
        Tags = _random.Next(2) == 0 ? [] : ["vip", $"t{_random.Next(3)}"],
        Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", _random.Next(2) == 0),
    }));

    private string? Maybe(string a, string b) => _random.Next(3) switch { 0 => a, 1 => b, _ => null };

    private void Add(CanonicalEvent e) => _events.Add(e with { Id = $"e{_id++}" });
}
