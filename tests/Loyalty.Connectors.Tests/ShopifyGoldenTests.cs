using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Loyalty.Connectors.Shopify;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;

namespace Loyalty.Connectors.Tests;

/// <summary>Bodies written for this project, each with traps, and the canonical events they become.</summary>
public sealed class ShopifyGoldenTests
{
    private static readonly JsonSerializerOptions Pretty = new(LoyaltyJson.Options) { WriteIndented = true };

    public static TheoryData<string> Fixtures
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (var name in RepositoryFiles.FixtureNames("*.json")) data.Add(name);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Receive_Fixture_BecomesItsGoldenEvents(string file)
    {
        var topic = TopicOf(file);
        var answer = new ShopifyConnector().Receive(Deliveries.FromShopify(topic, RepositoryFiles.Fixture(file)), Deliveries.ShopifySettings, Deliveries.Now);

        var accepted = Assert.IsType<ConnectorAnswer.Accepted>(answer);
        Assert.Equal("shopify:tea.myshopify.com:webhook-1", accepted.DeliveryKey);
        var text = new StringBuilder();
        foreach (var e in accepted.Events)
        {
            text.Append(Sorted(JsonSerializer.SerializeToNode(e, Pretty)!.AsObject()).ToJsonString(Pretty).ReplaceLineEndings("\n")).Append('\n');
            text.Append("session ").Append(IntakeKeys.SessionId(e)).Append(" message ").Append(IntakeKeys.MessageId(e)).Append('\n');
        }

        RepositoryFiles.AssertGolden("shopify/" + Path.ChangeExtension(file, ".txt"), text.ToString());
    }

    [Fact]
    public void Fixtures_CoverEveryKnownTopicKind()
    {
        var covered = RepositoryFiles.FixtureNames("*.json").Select(TopicOf).ToHashSet();
        // Each of these maps by the same code as one that has a fixture.
        string[] same = ["orders/paid", "orders/updated", "carts/update", "checkouts/create"];

        Assert.Equal([], ShopifyConnector.KnownTopics.Except(covered).Except(same));
    }

    [Fact]
    public void Events_RoundTripThroughJson()
    {
        foreach (var file in RepositoryFiles.FixtureNames("*.json"))
        {
            var answer = new ShopifyConnector().Receive(Deliveries.FromShopify(TopicOf(file), RepositoryFiles.Fixture(file)), Deliveries.ShopifySettings, Deliveries.Now);
            foreach (var e in ((ConnectorAnswer.Accepted)answer).Events)
            {
                var bytes = LoyaltyJson.Write(e);
                Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(LoyaltyJson.Write(LoyaltyJson.Read<CanonicalEvent>(bytes))));
            }
        }
    }

    /// <summary>Dictionaries have no order of their own; a golden file needs one.</summary>
    private static JsonObject Sorted(JsonObject node)
    {
        foreach (var name in new[] { "values", "consent" })
        {
            if (node["data"]?[name] is not JsonObject bag) continue;
            node["data"]![name] = new JsonObject(bag.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));
        }

        return node;
    }

    internal static string TopicOf(string file)
    {
        var name = file.Split('.')[0];
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return $"{name[..dash]}/{name[(dash + 1)..]}";
    }
}
