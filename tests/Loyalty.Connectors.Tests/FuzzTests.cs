using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Connectors.CloudEvents;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.Standard;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;

namespace Loyalty.Connectors.Tests;

/// <summary>No bytes make a connector throw, and what it accepts can be stored and read back. Seeded: a failure names the seed that repeats it.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Weird =
    [
        "null", "true", "\"\"", "\"x\"", "0", "-1", "1e400", "1e-400", "1.5", "99999999999999999999999999", "[]", "{}", "[[]]", "[null]", "{\"id\":{}}", "\"@half@\"", "\"\\u0000\"",
        "\"9999-12-31T23:59:59Z\"", "\"2026-01-01T00:00:00+14:00\"", "\"-0\"", "\"NaN\"", "\"1e5\"", "[1,\"a\",{}]", "\"JPY\"", "\"ω\"", "-79228162514264337593543950335", "999999999999999",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Receive_MutatedPayloads_NeverThrow(int seed)
    {
        var random = new Random(seed);
        var corpus = Corpus();
        for (var i = 0; i < 1500; i++)
        {
            var (topic, body) = corpus[random.Next(corpus.Count)];
            var mutated = random.Next(3) == 0 ? FlipBytes(random, body) : ReplaceValues(random, body);
            try
            {
                Check(new ShopifyConnector().Receive(Deliveries.FromShopify(topic, mutated), Deliveries.ShopifySettings, Deliveries.Now));
                Check(new StandardWebhooksConnector().Receive(SignStandard(mutated), Deliveries.StandardSettings, Deliveries.Now));
                Check(new CloudEventsConnector().Receive(Structured(mutated), Deliveries.StandardSettings, Deliveries.Now));
                Check(new CloudEventsConnector().Receive(Wrapped(random, mutated), Deliveries.StandardSettings, Deliveries.Now));
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, step {i}, {topic}: {e}\n{Encoding.UTF8.GetString(mutated)}");
            }
        }
    }

    [Fact]
    public void Receive_RandomHeaders_NeverThrow()
    {
        var random = new Random(7);
        string[] names = ["X-Shopify-Topic", "X-Shopify-Shop-Domain", "X-Shopify-Event-Id", "X-Shopify-Webhook-Id", "X-Shopify-Triggered-At", "Content-Type", "traceparent", "webhook-id", "webhook-timestamp", "webhook-signature", "ce-id", "ce-type", "ce-x", "ce-specversion"];
        string[] values = ["", " ", "%", "%%%", "\"", "\\", "\u0001", new('x', 5000), "😀", "\ud800", "-1", "99999999999999999999", "v1,", "1.0", "orders/create"];
        var body = """{"id":1,"currency":"USD","line_items":[]}"""u8.ToArray();
        for (var i = 0; i < 2000; i++)
        {
            var delivery = Deliveries.FromShopify("orders/create", body, headers =>
            {
                for (var n = random.Next(4); n >= 0; n--) headers[names[random.Next(names.Length)]] = values[random.Next(values.Length)];
            });
            Check(new ShopifyConnector().Receive(delivery, Deliveries.ShopifySettings, Deliveries.Now));
            Check(new StandardWebhooksConnector().Receive(delivery, Deliveries.StandardSettings, Deliveries.Now));
            Check(new CloudEventsConnector().Receive(delivery, Deliveries.StandardSettings, Deliveries.Now));
        }
    }

    private static void Check(ConnectorAnswer answer)
    {
        Assert.Contains(answer.Status, new[] { 200, 202, 401, 413, 415, 422 });
        if (answer is not ConnectorAnswer.Accepted accepted) return;
        Assert.InRange(accepted.Events.Count, 1, 100);
        Assert.InRange(accepted.DeliveryKey.Length, 1, 300);
        foreach (var e in accepted.Events)
        {
            Assert.InRange(e.Id.Length, 1, 200);
            Assert.InRange(e.Source.Length, 1, 200);
            Assert.Equal(26, IntakeKeys.SessionId(e).Length);
            Assert.Equal(e.Key, LoyaltyJson.Read<CanonicalEvent>(LoyaltyJson.Write(e)).Key);
            if (e.Data is EventData.Order order) Assert.All(order.Snapshot.Lines, static line =>
            {
                Assert.InRange(line.NetMinor, -1_000_000_000_000_000, 1_000_000_000_000_000);
                if (line.NetMinor < 0) Assert.InRange(line.TaxMinor, -1_000_000_000_000_000, 0);
            });
        }
    }

    private static List<(string Topic, byte[] Body)> Corpus()
    {
        var corpus = RepositoryFiles.FixtureNames("*.json").Select(f => (ShopifyGoldenTests.TopicOf(f), RepositoryFiles.Fixture(f))).ToList();
        foreach (var row in ShopifyRealPayloadTests.Table)
        {
            var path = RepositoryFiles.SharedPath("shopify/" + (string)row[0]);
            if (File.Exists(path)) corpus.AddRange(ShopifyRealPayloadTests.Unwrap(File.ReadAllBytes(path)).Select(body => ((string)row[1], body)));
        }

        return corpus;
    }

    private static byte[] FlipBytes(Random random, byte[] body)
    {
        var bytes = body.ToList();
        for (var n = random.Next(1, 6); n > 0 && bytes.Count > 2; n--)
        {
            var at = random.Next(bytes.Count - 1);
            switch (random.Next(4))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.RemoveRange(at, random.Next(1, Math.Min(50, bytes.Count - at))); break;
                case 2: bytes.Insert(at, (byte)"{}[]\",:0e\\"[random.Next(10)]); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(80, bytes.Count - at)))); break;
            }
        }

        return [.. bytes];
    }

    private static byte[] ReplaceValues(Random random, byte[] body)
    {
        var root = JsonNode.Parse(body)!;
        var places = new List<(JsonNode Parent, string? Name, int Index)>();
        Collect(root, places);
        for (var n = random.Next(1, 5); n > 0 && places.Count > 0; n--)
        {
            var (parent, name, index) = places[random.Next(places.Count)];
            JsonNode? value;
            try
            {
                value = JsonNode.Parse(Weird[random.Next(Weird.Length)]);
                if (parent is JsonObject owner)
                {
                    if (random.Next(6) == 0) owner.Remove(name!);
                    else owner[name!] = value;
                }
                else
                {
                    ((JsonArray)parent)[index] = value;
                }
            }
            catch (ArgumentOutOfRangeException)
            {
                // The place was in a part that an earlier replacement took away.
            }
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString().Replace("@half@", "\\ud800"));
    }

    private static void Collect(JsonNode node, List<(JsonNode, string?, int)> places)
    {
        if (node is JsonObject o)
        {
            foreach (var (name, value) in o.ToList())
            {
                places.Add((o, name, 0));
                if (value is not null) Collect(value, places);
            }
        }
        else if (node is JsonArray a)
        {
            for (var i = 0; i < a.Count; i++)
            {
                places.Add((a, null, i));
                if (a[i] is { } value) Collect(value, places);
            }
        }
    }

    private static WebhookDelivery SignStandard(byte[] body)
    {
        var seconds = Deliveries.Now.ToUnixTimeSeconds();
        return WebhookDelivery.From(
            "POST",
            new Dictionary<string, string> { ["webhook-id"] = "m", ["webhook-timestamp"] = $"{seconds}", ["webhook-signature"] = StandardSignature.Sign("m", seconds, body, Deliveries.StandardSecret) },
            body);
    }

    private static WebhookDelivery Structured(byte[] body) =>
        WebhookDelivery.From("POST", [KeyValuePair.Create("content-type", "application/cloudevents+json")], body);

    private static WebhookDelivery Wrapped(Random random, byte[] body)
    {
        string[] types = ["order.paid", "order.refunded", "customer.updated", "cart.updated", "x"];
        string[] names = ["order", "refund", "person", "cart", "customer"];
        var data = Encoding.UTF8.GetString(body);
        var text = $$"""{"specversion":"1.0","id":"1","source":"s","type":"{{types[random.Next(5)]}}","data":{"{{names[random.Next(5)]}}":{{data}},"customer":{{Weird[random.Next(Weird.Length)]}} } }""";
        return Structured(Encoding.UTF8.GetBytes(text));
    }
}
