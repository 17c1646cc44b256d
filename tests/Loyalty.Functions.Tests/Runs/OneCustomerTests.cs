using System.Text.Json.Nodes;
using Loyalty.Functions.Tests.Webhooks;
using NodaTime;

namespace Loyalty.Functions.Tests.Runs;

/// <summary>The main job, told as the story of one customer: webhooks in, letters out, points and runs read back. Virtual time, real HTTP.</summary>
public sealed class OneCustomerTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string Email = "mira@example.com";
    private const long ShopId = 9001;
    private string _id = "";

    [Fact]
    public async Task SignUp_Feedback_Order_Fulfilment_RunThroughEverything()
    {
        await SignUpAsync();
        await SeeTheFirstWeeksAsync();
        await TellWhyNotAsync();
        await BuyAsync();
        await ReceiveAsync();
        await ExplainAsync();
        Assert.Empty(program.DeadLetters());
    }

    private async Task SignUpAsync()
    {
        Assert.Equal("202", (await program.ShopifyAsync("customers/create", ShopPayloads.Customer(ShopId, Email, "2026-03-02T14:59:00Z"))).Summary);
        await program.SettleAsync();

        _id = await program.IdOfAsync("  MIRA@example.com ");
        Assert.Equal(_id, (string)(await program.GetAsync($"api/customers?external=shopify:{ProgramFixture.Shop}:{ShopId}")).Body["id"]!);
        var customer = await ReadAsync("");
        Assert.Equal(("Mira Petrova", Email, "not-bought", 0), ((string)customer["name"]!, (string)customer["email"]!, (string)customer["stage"]!, (int)customer["orders"]!));
        Assert.Equal(["not-bought", "welcome"], customer["runs"]!.AsArray().Select(static run => (string)run!["journey"]!).Order(StringComparer.Ordinal));
        Assert.Equal((0, 100), await PointsAsync());
        Assert.Equal(["welcome sent"], await MessagesAsync());

        var letter = await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(program.Outbox, "*.eml")));
        Assert.Contains("X-Loyalty-Template: welcome\r\n", letter, StringComparison.Ordinal);
        Assert.Contains(Email, letter, StringComparison.Ordinal);
        var welcome = await RunAsync("welcome");
        Assert.Equal("settle-in", (string)welcome["step"]!);
        Assert.StartsWith("2026-03-05T15:00:", (string)welcome["waitsUntil"]!, StringComparison.Ordinal);
    }

    private async Task SeeTheFirstWeeksAsync()
    {
        await program.Host.Clock.RunUntilAsync(ProgramFixture.Morning + Duration.FromDays(14) + Duration.FromHours(2));

        Assert.Equal(["first-order sent", "welcome sent", "welcome-points sent", "why-not-yet sent"], await MessagesAsync());
        Assert.Equal("hear-why", (string)(await RunAsync("not-bought"))["step"]!);
        Assert.Equal("not-bought", (string)(await ReadAsync(""))["stage"]!);
    }

    private async Task TellWhyNotAsync()
    {
        var body = $$"""{ "type": "feedback.given", "timestamp": "{{program.Host.Clock.Now}}", "data": { "customer": { "email": "{{Email}}" }, "kind": "reason", "reason": "price" } }""";
        Assert.Equal("202", (await program.StandardAsync(body, "msg_price")).Summary);
        Assert.Equal("202", (await program.StandardAsync(body, "msg_price")).Summary);
        await program.SettleAsync();

        Assert.Equal((0, 400), await PointsAsync());
        Assert.Contains("price-bonus sent", await MessagesAsync());
        Assert.Equal("breathe", (string)(await RunAsync("not-bought"))["step"]!);
    }

    private async Task BuyAsync()
    {
        await program.Host.Clock.RunUntilAsync(Instant.FromUtc(2026, 3, 18, 12, 0));
        Assert.Equal("202", (await program.ShopifyAsync("orders/create", ShopPayloads.Order(ShopId, Email, "pending", "2026-03-18T11:59:00Z"))).Summary);
        await program.SettleAsync();
        Assert.Equal((0, 400), await PointsAsync());
        Assert.NotNull((await RunAsync("not-bought"))["step"]);

        Assert.Equal("202", (await program.ShopifyAsync("orders/paid", ShopPayloads.Order(ShopId, Email, "paid", "2026-03-18T12:00:00Z"))).Summary);
        await program.SettleAsync();

        Assert.Equal((120, 400), await PointsAsync());
        var ended = await RunAsync("not-bought");
        Assert.Equal("finished", (string)ended["status"]!);
        Assert.Equal("goal", (string)ended["outcome"]!);
        Assert.NotNull(ended["goalAt"]);
        // The welcome was over before; its goal is still counted within its 30 days.
        var welcome = await RunAsync("welcome");
        Assert.Equal("no-order-yet", (string)welcome["outcome"]!);
        Assert.NotNull(welcome["goalAt"]);
        var customer = await ReadAsync("");
        Assert.Equal((1, 12_000L), ((int)customer["orders"]!, (long)customer["spendMinor"]!));
        Assert.Empty(customer["runs"]!.AsArray());
    }

    private async Task ReceiveAsync()
    {
        await program.Host.Clock.RunUntilAsync(Instant.FromUtc(2026, 3, 20, 12, 0));
        var body = ShopPayloads.Order(ShopId, Email, "paid", "2026-03-18T12:00:00Z", fulfilledAt: "2026-03-20T11:00:00Z");
        Assert.Equal("202", (await program.ShopifyAsync("orders/fulfilled", body)).Summary);

        await program.Host.Clock.RunUntilAsync(Instant.FromUtc(2026, 4, 2, 11, 0));
        Assert.Equal((120, 400), await PointsAsync());

        await program.Host.Clock.RunUntilAsync(Instant.FromUtc(2026, 4, 4, 11, 0));
        Assert.Equal((0, 520), await PointsAsync());
    }

    private async Task ExplainAsync()
    {
        var wallet = (await ReadAsync("/points/explain")).AsArray().Single()!;
        var lines = wallet["lines"]!.AsArray().Select(static line => line!).ToList();
        Assert.Equal(["grant 100", "grant 300", "grant 120", "activate 120"], lines.Select(static line => $"{line["type"]} {line["points"]}"));
        Assert.Equal("sign-up", (string)lines[0]["cause"]!["ruleId"]!);
        Assert.Equal("first-order", (string)lines[1]["cause"]!["reason"]!);
        Assert.Equal((string)(await RunAsync("not-bought"))["runId"]!, (string)lines[1]["cause"]!["runId"]!);
        Assert.Equal(
            ("one-per-dollar", $"shopify:{ProgramFixture.Shop}:{ShopId}", 120m),
            ((string)lines[2]["cause"]!["ruleId"]!, (string)lines[2]["cause"]!["orderId"]!, (decimal)lines[2]["cause"]!["exact"]!));
        Assert.Equal(520, (long)wallet["balances"]!["available"]!);

        var sent = await MessagesAsync();
        Assert.Equal(sent.Count(static one => one.EndsWith(" sent", StringComparison.Ordinal)), Directory.GetFiles(program.Outbox, "*.eml").Length);
    }

    private async Task<JsonNode> ReadAsync(string what)
    {
        var answer = await program.GetAsync($"api/customers/{_id}{what}", ProgramFixture.KeyOf("support"));
        Assert.Equal(200, answer.Status);
        return answer.Body;
    }

    private async Task<(long Pending, long Available)> PointsAsync()
    {
        var balances = (await ReadAsync("/points"))["wallets"]!.AsArray().Single()!["balances"]!;
        return ((long)balances["pending"]!, (long)balances["available"]!);
    }

    private async Task<JsonNode> RunAsync(string journey) =>
        (await ReadAsync("/runs")).AsArray().Single(run => (string)run!["journey"]! == journey)!;

    private async Task<IReadOnlyList<string>> MessagesAsync() =>
        [.. (await ReadAsync("/messages")).AsArray().Select(static one => $"{one!["template"]} {one["result"]}").Order(StringComparer.Ordinal)];
}
