using System.Text.Json.Nodes;
using Loyalty.Functions.Tests.Webhooks;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>Shopify's three mandatory topics where people are known by less, or by more, than an account.</summary>
public sealed class ShopRequestTests(PrivacyFixture program) : IClassFixture<PrivacyFixture>
{
    private string At => NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);

    /// <summary>A guest has no account: of the shop they have their orders only.</summary>
    [Fact]
    public async Task ShopRedact_Guests_GoIfTheyHaveOrderedThereOnly()
    {
        const string Leaving = "guests.myshopify.com";
        await OrderAsync(8951, "canaryguest@example.com", Leaving);
        await OrderAsync(8952, "bothguest@example.com", Leaving);
        await OrderAsync(8953, "bothguest@example.com");
        await OrderAsync(8954, "otherguest@example.com");
        // An account there, and an order as a guest elsewhere.
        await AcceptAsync("customers/create", ShopPayloads.Customer(8955, "mixedguest@example.com", At), Leaving);
        await OrderAsync(8956, "mixedguest@example.com");
        // What staff notes about somebody by id gives them no name of another system.
        var noted = await PersonOfAsync(8957, "canarynoted@example.com", Leaving);
        Assert.Equal(200, (await program.SendAsync(HttpMethod.Patch, $"api/customers/{noted}/person", """{ "firstName": "canarynoted" }""")).Status);

        await AcceptAsync("shop/redact", $$"""{ "shop_id": 3, "shop_domain": "{{Leaving}}" }""", Leaving);
        await program.PassAsync(Duration.FromMinutes(10));

        foreach (var word in new[] { "canaryguest", "canarynoted" }) Assert.Equal([], program.Find(word));
        foreach (var kept in new[] { "bothguest", "otherguest", "mixedguest" }) await program.IdOfAsync($"{kept}@example.com");
        var request = (await RequestsAsync()).Single(static one => (string?)one!["source"] == "shopify:" + Leaving)!;
        Assert.Equal(("done", 2, 2), ((string?)request["status"], (int)request["erased"]!, request["kept"]!.AsArray().Count));
    }

    /// <summary>Everything of a shop goes with it: what it told of people who stay, and what could not be mapped, with a shop in its header or only in its body.</summary>
    [Fact]
    public async Task ShopRedact_WhatCameInFromTheShop_GoesAndNothingElse()
    {
        const string Leaving = "emptied.myshopify.com";
        foreach (var (number, shop, word) in new[] { (8991, Leaving, "leavingevent"), (8992, ProgramFixture.Shop, "stayingevent") })
        {
            await AcceptAsync("orders/paid", Order(number, "emptied@example.com", word), shop);
            var unmappable = Order(number + 5, "nobody.emptied@example.com", word + "-kept").Replace("\"10.00\"", "\"ten\"", StringComparison.Ordinal);
            Assert.Equal(200, (await program.ShopifyAsync("orders/paid", unmappable, request => request.Set("X-Shopify-Shop-Domain", shop))).Status);
        }

        var headless = Order(8999, "nobody.emptied@example.com", "headless").Replace("{ \"id\"", $"{{ \"order_status_url\": \"https://{Leaving}/1\", \"id\"", StringComparison.Ordinal);
        Assert.Equal(200, (await program.ShopifyAsync("orders/paid", headless, static request => request.Set("X-Shopify-Shop-Domain", ""))).Status);
        await program.SettleAsync();
        var id = await program.IdOfAsync("emptied@example.com");

        await AcceptAsync("shop/redact", $$"""{ "shop_id": 4, "shop_domain": "{{Leaving}}" }""", Leaving);
        await program.PassAsync(Duration.FromMinutes(10));

        var export = (await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/export")).Body["events"]!.ToJsonString();
        Assert.Equal((false, true), (export.Contains("leavingevent", StringComparison.Ordinal), export.Contains("stayingevent", StringComparison.Ordinal)));
        var kept = string.Concat(await program.KeptAsync());
        Assert.Equal((false, false, true), (kept.Contains("leavingevent", StringComparison.Ordinal), kept.Contains("headless", StringComparison.Ordinal), kept.Contains("stayingevent", StringComparison.Ordinal)));
        // A person who is known from elsewhere too stays, with the order that is booked.
        Assert.Equal(2, (int)(await program.GetAsync($"api/customers/{id}")).Body["orders"]!);
        var request = (await RequestsAsync()).Single(static one => (string?)one!["source"] == "shopify:" + Leaving)!;
        Assert.Equal(("done", id), ((string?)request["status"], (string?)request["kept"]!.AsArray().Single()));
        Assert.Empty(program.DeadLetters());
    }

    [Fact]
    public async Task Redact_OfSomebodyKnownByOrdersOnly_ErasesThem()
    {
        await OrderAsync(8961, "canaryorders@example.com");
        var id = await program.IdOfAsync("canaryorders@example.com");
        await program.AcceptAsync("customers/data_request", """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": {}, "orders_requested": [8961], "data_request": { "id": 8961 } }""");
        var asked = (await RequestsAsync()).Single(static one => (string?)one!["shopRequest"] == "8961")!;
        Assert.Equal(("open", id), ((string?)asked["status"], (string?)asked["customerIds"]!.AsArray().Single()));

        // The shop's account for that guest was never told of here.
        await program.AcceptAsync("customers/redact", """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 896199, "email": "another@example.com" }, "orders_to_redact": [8961] }""");

        Assert.Equal([], program.Find("canaryorders"));
        var redacted = (await RequestsAsync()).Single(one => (string?)one!["type"] == "customer.erasure-requested" && one["customerIds"]!.AsArray().Any(named => (string?)named == id))!;
        Assert.Equal("done", (string?)redacted["status"]);
        await AssertBooksAsync();
    }

    /// <summary>The request has an account and an address; the address is another account's.</summary>
    [Fact]
    public async Task Redact_WithAnAddressThatIsAnotherAccounts_SparesTheOther()
    {
        var gone = await PersonOfAsync(8971, "canarymoved@example.com");
        Assert.Equal(200, (await program.SendAsync(HttpMethod.Patch, $"api/customers/{gone}/person", """{ "email": "canarymoved2@example.com" }""")).Status);
        await program.PassAsync(Duration.FromMinutes(5));
        var stays = await PersonOfAsync(8972, "canarymoved@example.com");
        Assert.NotEqual(gone, stays);
        await program.AcceptAsync("customers/redact", """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 8971, "email": "canarymoved@example.com" }, "orders_to_redact": [] }""");

        Assert.Equal([], program.Find("canarymoved2"));
        Assert.Equal(stays, await program.IdOfAsync("canarymoved@example.com"));
        var request = (await RequestsAsync()).Single(one => one!["customerIds"]!.AsArray().Any(named => (string?)named == gone))!;
        Assert.Equal(stays, (string?)request["kept"]!.AsArray().Single());
    }

    private async Task<JsonArray> RequestsAsync() => (await program.GetAsync("api/privacy/requests")).Body.AsArray();

    private async Task AssertBooksAsync() => Assert.Empty((await program.BooksAsync()).Points.Findings);

    private async Task<string> PersonOfAsync(int number, string email, string? shop = null)
    {
        await AcceptAsync("customers/create", ShopPayloads.Customer(number, email, At), shop ?? ProgramFixture.Shop);
        return await program.IdOfAsync(email);
    }

    private async Task AcceptAsync(string topic, string body, string shop)
    {
        Assert.Equal("202", (await program.ShopifyAsync(topic, body, request => request.Set("X-Shopify-Shop-Domain", shop))).Summary);
        await program.SettleAsync();
    }

    private Task OrderAsync(int number, string email, string? shop = null) => AcceptAsync("orders/paid", Order(number, email, "Cup"), shop ?? ProgramFixture.Shop);

    private string Order(int number, string email, string title) => $$"""
        { "id": {{number}}, "email": "{{email}}", "currency": "USD", "financial_status": "paid", "created_at": "{{At}}", "updated_at": "{{At}}", "customer": null,
          "line_items": [{ "id": 1, "sku": "CUP", "title": "{{title}}", "quantity": 2, "price": "10.00" }] }
        """;
}
