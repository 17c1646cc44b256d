using System.Text.Json.Nodes;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Tests.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>
/// Erasure at every state a person can be in, on the real host: afterwards a word that stood in every name of theirs is nowhere in the file, its log, its free
/// pages, the outbox and the host's log lines, and the books are as they were.
/// </summary>
public sealed class ErasureTests(PrivacyFixture program) : IClassFixture<PrivacyFixture>
{
    private async Task<ErasureRecord> RecordAsync(string customerId) =>
        (await program.Host.Services.GetRequiredService<EraseUseCase>().FindAsync(customerId))!;

    /// <summary>Nothing is left of the person but the books.</summary>
    private async Task AssertErasedAsync(string customerId, string word, string wrappedKey, string balances)
    {
        var record = await RecordAsync(customerId);
        Assert.Equal(ErasureStep.Done, record.Step);
        Assert.Equal([], program.Find(word));
        Assert.Equal([], program.Find(wrappedKey));
        Assert.Equal(balances, await program.BalancesAsync());
        Assert.Empty((await program.BooksAsync()).Points.Findings);
        Assert.Equal("404 not-found", (await program.GetAsync($"api/customers?email={word}@example.com")).Summary);
        var customer = (await program.GetAsync($"api/customers/{customerId}")).Body;
        Assert.Equal((null, 0, 0), ((string?)customer["email"], customer["identifiers"]!.AsArray().Count, customer["runs"]!.AsArray().Count));
        Assert.Empty((await program.GetAsync($"api/customers/{customerId}/messages")).Body.AsArray());
    }

    [Fact]
    public async Task Erase_WhileRunsWait_LeavesNoWordAndTheBooks()
    {
        await program.MorningAsync();
        var at = NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);
        await program.AcceptAsync("customers/create", ShopPayloads.Customer(8101, "canarywaiting@example.com", at).Replace("Mira", "canarywaiting", StringComparison.Ordinal));
        var id = await program.IdOfAsync("canarywaiting@example.com");
        Assert.Contains(program.Find("canarywaiting").Keys, static name => name.EndsWith(".eml", StringComparison.Ordinal));
        var (key, balances) = (await program.WrappedKeyAsync(id), await program.BalancesAsync());
        Assert.NotEmpty(program.Find(key));
        var runs = (await program.GetAsync($"api/customers/{id}/runs")).Body.AsArray();
        Assert.Contains(runs, static run => run!["outcome"] is null);

        var answer = await program.EraseAsync(id);

        Assert.Equal(200, answer.Status);
        Assert.Equal("done", (string?)answer.Body["step"]);
        await AssertErasedAsync(id, "canarywaiting", key, balances);
        var ended = (await program.GetAsync($"api/customers/{id}/runs")).Body.AsArray();
        Assert.Equal(runs.Count, ended.Count);
        Assert.True(ended.Any(static run => (string?)run!["outcome"] == "erased"), ended.ToJsonString());
        // What the durable engine still has of the runs finds nothing to do; nothing is sent to anybody.
        var letters = Directory.GetFiles(program.Outbox).Length;
        await program.PassAsync(Duration.FromDays(12));
        Assert.Equal(letters, Directory.GetFiles(program.Outbox).Length);
        Assert.Empty(program.DeadLetters());
        await AssertErasedAsync(id, "canarywaiting", key, balances);
    }

    [Fact]
    public async Task Erase_InTheMiddleOfAHandOver_WaitsForItsLeaseAndRemovesTheCopy()
    {
        await program.MorningAsync();
        program.Mail.Close();
        var at = NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);
        Assert.Equal(202, (await program.ShopifyAsync("customers/create", ShopPayloads.Customer(8102, "canarymidsend@example.com", at))).Status);
        string id, key, balances;
        try
        {
            await program.Mail.Entered;
            id = await program.IdOfAsync("canarymidsend@example.com");
            (key, balances) = (await program.WrappedKeyAsync(id), await program.BalancesAsync());
            var answer = await program.EraseAsync(id);
            Assert.Equal((202, "swept"), (answer.Status, (string?)answer.Body["step"]));
            Assert.NotNull(answer.Body["waitsUntil"]);
        }
        finally
        {
            program.Mail.Open();
        }

        await program.SettleAsync();
        // The provider had the message in hand: its copy is there now, and goes when the lease is over.
        Assert.NotEmpty(program.Find("canarymidsend"));
        await program.PassAsync(Duration.FromMinutes(10));

        await AssertErasedAsync(id, "canarymidsend", key, balances);
    }

    [Fact]
    public async Task Erase_WhileAMessageIsRetried_NeverSendsIt()
    {
        string id, key, balances;
        try
        {
            program.Mail.IsBusy = true;
            id = await program.PersonAsync(8103, "canaryretrying");
            (key, balances) = (await program.WrappedKeyAsync(id), await program.BalancesAsync());
            Assert.Empty(program.Find("canaryretrying"));
            Assert.Equal(200, (await program.EraseAsync(id)).Status);
        }
        finally
        {
            program.Mail.IsBusy = false;
        }

        await program.PassAsync(Duration.FromHours(2));

        await AssertErasedAsync(id, "canaryretrying", key, balances);
    }

    [Fact]
    public async Task Erase_WhileAnEventIsRetriedAndWhenItIsADeadLetter_TakesTheEventToo()
    {
        foreach (var (number, word, pause) in new[] { (8104, "canaryscheduled", Duration.FromMinutes(2)), (8105, "canarydeadletter", Duration.FromHours(14)) })
        {
            var id = await program.PersonAsync(number, word);
            program.Store.Broken = "customer:" + id;
            var at = NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);
            Assert.Equal(202, (await program.ShopifyAsync("customers/update", ShopPayloads.Customer(number, word + "@example.com", at))).Status);
            await program.PassAsync(pause);
            Assert.Equal(word == "canarydeadletter" ? 1 : 0, program.DeadLetters().Count);
            program.Store.Broken = null;
            var (key, balances) = (await program.WrappedKeyAsync(id), await program.BalancesAsync());

            Assert.Equal(200, (await program.EraseAsync(id)).Status);
            await program.PassAsync(Duration.FromHours(2));
            await AssertErasedAsync(id, word, key, balances);
        }

        // The dead letter holds ids only; replayed, it is done with.
        var letter = (await program.GetAsync("api/operations/dead-letters")).Body.AsArray().Single()!;
        Assert.Equal(200, (await program.SendAsync(HttpMethod.Post, $"api/operations/dead-letters/{letter["sequenceNumber"]}/replay", role: "operator")).Status);
        await program.PassAsync(Duration.FromMinutes(5));
        Assert.Empty(program.DeadLetters());
        Assert.Equal([], program.Find("canarydeadletter"));
    }

    [Fact]
    public async Task Erase_AfterTheDataWasExportedAndFeedbackGiven_LeavesNothingOfEither()
    {
        var id = await program.PersonAsync(8106, "canaryexported");
        Assert.Equal(202, (await program.SendAsync(HttpMethod.Post, "api/feedback", $$"""{ "customerId": "{{id}}", "kind": "complaint", "text": "canaryexported has cold tea" }""")).Status);
        await program.SettleAsync();
        Assert.Contains("canaryexported has cold tea", (await program.GetAsync($"api/customers/{id}/export")).Text, StringComparison.Ordinal);
        Assert.Contains("canaryexported", (await program.GetAsync($"api/customers/{id}/export?format=html")).Text, StringComparison.Ordinal);
        var (key, balances) = (await program.WrappedKeyAsync(id), await program.BalancesAsync());

        Assert.Equal(200, (await program.EraseAsync(id)).Status);
        await AssertErasedAsync(id, "canaryexported", key, balances);
        Assert.DoesNotContain("canaryexported", (await program.GetAsync($"api/customers/{id}/export")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erase_ABodyThatCouldNotBeMapped_GoesWithThePersonItNames()
    {
        var id = await program.PersonAsync(8107, "canarykept");
        // Genuine, and not to be mapped: a price that is no number.
        var broken = ShopPayloads.Order(81070, "canarykept@example.com", "paid").Replace("\"10.00\"", "\"ten\"", StringComparison.Ordinal);
        Assert.Equal(200, (await program.ShopifyAsync("orders/paid", broken)).Status);
        await program.SettleAsync();
        var store = program.Host.Services.GetRequiredService<IDocumentStore>();
        Assert.NotEmpty((await store.QueryAsync(new DocumentQuery("kept:shopify"))).Items);

        Assert.Equal(200, (await program.EraseAsync(id)).Status);
        Assert.Empty((await store.QueryAsync(new DocumentQuery("kept:shopify"))).Items);
        Assert.Equal([], program.Find("canarykept"));
    }

    [Fact]
    public async Task Erase_ThenEverythingAgain_MakesNobodyKnown()
    {
        var at = NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);
        var id = await program.PersonAsync(8108, "canaryagain");
        var (key, balances) = (await program.WrappedKeyAsync(id), await program.BalancesAsync());
        Assert.Equal(200, (await program.EraseAsync(id)).Status);
        var before = (await program.BooksAsync()).Customers;
        await program.PassAsync(Duration.FromHours(1));

        await program.AcceptAsync("customers/create", ShopPayloads.Customer(8108, "canaryagain@example.com", at));
        await program.AcceptAsync("orders/paid", ShopPayloads.Order(8108, "canaryagain@example.com", "paid", at));
        await program.AcceptAsync("orders/updated", ShopPayloads.Order(8108, "canaryagain@example.com", "paid", at, fulfilledAt: "2030-01-01T00:00:00Z"));
        await program.AcceptAsync("refunds/create", """{ "id": 81080, "order_id": 8108, "created_at": "2026-03-02T18:00:00Z", "refund_line_items": [{ "line_item_id": 1, "quantity": 1, "subtotal": "20.00" }] }""");
        await program.PassAsync(Duration.FromDays(1));

        Assert.Equal(before, (await program.BooksAsync()).Customers);
        await AssertErasedAsync(id, "canaryagain", key, balances);
        Assert.Empty(program.DeadLetters());
    }

    [Fact]
    public async Task Erase_ThenASignUpThatHappensLater_IsSomebodyNew()
    {
        var id = await program.PersonAsync(8109, "canaryreborn");
        Assert.Equal(200, (await program.EraseAsync(id)).Status);
        await program.PassAsync(Duration.FromDays(2));

        var again = await program.PersonAsync(8110, "canaryreborn");
        Assert.NotEqual(id, again);
        var points = (await program.GetAsync($"api/customers/{again}/points")).Body["wallets"]!.AsArray();
        Assert.NotEmpty(points);
        // The old record stays what it is: an order that the new person places does not reach it.
        Assert.Equal(0, (int)(await program.GetAsync($"api/customers/{id}")).Body["orders"]!);
        Assert.Equal(1, (int)(await program.GetAsync($"api/customers/{again}")).Body["orders"]!);
    }

    [Fact]
    public async Task Erase_ATaskOrPostingAfterwards_IsRefused()
    {
        var id = await program.PersonAsync(8111, "canarylate");
        Assert.Equal(200, (await program.EraseAsync(id)).Status);
        Assert.Equal(200, (await program.EraseAsync(id)).Status);

        var request = new HttpRequestMessage(HttpMethod.Post, $"api/customers/{id}/points/adjust") { Content = new StringContent("""{ "points": 5, "actor": "ann", "reason": "x" }""") };
        request.Headers.Authorization = new("Bearer", ProgramFixture.KeyOf("support"));
        request.Headers.Add("Idempotency-Key", "late-1");
        (await program.SendAsync(request)).AssertProblem(410, "customer-erased");
        (await program.SendAsync(HttpMethod.Put, $"api/customers/{id}/restriction")).AssertProblem(410, "customer-erased");
        (await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", """{ "firstName": "X" }""")).AssertProblem(410, "customer-erased");
        (await program.EraseAsync("nobody")).AssertProblem(404, "not-found");
        var erasure = (await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/erasure")).Body;
        Assert.Equal("done", (string?)erasure["step"]);
    }

    [Fact]
    public async Task Erase_KilledAfterAnyCommit_IsFinishedByTheSweep()
    {
        // One person for each place; a person that was erased before the cut shows that every place was tried.
        for (var commits = 0; ; commits++)
        {
            var word = $"canarycut{commits}x";
            var id = await program.PersonAsync(8200 + commits, word);
            var (key, balances) = (await program.WrappedKeyAsync(id), await program.BalancesAsync());
            program.Store.CutAfter(commits + 1);
            var answer = await program.EraseAsync(id);
            program.Store.Mend();
            if (answer.Status == 200 || commits == 0) Assert.Contains(answer.Status, new[] { 200, 503 });
            await program.PassAsync(Duration.FromMinutes(10));
            if (await program.Host.Services.GetRequiredService<EraseUseCase>().FindAsync(id) is null)
            {
                // Cut before it was noted: it is asked for again.
                Assert.Equal(503, answer.Status);
                Assert.Equal(200, (await program.EraseAsync(id)).Status);
            }

            await AssertErasedAsync(id, word, key, balances);
            if (answer.Status == 200) return;
            Assert.InRange(commits, 0, 60);
        }
    }

    [Fact]
    public async Task Erase_SomebodyWhoWasMerged_ErasesBothAndBothNames()
    {
        await program.AcceptAsync("orders/paid", """
            { "id": 8301, "email": "canarymerged@example.com", "currency": "USD", "financial_status": "paid", "created_at": "2026-03-02T14:00:00Z", "updated_at": "2026-03-02T14:00:00Z", "customer": null,
              "line_items": [{ "id": 1, "sku": "CUP", "title": "Cup", "quantity": 2, "price": "10.00" }] }
            """);
        await program.PassAsync(Duration.FromMinutes(1));
        await program.AcceptAsync("customers/create", """{ "id": 8301, "email": null, "first_name": "canarymerged", "created_at": "2026-03-02T14:30:00Z", "updated_at": "2026-03-02T14:30:00Z" }""");
        var account = (string)(await program.GetAsync($"api/customers?external=shopify:{ProgramFixture.Shop}:8301")).Body["id"]!;
        var accountKey = await program.WrappedKeyAsync(account);
        await program.AcceptAsync("customers/update", """{ "id": 8301, "email": "canarymerged@example.com", "created_at": "2026-03-02T14:30:00Z", "updated_at": "2026-03-02T14:31:00Z" }""");
        var id = await program.IdOfAsync("canarymerged@example.com");
        Assert.NotEqual(account, id);
        var (key, balances) = (await program.WrappedKeyAsync(id), await program.BalancesAsync());

        // Asked for under the name that was given up.
        Assert.Equal(200, (await program.EraseAsync(account)).Status);
        await AssertErasedAsync(id, "canarymerged", key, balances);
        Assert.Equal([], program.Find(accountKey));
        Assert.Equal("404 not-found", (await program.GetAsync($"api/customers?external=shopify:{ProgramFixture.Shop}:8301")).Summary);
    }

    [Fact]
    public async Task ShopifyRedact_APersonAndNobody_IsDoneAndShownToTheOperator()
    {
        var id = await program.PersonAsync(8401, "canaryredact");
        var key = await program.WrappedKeyAsync(id);
        var balances = await program.BalancesAsync();
        await program.AcceptAsync("customers/redact", """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 8401, "email": "canaryredact@example.com" }, "orders_to_redact": [8401] }""");
        await program.AcceptAsync("customers/redact", """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 84019, "email": "canarynobody@example.com" }, "orders_to_redact": [] }""");
        await program.AcceptAsync("customers/data_request", """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 84018, "email": "canaryasked@example.com" }, "orders_requested": [], "data_request": { "id": 9999 } }""");

        await AssertErasedAsync(id, "canaryredact", key, balances);
        Assert.Equal([], program.Find("canarynobody"));
        var requests = (await program.GetAsync("api/privacy/requests", ProgramFixture.KeyOf("operator"))).Body.AsArray();
        Assert.Contains(requests, one => (string?)one!["status"] == "done" && (int)one["erased"]! == 1 && (string?)one["customerIds"]!.AsArray().Single() == id);
        Assert.Contains(requests, static one => (string?)one!["status"] == "nobody" && (string?)one["type"] == "customer.erasure-requested");
        Assert.Contains(requests, static one => (string?)one!["shopRequest"] == "9999" && (string?)one["status"] == "nobody");
        Assert.DoesNotContain("canary", requests.ToJsonString(), StringComparison.Ordinal);
        // A redelivery changes nothing.
        await program.AcceptAsync("customers/redact", """{ "shop_id": 1, "shop_domain": "tea.myshopify.com", "customer": { "id": 8401, "email": "canaryredact@example.com" }, "orders_to_redact": [8401] }""");
        Assert.Equal([], program.Find("canaryredact"));
    }
}
