using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;

namespace Loyalty.Connectors.Tests.Platforms;

/// <summary>Values of WooCommerce's and Stripe's bodies replaced by anything: nothing throws, and what is accepted can be stored. Seeded.</summary>
public sealed class PlatformFuzzTests
{
    private static readonly string[] Weird =
    [
        "null", "true", "\"\"", "\"x\"", "0", "-1", "1e400", "1.5", "99999999999999999999999999", "[]", "{}", "[[]]", "[null]", "{\"id\":{}}", "\"\\u0000\"", "\"9999-12-31T23:59:59\"", "\"2026-01-01 00:00:00\"",
        "\"-0.005\"", "\"NaN\"", "\"JPY\"", "999999999999999", "-62135596801",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Receive_MutatedFixtures_NeverThrow(int seed)
    {
        var random = new Random(seed);
        var corpus = PlatformGoldenTests.Fixtures.Select(static row => ((string)row[0], (string)row[1])).ToList();
        for (var i = 0; i < 1500; i++)
        {
            var (platform, file) = corpus[random.Next(corpus.Count)];
            var body = Mutate(random, RepositoryFiles.Fixture($"{platform}/{file}"));
            try
            {
                Check(platform == "stripe" ? PlatformDeliveries.Stripes(body) : PlatformDeliveries.Woos(string.Join('.', file.Split('.')[..2]), body));
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, step {i}, {platform}/{file}: {e}\n{Encoding.UTF8.GetString(body)}");
            }
        }
    }

    private static void Check(ConnectorAnswer answer)
    {
        Assert.Contains(answer.Status, new[] { 200, 202 });
        if (answer is not ConnectorAnswer.Accepted accepted) return;
        Assert.InRange(accepted.Events.Count, 1, 1100);
        foreach (var e in accepted.Events)
        {
            Assert.InRange(e.Id.Length, 1, 300);
            Assert.Equal(e.Key, LoyaltyJson.Read<CanonicalEvent>(LoyaltyJson.Write(e)).Key);
        }
    }

    private static byte[] Mutate(Random random, byte[] body)
    {
        var root = JsonNode.Parse(body)!;
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            JsonNode node = root;
            while (true)
            {
                var keys = node is JsonObject o ? o.Select(static pair => (object)pair.Key).ToList() : [.. Enumerable.Range(0, ((JsonArray)node).Count).Cast<object>()];
                if (keys.Count == 0) break;
                var key = keys[random.Next(keys.Count)];
                var child = key is string name ? node[name] : node[(int)key];
                if (child is JsonObject or JsonArray && random.Next(4) != 0)
                {
                    node = child;
                    continue;
                }

                var value = Parse(Weird[random.Next(Weird.Length)]);
                if (key is string member) node[member] = value;
                else node[(int)key] = value;
                break;
            }
        }

        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    private static JsonNode? Parse(string text) => JsonNode.Parse(text);
}
