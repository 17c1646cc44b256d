using NodaTime;

namespace Loyalty.Simulation.Shop;

/// <summary>
/// A seeded shop: people sign up, browse, buy, come back, refund, change their profile, fall silent; some buy as
/// guests. Every delivery is a signed request as Shopify sends it. The same options give the same bytes; what one
/// person does depends on the seed and the person's number alone.
/// </summary>
public sealed class ShopPopulation
{
    private readonly ShopOptions _options;

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ShopPopulation(ShopOptions options)
    {
        if (options.Customers is < 1 or > 1_000_000)
            throw new ArgumentOutOfRangeException(nameof(options), options.Customers, "1 to 1,000,000 customers.");
        if (options.Days is < 1 or > 3660)
            throw new ArgumentOutOfRangeException(nameof(options), options.Days, "1 to 3,660 days.");
        if (options.Grid <= Duration.Zero)
            throw new ArgumentOutOfRangeException(nameof(options), options.Grid, "The grid is longer than nothing.");
        _options = options;
    }

    /// <summary>A person of the shop.</summary>
    public ShopPerson Person(int number) => ShopPerson.Of(_options.Seed, number);

    /// <summary>
    /// Every delivery, by time of arrival; those of one instant by person and by what they did first. Bodies are
    /// written as the sequence is read.
    /// </summary>
    /// <param name="after">Only what arrives after this moment, e.g. when a demo is resumed; null: all.</param>
    public IEnumerable<ShopDelivery> Deliveries(Instant? after = null)
    {
        var plan = new List<Planned>();
        for (var number = 0; number < _options.Customers; number++) plan.AddRange(ShopLife.Plan(_options, number));
        plan.Sort(static (a, b) => (a.At, a.Customer, a.Sequence).CompareTo((b.At, b.Customer, b.Sequence)));
        foreach (var planned in plan)
        {
            if (planned.At <= after) continue;
            yield return Signing.Shopify(
                _options,
                planned.At,
                planned.Occurred,
                planned.Topic,
                planned.Customer,
                planned.EventKey,
                planned.Body());
        }
    }
}
