using System.Text;
using System.Text.Json;
using Loyalty.Connectors.Stripe;
using Loyalty.Connectors.WooCommerce;

namespace Loyalty.Connectors.Tests.Platforms;

/// <summary>Bodies of WooCommerce and Stripe: our own with their whole events, published ones with facts and a hash of the events.</summary>
public sealed class PlatformGoldenTests
{
    public static TheoryData<string, string> Fixtures
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var platform in new[] { "woocommerce", "stripe" })
            {
                foreach (var file in Directory.EnumerateFiles(SourceTree.File("tests", "Loyalty.Connectors.Tests", "fixtures", platform), "*.json").Order(StringComparer.Ordinal))
                    data.Add(platform, Path.GetFileName(file));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Receive_Fixture_BecomesItsGoldenEvents(string platform, string file)
    {
        var body = RepositoryFiles.Fixture($"{platform}/{file}");
        var answer = platform == "stripe" ? PlatformDeliveries.Stripes(body) : PlatformDeliveries.Woos(TopicOf(file), body);

        Assert.IsType<ConnectorAnswer.Accepted>(answer);
        RepositoryFiles.AssertGolden($"{platform}/{Path.ChangeExtension(file, ".txt")}", GoldenEvents.Full(answer));
    }

    [Fact]
    public void Fixtures_CoverEveryKnownTypeOfStripe()
    {
        var covered = Fixtures.Where(static row => (string)row[0] == "stripe").Select(static row => TypeOf(RepositoryFiles.Fixture($"stripe/{row[1]}"))).ToHashSet();
        // Maps by the same code as the session that completed.
        string[] same = ["checkout.session.async_payment_succeeded"];

        Assert.Equal([], StripeConnector.KnownTypes.Except(covered).Except(same));
    }

    [SharedDataFact("woocommerce")]
    public void Receive_PublishedPayloadsOfWooCommerce_AreAnsweredAsTheGoldenFileSays()
    {
        var text = new StringBuilder();
        foreach (var (name, topic, body) in Published("woocommerce"))
            text.Append(name).Append(' ').Append(topic).Append(" → ").Append(GoldenEvents.Facts(PlatformDeliveries.Woos(topic, body))).Append('\n');

        RepositoryFiles.AssertGolden("published/woocommerce.txt", text.ToString());
    }

    [SharedDataFact("stripe")]
    public void Receive_PublishedPayloadsOfStripe_AreAnsweredAsTheGoldenFileSays()
    {
        var text = new StringBuilder();
        foreach (var (name, _, body) in Published("stripe"))
            text.Append(name).Append(' ').Append(TypeOf(body)).Append(" → ").Append(GoldenEvents.Facts(PlatformDeliveries.Stripes(body))).Append('\n');

        RepositoryFiles.AssertGolden("published/stripe.txt", text.ToString());
    }

    /// <summary>Each post of a published file: REST lists and batches are unwrapped, every kind goes under its own topic.</summary>
    internal static IEnumerable<(string Name, string Topic, byte[] Body)> Published(string platform)
    {
        var folder = RepositoryFiles.SharedPath(platform);
        foreach (var path in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var (body, action) in Bodies(document.RootElement)) yield return (name, $"{KindOf(name)}.{action}", body);
        }
    }

    private static IEnumerable<(byte[] Body, string Action)> Bodies(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array) return root.EnumerateArray().Select(static e => (JsonSerializer.SerializeToUtf8Bytes(e), "updated"));
        if (!root.TryGetProperty("create", out _)) return [(JsonSerializer.SerializeToUtf8Bytes(root), "updated")];
        return root.EnumerateObject().SelectMany(static list => list.Value.EnumerateArray().Select(e => (JsonSerializer.SerializeToUtf8Bytes(e), list.Name switch { "create" => "created", "update" => "updated", _ => "deleted" })));
    }

    private static string KindOf(string name)
    {
        var kind = Path.GetFileName(name).Split('.')[0];
        return kind.EndsWith('s') ? kind[..^1] : kind;
    }

    private static string TypeOf(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.GetProperty("type").GetString()!;
    }

    private static string TopicOf(string file) => string.Join('.', file.Split('.')[..2]);
}
