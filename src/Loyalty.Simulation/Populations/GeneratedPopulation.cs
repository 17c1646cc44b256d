using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Simulation.World;
using NodaTime;

namespace Loyalty.Simulation.Populations;

/// <summary>
/// A shop made up from a seed: people sign up, browse, buy in a rhythm of their own, return goods, stop at some point. Buying while alive and
/// stopping after a purchase is the model of Fader, Hardie and Lee 2005 (BG/NBD). Events are made as the program reads them, without JSON.
/// </summary>
public sealed class GeneratedPopulation : IPopulation
{
    private const string Source = "generated";
    private readonly GeneratedOptions _options;
    private readonly ulong _seed;
    private readonly ImmutableDictionary<string, bool> _agreed;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public GeneratedPopulation(GeneratedOptions options)
    {
        if (options.Customers is < 1 or > 10_000_000)
            throw new ArgumentOutOfRangeException(nameof(options), options.Customers, "1 to 10,000,000 customers.");
        if (options.Days is < 1 or > 3660)
            throw new ArgumentOutOfRangeException(nameof(options), options.Days, "1 to 3,660 days.");
        _options = options;
        _seed = Draws.Key(unchecked((ulong)options.Seed), Draws.Key("population"));
        _agreed = options.Topics.ToImmutableDictionary(static topic => topic, static _ => true, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public int Count => _options.Customers;

    /// <inheritdoc/>
    public Instant Start => _options.Start;

    /// <inheritdoc/>
    public Instant End => _options.Start + Duration.FromDays(_options.Days);

    /// <inheritdoc/>
    public string Description => string.Create(
        CultureInfo.InvariantCulture, $"{_options.Customers:N0} generated customers, {_options.Days:N0} days, seed {_options.Seed}");

    /// <summary>The id of a person.</summary>
    public static string IdOf(int number) => "g" + number.ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void Fill(int number, CustomerLife life)
    {
        var draws = Draws.Of(Draws.Key(_seed, (ulong)number));
        life.CustomerId = IdOf(number);
        life.Seed = draws.Bits();
        var place = ShopPlaces.All[draws.Whole(0, ShopPlaces.All.Length - 1)];
        life.Zone = place.TimeZone;
        var story = new Story(this, life, draws, place);
        story.Live();
        life.Events.Sort(static (one, other) =>
            one.ReceivedAt != other.ReceivedAt ? one.ReceivedAt.CompareTo(other.ReceivedAt) : string.CompareOrdinal(one.Id, other.Id));
    }

    private sealed class Story(GeneratedPopulation shop, CustomerLife life, Draws draws, ShopPlace place)
    {
        private readonly GeneratedOptions _options = shop._options;
        private readonly Instant _end = shop.End;
        private readonly ImmutableArray<Identifier> _identifiers =
            [Identifier.Customer(life.CustomerId), new("email:" + life.CustomerId + "@example.com")];
        private Draws _draws = draws;
        private int _number;

        public void Live()
        {
            // Arrivals thin out towards the end, so that most people have time to do something.
            var arrival = AtHour(_options.Start + Duration.FromDays(Math.Pow(_draws.Unit(), 1.3) * _options.Days * 0.85));
            var isGuest = _draws.Chance(0.08);
            var isBuyer = isGuest || _draws.Chance(_options.BuyerShare);
            if (!isGuest) SignUp(arrival);
            if (isBuyer) Buy(arrival, isGuest);
            else if (_draws.Chance(0.5)) Browse(Later(arrival, _draws.Exponential(3)));
            // Every third guest makes an account later, with the same address.
            if (isGuest && _draws.Chance(0.33)) SignUp(Later(arrival, 5 + _draws.Exponential(20)));
        }

        private void SignUp(Instant at)
        {
            var agreed = _draws.Chance(_options.AgreeShare);
            var birthday = _draws.Chance(0.4)
                ? new LocalDate(1955 + _draws.Whole(0, 50), _draws.Whole(1, 12), _draws.Whole(1, 28))
                : (LocalDate?)null;
            Add(at, EventTypes.CustomerSignedUp, "signup", new EventData.Person
            {
                Email = life.CustomerId + "@example.com",
                FirstName = place.FirstName,
                Locale = place.Locale,
                Zone = place.Zone,
                Country = place.Country,
                Birthday = birthday,
                AcquisitionSource = ShopPlaces.Sources[_draws.Whole(0, ShopPlaces.Sources.Length - 1)],
                Consent = agreed ? shop._agreed : ImmutableDictionary<string, bool>.Empty,
            });
        }

        private void Buy(Instant arrival, bool isGuest)
        {
            var rhythm = 8 + _draws.Exponential(18);
            var at = isGuest || _draws.Chance(0.3)
                ? arrival + Duration.FromMinutes(_draws.Whole(5, 40))
                : Later(arrival, _draws.Exponential(5));
            while (at <= _end)
            {
                Order(at);
                if (_draws.Chance(_options.StopShare)) return;
                at = Later(at, 1 + _draws.Exponential(rhythm));
                if (_draws.Chance(0.12)) Browse(Later(at, -2));
            }
        }

        private void Order(Instant at)
        {
            var basket = ShopBasket.Draw(ref _draws);
            var number = ++_number;
            var cartId = Id("cart", number);
            if (_draws.Chance(0.6)) Cart(at - Duration.FromMinutes(_draws.Whole(3, 45)), cartId, basket, number);
            var isPrompt = _draws.Chance(0.9);
            var paidAt = isPrompt ? at : Later(at, 0.2 + _draws.Exponential(1));
            var order = basket.ToOrder(Id("order", number), at, cartId, _options.Currency);
            if (!isPrompt)
            {
                Add(at, EventTypes.OrderPlaced, Key("placed", number), new EventData.Order(order));
                if (_draws.Chance(0.25))
                {
                    var cancelled = order with { UpdatedAt = paidAt, CancelledAt = paidAt, Payment = PaymentStatus.Voided };
                    Add(paidAt, EventTypes.OrderCancelled, Key("cancelled", number), new EventData.Order(cancelled));
                    return;
                }
            }

            var paid = order with { UpdatedAt = paidAt, Payment = PaymentStatus.Paid, PaidAt = paidAt };
            Add(paidAt, EventTypes.OrderPaid, Key("paid", number), new EventData.Order(paid));
            var sentAt = Later(paidAt, 1 + _draws.Unit() * 3);
            var fulfilled = paid with { UpdatedAt = sentAt, FulfilledAt = sentAt };
            Add(sentAt, EventTypes.OrderFulfilled, Key("fulfilled", number), new EventData.Order(fulfilled));
            if (_draws.Chance(0.09)) Refund(fulfilled, number, Later(sentAt, 2 + _draws.Unit() * 10));
        }

        private void Refund(OrderSnapshot order, int number, Instant at)
        {
            var line = order.Lines[_draws.Whole(0, order.Lines.Length - 1)];
            var refund = new OrderRefund(Key("refund", number), at, [new RefundLine(line.LineId, line.Quantity, line.NetMinor)]);
            Add(at, EventTypes.OrderRefunded, Key("refund", number), new EventData.Refund(order.OrderId, refund));
        }

        private void Browse(Instant at)
        {
            var number = ++_number;
            Cart(at, Id("cart", number), ShopBasket.Draw(ref _draws), number);
        }

        private void Cart(Instant at, string cartId, ShopBasket basket, int number) =>
            Add(at, EventTypes.CartUpdated, Key("cart", number), basket.ToCart(cartId, _options.Currency));

        private void Add(Instant at, string type, string key, EventData data)
        {
            if (at < _options.Start || at > _end) return;
            life.Events.Add(new CanonicalEvent
            {
                Id = life.CustomerId + ":" + key,
                Source = Source,
                Type = type,
                Time = at,
                ReceivedAt = at,
                Identifiers = _identifiers,
                Data = data,
            });
        }

        private string Id(string what, int number) =>
            string.Create(CultureInfo.InvariantCulture, $"{Source}:{life.CustomerId}:{what}-{number}");

        private static string Key(string what, int number) => string.Create(CultureInfo.InvariantCulture, $"{what}-{number}");

        private Instant Later(Instant from, double days) => AtHour(from + Duration.FromDays(days));

        private Instant AtHour(Instant at) => WakingHours.On(at, life.Zone, ref _draws);
    }
}
