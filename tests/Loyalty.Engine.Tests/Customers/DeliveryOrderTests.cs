using System.Globalization;
using Loyalty.Connectors;
using Loyalty.Connectors.Shopify;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using Loyalty.Simulation.Shop;
using NodaTime;

namespace Loyalty.Engine.Tests.Customers;

/// <summary>A generated shop's webhooks, delivered more than once and in any order, through connector, queue and store.</summary>
public sealed class DeliveryOrderTests
{
    private static readonly ShopOptions Shop = new() { Customers = 25, Days = 60, Seed = 7, Currency = "USD", DuplicateShare = 0, LateShare = 0 };

    [Fact]
    public async Task Deliver_EveryEventThriceInOrder_EqualsOnce()
    {
        await using var once = await EngineWorld.StartAsync(Shop.Start);
        await using var thrice = await EngineWorld.StartAsync(Shop.Start);
        foreach (var e in Events())
        {
            foreach (var (world, times) in new[] { (once, 1), (thrice, 3) })
            {
                if (e.ReceivedAt > world.Clock.Now) await world.PassAsync(e.ReceivedAt - world.Clock.Now);
                for (var i = 0; i < times; i++)
                {
                    world.ForgetMessageIds();
                    await world.TellAsync(e);
                }
            }
        }

        await once.PassAsync(Duration.FromDays(40));
        await thrice.PassAsync(Duration.FromDays(40));
        Assert.Equal(await DumpAsync(once), await DumpAsync(thrice));
        await thrice.CheckBooksAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Deliver_Shuffled_SameFactsOrdersAndLedgerAndNoEffectTwice(int seed)
    {
        var events = Events().ToArray();
        var ordered = await FactsAsync(events);
        new Random(seed).Shuffle(events);
        Assert.Equal(ordered, await FactsAsync([.. events, .. events.Take(events.Length / 2)]));
    }

    private static IEnumerable<CanonicalEvent> Events()
    {
        var connector = new ShopifyConnector();
        var settings = new ConnectorSettings { Secrets = [Shop.ShopifySecret] };
        foreach (var delivery in new ShopPopulation(Shop).Deliveries())
        {
            var answer = connector.Receive(WebhookDelivery.From("POST", delivery.Headers, delivery.Body), settings, delivery.At);
            if (answer is not ConnectorAnswer.Accepted accepted) continue;
            foreach (var e in accepted.Events) yield return e with { ReceivedAt = delivery.At };
        }
    }

    /// <summary>All of it at the end, when no lot is expired, so that only the order of arrival differs.</summary>
    internal static async Task<string> FactsAsync(IReadOnlyList<CanonicalEvent> events, Instant? at = null)
    {
        await using var world = await EngineWorld.StartAsync(at ?? Shop.End);
        foreach (var e in events)
        {
            world.ForgetMessageIds();
            await world.TellAsync(e);
        }

        await world.SettleAsync();
        await world.CheckBooksAsync();
        var messages = await world.AllAsync<MessageRecord>(Kinds.Message);
        Assert.Equal(messages.Count, messages.DistinctBy(static one => (one.RunId, one.Step, one.Visit)).Count());
        var entries = await world.AllAsync<LedgerEntry>(Kinds.Entry);
        Assert.Equal(entries.Count, entries.DistinctBy(static one => (one.CustomerId, one.Wallet, one.Key)).Count());
        var customers = (await world.AllAsync<CustomerState>(Kinds.Customer)).ToDictionary(static one => one.CustomerId, static one => one.Identifiers[0]);
        var lines = new List<string>();
        foreach (var customer in await world.AllAsync<CustomerState>(Kinds.Customer))
        {
            lines.Add(Text(new { customer.Identifiers, customer.SignedUpAt, customer.Profile, customer.Consents, customer.Purchases.Count, customer.Purchases.FirstAt, customer.Purchases.LastAt, Spend = customer.Purchases.SpendIn("USD"), customer.Stage }));
        }

        foreach (var order in await world.AllAsync<OrderState>(Kinds.Order)) lines.Add(order.OrderId + Text(order.Facts));
        foreach (var group in entries.GroupBy(static one => (one.CustomerId, one.Cause.OrderId, one.Cause.RuleId)))
        {
            var sum = group.Sum(static one => one.Type == EntryType.Grant ? one.Points : one.Type == EntryType.Reverse ? -one.Points : 0);
            if (group.Key.RuleId is not null)
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{customers[group.Key.CustomerId]} {group.Key.OrderId} {group.Key.RuleId} {sum}"));
        }

        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    internal static async Task<string> DumpAsync(EngineWorld world)
    {
        var lines = new List<string>();
        lines.AddRange((await world.AllAsync<CustomerState>(Kinds.Customer)).Select(Text));
        lines.AddRange((await world.AllAsync<OrderState>(Kinds.Order)).Select(static order => Text(order with { Applied = null })));
        lines.AddRange((await world.AllAsync<LedgerEntry>(Kinds.Entry)).Select(Text));
        lines.AddRange((await world.AllAsync<MessageRecord>(Kinds.Message)).Select(Text));
        lines.AddRange((await world.AllAsync<RunDocument>(Kinds.Run)).Select(static run => Text(new { run.Run.RunId, run.Run.Outcome, run.Run.GoalAt, run.Run.Position, run.Status })));
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string Text<T>(T value) => System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(value));
}
