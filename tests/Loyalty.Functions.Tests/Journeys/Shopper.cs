using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;

namespace Loyalty.Functions.Tests.Journeys;

/// <summary>A person of the shop: what they do comes over the webhook, what became of it is read over HTTP.</summary>
internal sealed class Shopper(EditHost host, string name)
{
    public string Email => name + "@example.com";

    /// <summary>Signs up and agrees to letters.</summary>
    public Task SignUpAsync() => TellAsync("customer.signed-up", $$"""{ "person": { "email": "{{Email}}", "consent": { "offers": true } } }""");

    public Task CartAsync(string cart) => TellAsync(
        "cart.updated",
        $$"""{ "cart": { "id": "{{cart}}", "checkout": true, "currency": "USD", "totalMinor": 1400, "lines": [{ "sku": "CUP", "title": "Cup", "quantity": 2, "unitPriceMinor": 700 }] } }""");

    /// <param name="id">The order.</param>
    /// <param name="categories">Of its goods, with commas between.</param>
    /// <param name="cart">The cart it was made of.</param>
    public Task OrderAsync(string id, string categories = "tea", string? cart = null) => TellAsync(
        "order.paid",
        $$"""
        { "order": { "id": "{{id}}", "currency": "USD", "placedAt": "{{host.Now}}", "updatedAt": "{{host.Now}}", "payment": "paid", "paidAt": "{{host.Now}}",
          "cartId": {{(cart is null ? "null" : $"\"{cart}\"")}}, "lines": [{{string.Join(", ", categories.Split(',').Select(static one => $$"""{ "id": "{{one}}", "sku": "{{one}}", "category": "{{one}}", "quantity": 1, "netMinor": 2600 }"""))}}] } }
        """);

    public Task SayAsync(string kind, string what, string value) => TellAsync("feedback.given", $$"""{ "kind": "{{kind}}", "{{what}}": {{value}} }""");

    public Task TellAsync(string type, string data)
    {
        var body = JsonNode.Parse(data)!.AsObject();
        body["customer"] = new JsonObject { ["email"] = Email };
        return host.TellAsync(new JsonObject { ["type"] = type, ["timestamp"] = host.Now.ToString(), ["data"] = body }.ToJsonString());
    }

    /// <summary>What was sent of these templates: template and local moment, e.g. <c>welcome Mon 03-02 09:00</c>.</summary>
    public async Task<string[]> LettersAsync(string zone, params string[] templates)
    {
        var messages = await ReadAsync("messages");
        return
        [
            .. messages.AsArray().Select(static one => one!).Where(one => templates.Contains((string)one["template"]!))
                .OrderBy(static one => (string)one["at"]!, StringComparer.Ordinal)
                .Select(one => $"{one["template"]} {Local(one["at"]!, zone)}{((string)one["result"]! == "sent" ? "" : " " + one["reason"])}"),
        ];
    }

    /// <summary>Outcomes of all runs in a journey, oldest first; a live one says where it is.</summary>
    public async Task<string[]> OutcomesAsync(string journey)
    {
        var runs = await ReadAsync("runs");
        return
        [
            .. runs.AsArray().Select(static one => one!).Where(one => (string)one["journey"]! == journey)
                .OrderBy(static one => (string)one["enteredAt"]!, StringComparer.Ordinal)
                .Select(static one => ((bool)one["isHeldOut"]! ? "held out: " : "") + ((string?)one["outcome"] ?? "at " + one["step"])
                    + (one["goalAt"] is not null && (string?)one["outcome"] != "goal" ? ", goal reached" : "")),
        ];
    }

    /// <summary>Points by a balance's name; without one, usable ones.</summary>
    public async Task<long> PointsAsync(string balance = "available")
    {
        var points = await ReadAsync("points");
        return points["wallets"]!.AsArray().Where(static one => (string)one!["name"]! == "spendable").Sum(one => (long)one!["balances"]![balance]!);
    }

    /// <summary>A part of the person's record.</summary>
    public async Task<JsonNode> ReadAsync(string what)
    {
        var (_, customer) = await host.CallAsync(HttpMethod.Get, $"customers?email={Email}", role: "support");
        var (status, body) = await host.CallAsync(HttpMethod.Get, $"customers/{customer["id"]}/{what}", role: "support");
        Assert.True(status == 200, body.ToJsonString());
        return body;
    }

    private static string Local(JsonNode at, string zone) => NodaTime.Text.InstantPattern.ExtendedIso.Parse((string)at!).Value
        .InZone(DateTimeZoneProviders.Tzdb[zone]).ToString("ddd MM-dd HH:mm", CultureInfo.InvariantCulture);
}
