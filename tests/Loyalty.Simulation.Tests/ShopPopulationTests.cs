using System.Security.Cryptography;
using System.Text;
using Loyalty.Connectors;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.Standard;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Simulation.Shop;
using NodaTime;

namespace Loyalty.Simulation.Tests;

public sealed class ShopPopulationTests
{
    private static readonly ShopOptions Options = new() { Customers = 400 };
    private static readonly List<ShopDelivery> All = [.. new ShopPopulation(Options).Deliveries()];
    private static readonly Lazy<List<(ShopDelivery Delivery, CanonicalEvent Event)>> Events = new(() => [.. All.Select(d => (d, Accept(d, Options).Events[0]))]);

    [Fact]
    public void Deliveries_SameOptions_AreTheSameBytes()
    {
        static string Hash(IEnumerable<ShopDelivery> deliveries)
        {
            using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var d in deliveries)
            {
                sha.AppendData(Encoding.UTF8.GetBytes($"{d.At}|{d.Topic}|{string.Join('|', d.Headers.OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => h.Key + h.Value))}"));
                sha.AppendData(d.Body.Span);
            }

            return Convert.ToHexString(sha.GetHashAndReset());
        }

        Assert.Equal(Hash(All), Hash(new ShopPopulation(Options).Deliveries()));
        Assert.NotEqual(Hash(All), Hash(new ShopPopulation(Options with { Seed = 2 }).Deliveries()));
    }

    [Fact]
    public void Deliveries_OfOnePerson_DoNotDependOnHowManyOthersThereAre()
    {
        static List<string> Of(int customers) =>
            [.. new ShopPopulation(Options with { Customers = customers }).Deliveries().Where(d => d.Customer == 17).Select(d => $"{d.At} {d.Topic} {Convert.ToHexString(SHA256.HashData(d.Body.Span))}")];

        Assert.NotEmpty(Of(20));
        Assert.Equal(Of(20), Of(60));
    }

    [Fact]
    public void Deliveries_AreInOrderOnTheGridAndManyShareAnInstant()
    {
        Assert.Equal(All.Select(d => d.At), All.Select(d => d.At).Order());
        Assert.All(All, d => Assert.Equal(0, (d.At - Options.Start).ToInt64Nanoseconds() % Options.Grid.ToInt64Nanoseconds()));
        Assert.All(All, d => Assert.InRange(d.At, Options.Start, Options.End + Options.Grid * 220));
        Assert.InRange(All.GroupBy(d => d.At).Count(g => g.Count() > 1), 200, int.MaxValue);
    }

    [Fact]
    public void Deliveries_After_AreTheRest()
    {
        var middle = All[All.Count / 2].At;

        Assert.Equal(All.Where(d => d.At > middle).Select(d => d.Headers["X-Shopify-Webhook-Id"]), new ShopPopulation(Options).Deliveries(middle).Select(d => d.Headers["X-Shopify-Webhook-Id"]));
    }

    [Fact]
    public void Deliveries_AreAllAcceptedByTheConnectorAsTheirTopicSays()
    {
        Assert.All(All, d => Accept(d, Options));
        Assert.Equal(
            ["carts/create", "checkouts/create", "customers/create", "customers/update", "orders/cancelled", "orders/create", "orders/fulfilled", "orders/paid", "orders/updated", "refunds/create"],
            All.Select(d => d.Topic).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Events.Value, e => e.Delivery.Topic == "orders/paid" && e.Event.Type != EventTypes.OrderPaid);
    }

    [Fact]
    public void Deliveries_HavePlausibleShares()
    {
        var orders = Events.Value.Where(e => e.Event.Type == EventTypes.OrderPaid).Select(e => (e.Delivery.Customer, ((EventData.Order)e.Event.Data).Snapshot.OrderId)).Distinct().ToList();
        var buyers = orders.GroupBy(o => o.Customer).ToList();
        var placed = Count("orders/create");
        var signups = Count("customers/create");

        Assert.InRange(signups / 400.0, 0.85, 0.99);
        Assert.InRange(buyers.Count / 400.0, 0.5, 0.8);
        Assert.InRange(buyers.Count(b => b.Count() > 1) / (double)buyers.Count, 0.45, 0.9);
        Assert.InRange(Count("refunds/create") / (double)placed, 0.03, 0.15);
        Assert.InRange(Count("orders/cancelled") / (double)placed, 0.01, 0.08);
        Assert.InRange(Events.Value.Count(e => e.Event.Data is EventData.Person { Locale: "ru" }) / (double)Events.Value.Count(e => e.Event.Data is EventData.Person), 0.25, 0.45);
        Assert.InRange(All.Select(d => d.Customer).Distinct().Count(c => new ShopPopulation(Options).Person(c).IsGuest), 15, 60);
        Assert.InRange(Events.Value.Count(e => e.Event.Data is EventData.Person p && p.Consent.GetValueOrDefault("offers")), 200, 400);
    }

    [Fact]
    public void Deliveries_ComeTwiceLateAndOutOfOrderWithSmallProbability()
    {
        var doubles = All.Count - All.Select(d => d.Headers["X-Shopify-Webhook-Id"]).Distinct().Count();
        var late = Events.Value.Count(e => e.Delivery.At - e.Event.Time >= Duration.FromMinutes(60));

        Assert.InRange(doubles / (double)All.Count, 0.005, 0.04);
        Assert.InRange(late / (double)All.Count, 0.005, 0.05);
        Assert.Equal(All.Count, All.GroupBy(d => d.Headers["X-Shopify-Webhook-Id"]).Sum(g => g.Count(d => d.Body.Span.SequenceEqual(g.First().Body.Span))));
    }

    [Fact]
    public void Deliveries_RefundsAddUpToTheOrderAndNeverExceedIt()
    {
        var seen = 0;
        foreach (var (_, e) in Events.Value)
        {
            if (e.Data is not EventData.Order { Snapshot: { Refunds.Length: > 0 } order }) continue;
            seen++;
            var back = order.Refunds.Sum(r => r.Lines.Sum(l => l.NetMinor));
            Assert.InRange(back, 0, order.Lines.Sum(l => l.NetMinor));
            if (order.Payment == PaymentStatus.Refunded) Assert.Equal(order.Lines.Sum(l => l.NetMinor), back);
        }

        Assert.InRange(seen, 20, 1000);
    }

    [Fact]
    public void Deliveries_OrderIds_AreUniqueBeyondWhatADoubleTellsApart()
    {
        var ids = Events.Value.Where(e => e.Delivery.Topic == "orders/create").Select(e => ((EventData.Order)e.Event.Data).Snapshot.OrderId.Split(':')[^1]).Distinct().ToList();

        Assert.All(ids, id => Assert.True(long.Parse(id) > 1L << 53));
        Assert.Equal(ids.Count, Events.Value.Where(e => e.Delivery.Topic == "orders/create").Select(e => e.Delivery.Headers["X-Shopify-Webhook-Id"]).Distinct().Count());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(2_000_000, 1)]
    public void Constructor_OutOfRange_Throws(int customers, int days) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShopPopulation(Options with { Customers = customers, Days = days }));

    [Fact]
    public void Reactions_Question_IsAnsweredWithAReasonByAShare()
    {
        var reactions = new Reactions(Options);
        var reasons = new List<string>();
        for (var number = 0; number < 400; number++)
        {
            var person = new ShopPopulation(Options).Person(number);
            foreach (var d in reactions.For("why-not-yet", person.Email, new LocalDate(2026, 2, 1)))
            {
                var e = Accept(d, Options).Events.Single();
                var facts = ((EventData.Facts)e.Data).Values;
                Assert.Equal((EventTypes.FeedbackGiven, "email:" + person.Email), (e.Type, e.Identifiers.Single().Value));
                Assert.Equal<AttributeValue>("reason", facts["kind"]);
                reasons.Add(((AttributeValue.Text)facts["reason"]).Value);
                Assert.InRange(d.At.InZone(person.TimeZone).Date, new LocalDate(2026, 2, 2), new LocalDate(2026, 2, 20));
                Assert.Equal(0, d.At.InZone(person.TimeZone).Minute);
            }
        }

        Assert.InRange(reasons.Count / 400.0, 0.35, 0.55);
        Assert.Equal(["delivery", "price", "trust"], reasons.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Reactions_Reminder_IsFollowedByAPurchaseOfAShare()
    {
        var buyers = 0;
        for (var number = 0; number < 400; number++)
        {
            var deliveries = new Reactions(Options).For("reorder-reminder", new ShopPopulation(Options).Person(number).Email, new LocalDate(2026, 2, 1));
            if (deliveries.Count == 0) continue;
            buyers++;
            Assert.Equal(["orders/create", "orders/paid", "orders/fulfilled"], deliveries.Select(d => d.Topic));
            Assert.All(deliveries, d => Accept(d, Options));
            Assert.Equal(deliveries.Select(d => d.At).Order(), deliveries.Select(d => d.At));
        }

        Assert.InRange(buyers / 400.0, 0.13, 0.28);
    }

    [Fact]
    public void Reactions_SameMessage_SameAnswer_OtherDayOrTemplate_AnotherDraw()
    {
        static string Told(string template, int number, LocalDate day) =>
            string.Join(';', new Reactions(Options).For(template, new ShopPopulation(Options).Person(number).Email, day).Select(d => $"{d.At}{d.Topic}{Convert.ToHexString(SHA256.HashData(d.Body.Span))}"));
        var day = new LocalDate(2026, 2, 1);
        var all = Enumerable.Range(0, 60).ToList();

        Assert.Equal(all.Select(n => Told("why-not-yet", n, day)), all.Select(n => Told("why-not-yet", n, day)));
        Assert.NotEqual(all.Select(n => Told("why-not-yet", n, day).Length > 0), all.Select(n => Told("why-not-yet", n, day.PlusDays(1)).Length > 0));
    }

    [Theory]
    [InlineData("stranger@example.com")]
    [InlineData("a.999999@example.com")]
    [InlineData("somebody.else.3@example.com")]
    [InlineData("")]
    public void Reactions_Stranger_DoesNothing(string email) => Assert.Empty(new Reactions(Options).For("why-not-yet", email, new LocalDate(2026, 2, 1)));

    [Fact]
    public void Reactions_UnknownTemplate_DoesNothingUnlessARuleSaysSo()
    {
        var email = new ShopPopulation(Options).Person(3).Email;

        Assert.Empty(new Reactions(Options).For("invoice", email, new LocalDate(2026, 2, 1)));
        Assert.Single(new Reactions(Options, new Dictionary<string, ReactionRule> { ["invoice"] = new(1, 0) }).For("invoice", email, new LocalDate(2026, 2, 1)));
    }

    internal static ConnectorAnswer.Accepted Accept(ShopDelivery delivery, ShopOptions options)
    {
        IConnector connector = delivery.Route == "webhooks/shopify" ? new ShopifyConnector() : new StandardWebhooksConnector();
        var settings = new ConnectorSettings { Secrets = [delivery.Route == "webhooks/shopify" ? options.ShopifySecret : options.StandardSecret] };
        var answer = connector.Receive(WebhookDelivery.From("POST", delivery.Headers, delivery.Body), settings, delivery.At);
        return answer as ConnectorAnswer.Accepted ?? throw new InvalidOperationException($"{delivery.Topic}: {answer}");
    }

    private static int Count(string topic) => All.Where(d => d.Topic == topic).Select(d => d.Headers["X-Shopify-Webhook-Id"]).Distinct().Count();
}
