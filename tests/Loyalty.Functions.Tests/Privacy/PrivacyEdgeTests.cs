using Loyalty.Functions.Tests.Webhooks;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>Rights of a person one after the other: corrected and then erased, restricted and then merged; and looks at people by other ways than their path.</summary>
public sealed class PrivacyEdgeTests(PrivacyFixture program) : IClassFixture<PrivacyFixture>
{
    private string At => NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);

    /// <summary>A guest's order came in under the address that was corrected later: its accepted event lies under that address.</summary>
    [Fact]
    public async Task Erase_AfterTheAddressWasCorrected_TakesWhatCameInUnderTheWrongOneToo()
    {
        await program.MorningAsync();
        await program.AcceptAsync("orders/paid", $$"""
            { "id": 8701, "email": "canaryformer@example.com", "currency": "USD", "financial_status": "paid", "created_at": "{{At}}", "updated_at": "{{At}}", "customer": null,
              "line_items": [{ "id": 1, "sku": "CUP", "title": "Cup for canaryformer", "quantity": 2, "price": "10.00" }] }
            """);
        var id = await program.IdOfAsync("canaryformer@example.com");
        await program.PassAsync(Duration.FromHours(1));
        Assert.Equal(200, (await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", """{ "email": "canaryright@example.com" }""")).Status);
        // Somebody else has the address now.
        await program.PassAsync(Duration.FromHours(1));
        await program.AcceptAsync("customers/create", ShopPayloads.Customer(8702, "canaryformer@example.com", At));
        var other = await program.IdOfAsync("canaryformer@example.com");
        Assert.NotEqual(id, other);
        var export = (await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/export")).Body;
        Assert.Contains(export["events"]!.AsArray(), static one => one!.ToJsonString().Contains("Cup for canaryformer", StringComparison.Ordinal));
        Assert.DoesNotContain(export["events"]!.AsArray(), static one => one!.ToJsonString().Contains("customer.signed-up", StringComparison.Ordinal));

        Assert.Equal(200, (await program.EraseAsync(id)).Status);

        Assert.Equal(0, await EventsAsync("Cup for canaryformer"));
        // The other's own event is still there, and so is the other.
        Assert.Equal(other, await program.IdOfAsync("canaryformer@example.com"));
        Assert.Single((await program.SendAsync(HttpMethod.Get, $"api/customers/{other}/export")).Body["events"]!.AsArray());
    }

    [Fact]
    public async Task Rectify_AskedAgainAfterItWasCutOff_TakesTheWrongAddressAway()
    {
        for (var commits = 0; ; commits++)
        {
            var id = await program.PersonAsync(8710 + commits, $"cutwrong{commits}");
            program.Store.CutAfter(commits + 1);
            var answer = await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", $$"""{ "email": "cutright{{commits}}@example.com" }""");
            program.Store.Mend();
            if (answer.Status != 200) Assert.Equal(200, (await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", $$"""{ "email": "cutright{{commits}}@example.com" }""")).Status);
            Assert.Equal("404 not-found", (await program.GetAsync($"api/customers?email=cutwrong{commits}@example.com")).Summary);
            Assert.Equal(id, await program.IdOfAsync($"cutright{commits}@example.com"));
            if (answer.Status == 200) return;
            Assert.InRange(commits, 0, 30);
        }
    }

    [Theory]
    [InlineData("""{ "email": "<ann@example.com>" }""")]
    [InlineData("""{ "email": "ann@example.com,eve@example.com" }""")]
    [InlineData("""{ "email": "ann\u0000@example.com" }""")]
    [InlineData("""{ "email": "ann@example.com\u202e" }""")]
    [InlineData("""{ "firstName": "Ann\r\nBcc: eve@example.com" }""")]
    [InlineData("""{ "lastName": "A\u0000" }""")]
    [InlineData("""{ "birthday": "0001-01-01" }""")]
    [InlineData("""{ "birthday": "3000-01-01" }""")]
    public async Task Rectify_WhatNobodyIsCalledOrReachedBy_IsRefused(string body) =>
        (await program.SendAsync(HttpMethod.Patch, "api/customers/nobody/person", body)).AssertProblem(422, "invalid-field");

    /// <summary>At night the letter of a new customer waits: the correction wakes its run.</summary>
    [Fact]
    public async Task Rectify_SomebodyWhoseRunIsUnderWay_IsDone()
    {
        var night = program.Host.Clock.Now.InUtc().Date.PlusDays(1).At(new LocalTime(6, 0)).InUtc().ToInstant();
        await program.Host.Clock.RunUntilAsync(night);
        await program.AcceptAsync("customers/create", ShopPayloads.Customer(8741, "atnight@example.com", At));
        var id = await program.IdOfAsync("atnight@example.com");

        Assert.Equal(200, (await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", """{ "email": "atdaytime@example.com", "phone": "+359881234567" }""")).Status);
        await program.PassAsync(Duration.FromDays(1));
        Assert.Contains(program.Find("atdaytime").Keys, static name => name.EndsWith(".eml", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Merge_OfARestrictedPersonIntoAnother_StaysRestricted()
    {
        await program.MorningAsync();
        await program.AcceptAsync("orders/paid", $$"""
            { "id": 8751, "email": "mergedlimit@example.com", "currency": "USD", "financial_status": "paid", "created_at": "{{At}}", "updated_at": "{{At}}", "customer": null,
              "line_items": [{ "id": 1, "sku": "CUP", "title": "Cup", "quantity": 2, "price": "10.00" }] }
            """);
        await program.PassAsync(Duration.FromMinutes(1));
        await program.AcceptAsync("customers/create", $$"""{ "id": 8751, "email": null, "first_name": "Limit", "created_at": "{{At}}", "updated_at": "{{At}}" }""");
        var account = (string)(await program.GetAsync($"api/customers?external=shopify:{ProgramFixture.Shop}:8751")).Body["id"]!;
        Assert.Equal(200, (await program.SendAsync(HttpMethod.Put, $"api/customers/{account}/restriction")).Status);
        await program.PassAsync(Duration.FromMinutes(1));
        await program.AcceptAsync("customers/update", $$"""{ "id": 8751, "email": "mergedlimit@example.com", "created_at": "{{At}}", "updated_at": "{{At}}" }""");
        var id = await program.IdOfAsync("mergedlimit@example.com");
        Assert.NotEqual(account, id);

        var adjust = new HttpRequestMessage(HttpMethod.Post, $"api/customers/{id}/points/adjust") { Content = new StringContent("""{ "points": 5, "actor": "ann", "reason": "x" }""") };
        adjust.Headers.Authorization = new("Bearer", ProgramFixture.KeyOf("support"));
        adjust.Headers.Add("Idempotency-Key", "merged-limit");
        (await program.SendAsync(adjust)).AssertProblem(409, "customer-restricted");
    }

    [Fact]
    public async Task Restrict_AWaitingRun_SaysWhyItIsHeld()
    {
        await program.MorningAsync();
        await program.AcceptAsync("customers/create", ShopPayloads.Customer(8761, "heldbecause@example.com", At));
        var id = await program.IdOfAsync("heldbecause@example.com");
        Assert.Equal(200, (await program.SendAsync(HttpMethod.Put, $"api/customers/{id}/restriction")).Status);
        await program.PassAsync(Duration.FromDays(20));

        var held = (await program.GetAsync($"api/customers/{id}/runs")).Body.AsArray().First(static run => (string?)run!["status"] == "held")!;
        Assert.True(held.ToJsonString().Contains("data is restricted", StringComparison.Ordinal), held.ToJsonString());
        var story = await program.GetAsync($"api/runs/{held["runId"]}/story?customer={id}");
        Assert.Contains("data is restricted", story.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("paused", story.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_ALookByAddressInAnotherSpellingOrThroughALetter_LeavesALineAboutThePerson()
    {
        var id = await program.PersonAsync(8771, "seen");
        await program.SendAsync(HttpMethod.Get, $"API/Customers/{id}");
        await program.SendAsync(HttpMethod.Get, "api/customers?email=seen@example.com");
        await program.SendAsync(HttpMethod.Post, "api/templates/welcome/preview", """{ "customer": "seen@example.com" }""");

        var lines = (await program.SendAsync(HttpMethod.Get, $"api/privacy/audit?customer={id}", role: "operator")).Body.AsArray()
            .Where(static line => (string?)line!["actor"] == "key:support").Select(static line => (string?)line!["action"]).Order(StringComparer.Ordinal);
        Assert.Equal(["FindCustomer", "GetCustomer", "PreviewTemplate"], lines);
    }

    private async Task<int> EventsAsync(string word)
    {
        var store = (Engine.Storage.IDocumentStore)program.Store;
        var found = 0;
        foreach (var range in await store.GetFeedRangesAsync())
        {
            var page = await store.ScanKindAsync(range, "intake", 1000);
            found += page.Items.Count(one => System.Text.Encoding.UTF8.GetString(one.Body.Span).Contains(word, StringComparison.Ordinal));
        }

        return found;
    }
}
