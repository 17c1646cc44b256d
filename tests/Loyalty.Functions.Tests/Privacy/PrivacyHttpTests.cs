using System.Text.Json.Nodes;
using Loyalty.Connectors;
using Loyalty.Core.Events;
using Loyalty.Engine.Privacy;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>Export, rectification, restriction and the audit log, over HTTP.</summary>
public sealed class PrivacyHttpTests(PrivacyFixture program) : IClassFixture<PrivacyFixture>
{
    [Fact]
    public async Task Export_APersonWithEverything_HasASectionForEachAndNoOneElse()
    {
        await program.PersonAsync(8502, "somebodyelse");
        var id = await program.PersonAsync(8501, "exportme");
        Assert.Equal(202, (await program.SendAsync(HttpMethod.Post, "api/feedback", $$"""{ "customerId": "{{id}}", "kind": "idea", "text": "<script>alert(1)</script>" }""")).Status);

        var export = await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/export");
        Assert.Equal(200, export.Status);
        foreach (var section in (string[])["person", "record", "orders", "ledger", "messages", "consents", "feedback", "journeys", "identifiers", "events", "access"])
            Assert.True(export.Body[section] is JsonArray { Count: > 0 }, section);
        Assert.Equal("exportme@example.com", (string?)export.Body["person"]![0]!["email"]!["value"]);
        Assert.DoesNotContain("somebodyelse", export.Text, StringComparison.Ordinal);

        var page = await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/export?format=html");
        Assert.Equal("text/html", page.MediaType);
        Assert.Contains("exportme@example.com", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page.Text, StringComparison.Ordinal);
        (await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/export?format=pdf")).AssertProblem(422, "invalid-field");
    }

    [Fact]
    public async Task Rectify_AnAddress_LeadsToThePersonAndTheWrongOneToNobody()
    {
        var id = await program.PersonAsync(8503, "wrongaddress");
        var other = await program.PersonAsync(8504, "othersaddress");

        Assert.Equal(200, (await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", """{ "email": "right@example.com", "firstName": "Ann", "birthday": "1990-05-17" }""")).Status);
        Assert.Equal(id, await program.IdOfAsync("right@example.com"));
        Assert.Equal("404 not-found", (await program.GetAsync("api/customers?email=wrongaddress@example.com")).Summary);
        var customer = (await program.GetAsync($"api/customers/{id}")).Body;
        Assert.Equal("right@example.com", (string?)customer["email"]);
        Assert.DoesNotContain(customer["identifiers"]!.AsArray(), static name => ((string)name!).Contains("wrongaddress", StringComparison.Ordinal));
        (await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", """{ "email": "othersaddress@example.com" }""")).AssertProblem(409, "conflict");
        Assert.Equal(other, await program.IdOfAsync("othersaddress@example.com"));
        foreach (var wrong in (string[])["{}", """{ "email": "no address" }""", """{ "phone": "12" }""", """{ "country": "Bulgaria" }""", """{ "locale": "not a locale!" }"""])
            (await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", wrong)).AssertProblem(422, "invalid-field");
    }

    [Fact]
    public async Task Restrict_AWaitingRun_StandsStillAndGoesOnWhenLifted()
    {
        var at = NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);
        await program.MorningAsync();
        await program.AcceptAsync("customers/create", Webhooks.ShopPayloads.Customer(8505, "restricted@example.com", at));
        var id = await program.IdOfAsync("restricted@example.com");
        var sent = (await program.GetAsync($"api/customers/{id}/messages")).Body.AsArray().Count;
        Assert.Equal(1, sent);

        var restricted = await program.SendAsync(HttpMethod.Put, $"api/customers/{id}/restriction");
        Assert.NotNull(restricted.Body["restrictedAt"]);
        await program.PassAsync(Duration.FromDays(20));
        Assert.Equal(sent, (await program.GetAsync($"api/customers/{id}/messages")).Body.AsArray().Count);
        var adjust = new HttpRequestMessage(HttpMethod.Post, $"api/customers/{id}/points/adjust") { Content = new StringContent("""{ "points": 5, "actor": "ann", "reason": "x" }""") };
        adjust.Headers.Authorization = new("Bearer", ProgramFixture.KeyOf("support"));
        adjust.Headers.Add("Idempotency-Key", "restricted-1");
        (await program.SendAsync(adjust)).AssertProblem(409, "customer-restricted");
        // Stored all the same.
        await program.AcceptAsync("orders/paid", Webhooks.ShopPayloads.Order(8505, "restricted@example.com", "paid", NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now)));
        Assert.Equal(1, (int)(await program.GetAsync($"api/customers/{id}")).Body["orders"]!);

        Assert.Null((await program.SendAsync(HttpMethod.Delete, $"api/customers/{id}/restriction")).Body["restrictedAt"]);
        await program.PassAsync(Duration.FromMinutes(10));
        Assert.All((await program.GetAsync($"api/customers/{id}/runs")).Body.AsArray(), static run => Assert.NotEqual("held", (string?)run!["status"]));
    }

    [Fact]
    public async Task Audit_WhatStaffReadsAndChanges_IsNotedWithoutPersonalData()
    {
        var id = await program.PersonAsync(8506, "audited");
        await program.SendAsync(HttpMethod.Get, $"api/customers/{id}");
        await program.SendAsync(HttpMethod.Get, "api/customers?email=audited@example.com");
        await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/points", role: "integration");
        await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/export", role: "integration");
        await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", """{ "firstName": "Audrey" }""");

        var lines = (await program.SendAsync(HttpMethod.Get, $"api/privacy/audit?customer={id}", role: "operator")).Body.AsArray();
        Assert.Equal(
            ["key:integration ExportCustomer", "key:support FindCustomer", "key:support GetCustomer", "key:support RectifyCustomer"],
            lines.Select(static line => $"{line!["actor"]} {line["action"]}").Where(static line => !line.Contains("admin", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        var all = await program.SendAsync(HttpMethod.Get, "api/privacy/audit", role: "operator");
        Assert.Contains("FindCustomer", all.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("audited", all.Text, StringComparison.Ordinal);
        (await program.SendAsync(HttpMethod.Get, "api/privacy/audit?month=soon", role: "operator")).AssertProblem(422, "invalid-field");
    }

    [Fact]
    public async Task ShopRedact_AShopThatLeaves_ErasesWhoIsKnownFromItOnly()
    {
        const string Leaving = "leaving.myshopify.com";
        await program.MorningAsync();
        var at = NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);
        foreach (var (number, word) in new[] { (8601, "onlythere"), (8602, "bothshops") })
            Assert.Equal(202, (await program.ShopifyAsync("customers/create", Webhooks.ShopPayloads.Customer(number, $"{word}@example.com", at), request => request.Set("X-Shopify-Shop-Domain", Leaving))).Status);
        await program.SettleAsync();
        await program.AcceptAsync("customers/create", Webhooks.ShopPayloads.Customer(8603, "bothshops@example.com", at));
        var (gone, kept) = (await program.IdOfAsync("onlythere@example.com"), await program.IdOfAsync("bothshops@example.com"));

        Assert.Equal(202, (await program.ShopifyAsync("shop/redact", $$"""{ "shop_id": 2, "shop_domain": "{{Leaving}}" }""", request => request.Set("X-Shopify-Shop-Domain", Leaving))).Status);
        await program.SettleAsync();
        await program.PassAsync(Duration.FromMinutes(10));

        Assert.Equal([], program.Find("onlythere"));
        Assert.Equal(kept, await program.IdOfAsync("bothshops@example.com"));
        var request = (await program.GetAsync("api/privacy/requests")).Body.AsArray().Single(static one => (string?)one!["type"] == "shop.erasure-requested")!;
        Assert.Equal(("done", 1, kept), ((string?)request["status"], (int)request["erased"]!, (string?)request["kept"]!.AsArray().Single()));
        Assert.NotEqual(gone, kept);
    }

    [Fact]
    public async Task DataRequest_OfSomebodyKnown_IsOpenUntilTheDataWasHandedOver()
    {
        var id = await program.PersonAsync(8507, "askstoknow");
        await program.AcceptAsync("customers/data_request", """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 8507, "email": "askstoknow@example.com" }, "orders_requested": [8507], "data_request": { "id": 12345 } }""");
        var request = (await program.GetAsync("api/privacy/requests")).Body.AsArray().Single(static one => (string?)one!["shopRequest"] == "12345")!;
        Assert.Equal(("open", id), ((string?)request["status"], (string?)request["customerIds"]!.AsArray().Single()));
        var closed = await program.SendAsync(HttpMethod.Post, $"api/privacy/requests/{request["id"]}/done");
        Assert.Equal("done", (string?)closed.Body["status"]);
        (await program.SendAsync(HttpMethod.Post, "api/privacy/requests/request-none/done")).AssertProblem(404, "not-found");
    }

    /// <summary>Erasure finds accepted events by the session that a connector gives them: both have to say the same.</summary>
    [Fact]
    public void Session_OfANameOrOrder_IsTheConnectors()
    {
        var e = new CanonicalEvent
        {
            Id = "1",
            Source = "test",
            Type = EventTypes.CustomerUpdated,
            Time = Instant.FromUtc(2026, 3, 1, 0, 0),
            ReceivedAt = Instant.FromUtc(2026, 3, 1, 0, 0),
            Data = new EventData.Refund("shopify:shop:1", new Core.Orders.OrderRefund("r", Instant.FromUtc(2026, 3, 1, 0, 0), [])),
        };
        Assert.Equal(IntakeKeys.SessionId(e), PersonTraces.Session("order:shopify:shop:1"));
        Assert.Equal(IntakeKeys.SessionId(e with { Identifiers = [new Identifier("email:ann@example.com")] }), PersonTraces.Session("email:ann@example.com"));
    }
}
