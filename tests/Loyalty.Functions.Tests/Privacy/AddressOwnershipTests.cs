using System.Text.Json.Nodes;
using Loyalty.Functions.Tests.Webhooks;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>An address that was one person's and is another's since: what came in under it is the one's or the other's by when it came in.</summary>
public sealed class AddressOwnershipTests(PrivacyFixture program) : IClassFixture<PrivacyFixture>
{
    private string At => NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now);

    [Fact]
    public async Task Export_OfWhoTookAnAddressOver_TellsNothingOfWhoHadIt()
    {
        var (first, second) = await TakenOverAsync(8801, "taken1");

        Assert.Equal(["Cup for first"], await CupsAsync(first));
        Assert.Equal(["Cup for second"], await CupsAsync(second));
    }

    [Fact]
    public async Task Erase_WhoTookAnAddressOver_LeavesTheEventsOfWhoHadItAndTheOtherWayAbout()
    {
        var (first, second) = await TakenOverAsync(8811, "taken2");
        var (older, newer) = await TakenOverAsync(8816, "taken3");

        Assert.Equal(200, (await program.EraseAsync(second)).Status);
        Assert.Equal(["Cup for first"], await CupsAsync(first));
        Assert.Equal(200, (await program.EraseAsync(older)).Status);
        Assert.Equal(["Cup for second"], await CupsAsync(newer));
        Assert.Equal(newer, await program.IdOfAsync("taken3@example.com"));

        // And then the rest: of neither anything is left.
        Assert.Equal(200, (await program.EraseAsync(first)).Status);
        Assert.Equal(200, (await program.EraseAsync(newer)).Status);
        foreach (var word in new[] { "taken2", "taken3" }) Assert.Equal([], program.Find(word));
    }

    [Fact]
    public async Task Erase_CutAfterAnyCommit_NeverReachesWhoHadTheAddressBefore()
    {
        for (var commits = 0; ; commits++)
        {
            var (first, second) = await TakenOverAsync(8900 + (commits * 10), $"takencut{commits}");
            program.Store.CutAfter(commits + 1);
            var answer = await program.EraseAsync(second);
            program.Store.Mend();
            await program.PassAsync(Duration.FromMinutes(10));
            if (answer.Status != 200) Assert.Equal(200, (await program.EraseAsync(second)).Status);
            Assert.Equal(["Cup for first"], await CupsAsync(first));
            if (answer.Status == 200) return;
            Assert.InRange(commits, 0, 60);
        }
    }

    [Fact]
    public async Task Export_OfAnAddressThatWentThroughThreeHands_IsEachOnesOwnSpan()
    {
        var (first, second) = await TakenOverAsync(8821, "hands");
        await RectifyAsync(second, "hands-second@example.com");
        await OrderAsync(8825, "hands@example.com", "third");
        var third = await program.IdOfAsync("hands@example.com");
        // And back to the first: no span of anybody else's comes with it.
        await RectifyAsync(third, "hands-third@example.com");
        await RectifyAsync(first, "hands@example.com");
        await OrderAsync(8826, "hands@example.com", "first again");

        Assert.Equal(3, new[] { first, second, third }.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(["Cup for first", "Cup for first again"], await CupsAsync(first));
        Assert.Equal(["Cup for second"], await CupsAsync(second));
        Assert.Equal(["Cup for third"], await CupsAsync(third));
    }

    /// <summary>The order came in while the address was right, and is applied after it was corrected: it is who had the address, and brings it back to nobody.</summary>
    [Fact]
    public async Task Apply_AnEventThatCameInBeforeTheCorrection_IsTheFormerOwners()
    {
        await program.MorningAsync();
        await OrderAsync(8831, "inflight@example.com", "first");
        var id = await program.IdOfAsync("inflight@example.com");
        program.Store.Broken = "customer:" + id;
        await ShopifyOrderAsync(8832, "inflight@example.com", "flight");
        await program.SettleAsync();
        program.Store.Broken = null;
        await RectifyAtOnceAsync(id, "inflight-right@example.com");
        await program.PassAsync(Duration.FromHours(2));

        var customer = (await program.GetAsync($"api/customers/{id}")).Body;
        Assert.Equal((2, "inflight-right@example.com"), ((int)customer["orders"]!, (string?)customer["email"]));
        Assert.Equal("404 not-found", (await program.GetAsync("api/customers?email=inflight@example.com")).Summary);
        Assert.Equal(["Cup for first", "Cup for flight"], await CupsAsync(id));
        Assert.Empty(program.DeadLetters());

        Assert.Equal(200, (await program.EraseAsync(id)).Status);
        Assert.Equal([], program.Find("inflight"));
    }

    /// <summary>Nobody has the corrected address: after the erasure an old file under it makes nobody known; a new order makes somebody new.</summary>
    [Fact]
    public async Task Erase_WithACorrectedAddressThatIsNobodys_IsNotUndoneByAnOldOrderUnderIt()
    {
        await program.MorningAsync();
        await OrderAsync(8841, "leftbehind@example.com", "first");
        var (id, old) = (await program.IdOfAsync("leftbehind@example.com"), At);
        await RectifyAsync(id, "rightbehind@example.com");
        Assert.Equal(200, (await program.EraseAsync(id)).Status);
        Assert.Equal([], program.Find("leftbehind"));
        await program.PassAsync(Duration.FromHours(1));

        await ShopifyOrderAsync(8842, "leftbehind@example.com", "old", old);
        await program.SettleAsync();
        Assert.Equal("404 not-found", (await program.GetAsync("api/customers?email=leftbehind@example.com")).Summary);
        Assert.Equal([], program.Find("leftbehind"));

        await OrderAsync(8843, "leftbehind@example.com", "new");
        Assert.NotEqual(id, await program.IdOfAsync("leftbehind@example.com"));
    }

    /// <summary>Somebody else has the address of an erased person: what the shop still tells of the erased one is not told of the other.</summary>
    [Fact]
    public async Task Erase_ThenSomebodyElseUnderTheAddress_GetsNothingOfTheErasedOne()
    {
        await program.MorningAsync();
        var old = At;
        await program.AcceptAsync("customers/create", ShopPayloads.Customer(8851, "samedoor@example.com", old));
        var id = await program.IdOfAsync("samedoor@example.com");
        Assert.Equal(200, (await program.EraseAsync(id)).Status);
        await program.PassAsync(Duration.FromHours(1));
        await OrderAsync(8852, "samedoor@example.com", "second");
        var other = await program.IdOfAsync("samedoor@example.com");

        await program.AcceptAsync("customers/update", ShopPayloads.Customer(8851, "samedoor@example.com", old).Replace("Petrova", "canaryold", StringComparison.Ordinal));
        await ShopifyOrderAsync(8853, "samedoor@example.com", "canaryold", old);
        await program.SettleAsync();

        Assert.NotEqual(id, other);
        Assert.Equal(1, (int)(await program.GetAsync($"api/customers/{other}")).Body["orders"]!);
        Assert.Equal([], program.Find("canaryold"));
        Assert.Equal("404 not-found", (await program.GetAsync($"api/customers?external=shopify:{ProgramFixture.Shop}:8851")).Summary);
    }

    /// <summary>The shop goes on with what it wrote down at the time: an old order, and then the profile, under the address that is somebody else's now.</summary>
    [Fact]
    public async Task Shop_TellsTheCorrectedAddressAgain_MergesNobody()
    {
        await program.MorningAsync();
        await program.AcceptAsync("customers/create", ShopPayloads.Customer(8861, "staleway@example.com", At));
        await program.AcceptAsync("orders/paid", ShopPayloads.Order(8861, "staleway@example.com", "paid", At));
        var first = await program.IdOfAsync("staleway@example.com");
        await program.PassAsync(Duration.FromMinutes(5));
        await RectifyAsync(first, "staleway-right@example.com");
        await program.AcceptAsync("customers/create", ShopPayloads.Customer(8862, "staleway@example.com", At));
        var second = await program.IdOfAsync("staleway@example.com");
        await program.PassAsync(Duration.FromMinutes(5));

        await program.AcceptAsync("orders/updated", ShopPayloads.Order(8861, "staleway@example.com", "paid", At));
        await program.AcceptAsync("orders/paid", ShopPayloads.Order(8863, "staleway@example.com", "paid", At).Replace("\"customer\": { \"id\": 8863", "\"customer\": { \"id\": 8861", StringComparison.Ordinal));
        await program.AcceptAsync("customers/update", ShopPayloads.Customer(8861, "staleway@example.com", At));
        await program.SettleAsync();

        Assert.NotEqual(first, second);
        Assert.Equal(second, await program.IdOfAsync("staleway@example.com"));
        Assert.Equal(first, await program.IdOfAsync("staleway-right@example.com"));
        foreach (var (id, account, orders) in new[] { (first, 8861, 2), (second, 8862, 0) })
        {
            Assert.Equal(id, (string?)(await program.GetAsync($"api/customers?external=shopify:{ProgramFixture.Shop}:{account}")).Body["id"]);
            Assert.Equal(orders, (int)(await program.GetAsync($"api/customers/{id}")).Body["orders"]!);
        }

        Assert.Empty(program.DeadLetters());
    }

    /// <summary>Nobody corrects anything here: the shop tells another address of the one account, and another account under the old one.</summary>
    [Fact]
    public async Task Shop_GivesAnAccountsAddressToAnother_TheyAreTwoAndEachHasTheirOwn()
    {
        await program.MorningAsync();
        await AccountAsync(8871, "movedcanary-old@example.com", "first");
        var first = await program.IdOfAsync("movedcanary-old@example.com");
        await program.PassAsync(Duration.FromMinutes(5));
        await program.AcceptAsync("customers/update", ShopPayloads.Customer(8871, "movedcanary-new@example.com", At));
        await program.PassAsync(Duration.FromMinutes(5));
        await AccountAsync(8872, "movedcanary-old@example.com", "second");
        var second = await program.IdOfAsync("movedcanary-old@example.com");

        Assert.Equal((first, true), (await program.IdOfAsync("movedcanary-new@example.com"), first != second));
        Assert.Equal(["Cup for first"], await CupsAsync(first));
        Assert.Equal(["Cup for second"], await CupsAsync(second));
        Assert.Equal(200, (await program.EraseAsync(first)).Status);
        Assert.Equal(["Cup for second"], await CupsAsync(second));
        Assert.Equal(second, await program.IdOfAsync("movedcanary-old@example.com"));
        Assert.Equal([], program.Find("movedcanary-new"));
        Assert.Equal(200, (await program.EraseAsync(second)).Status);
        Assert.Equal([], program.Find("movedcanary"));
    }

    /// <summary>Of what could not be mapped only the bodies go that came in while the address was theirs, and none that has it as the end of a longer one.</summary>
    [Fact]
    public async Task Erase_WithBodiesThatCouldNotBeMapped_LeavesThoseOfWhoHadTheAddressBeforeOrHasItSince()
    {
        await program.MorningAsync();
        await OrderAsync(8881, "keptbody@example.com", "first");
        var first = await program.IdOfAsync("keptbody@example.com");
        await UnmappableAsync("keptbody@example.com", "Cup for first kept");
        await UnmappableAsync("other.keptbody@example.com", "Cup for a stranger kept");
        await program.PassAsync(Duration.FromMinutes(5));
        await RectifyAsync(first, "keptbody-right@example.com");
        await OrderAsync(8882, "keptbody@example.com", "second");
        var second = await program.IdOfAsync("keptbody@example.com");
        await UnmappableAsync("keptbody@example.com", "Cup for second kept");

        Assert.Equal(200, (await program.EraseAsync(first)).Status);
        Assert.Equal(["Cup for a stranger kept", "Cup for second kept"], await KeptAsync());
        Assert.Equal(200, (await program.EraseAsync(second)).Status);
        Assert.Equal(["Cup for a stranger kept"], await KeptAsync());
    }

    /// <summary>Cut off when the names are erased already; somebody signs up under the address, and the sweep goes on: it takes nothing of theirs.</summary>
    [Fact]
    public async Task Erase_CutAndSomebodyNewUnderTheAddressBeforeItGoesOn_TakesNothingOfTheirs()
    {
        for (var commits = 1; ; commits++)
        {
            var word = $"between{commits}";
            await program.MorningAsync();
            await OrderAsync(90_000 + (commits * 2), $"{word}@example.com", "first");
            var first = await program.IdOfAsync($"{word}@example.com");
            await program.PassAsync(Duration.FromMinutes(5));
            program.Store.CutAfter(commits);
            var answer = await program.EraseAsync(first);
            program.Store.Mend();
            await program.PassAsync(Duration.FromSeconds(20));
            // As long as the name is not erased, the order is the same person's, and goes with them.
            var isNew = (await program.GetAsync($"api/customers?email={word}@example.com")).Status == 404;
            await OrderAsync(90_001 + (commits * 2), $"{word}@example.com", "second");
            await program.PassAsync(Duration.FromMinutes(10));
            if (answer.Status != 200) Assert.Equal(200, (await program.EraseAsync(first)).Status);

            if (isNew) Assert.Equal(["Cup for second"], await CupsAsync(await program.IdOfAsync($"{word}@example.com")));
            else Assert.Equal("404 not-found", (await program.GetAsync($"api/customers?email={word}@example.com")).Summary);
            if (answer.Status == 200) return;
            Assert.InRange(commits, 0, 60);
        }
    }

    private async Task AccountAsync(int number, string email, string word)
    {
        await program.AcceptAsync("customers/create", ShopPayloads.Customer(number, email, At));
        await program.AcceptAsync("orders/paid", ShopPayloads.Order(number, email, "paid", At).Replace("\"Cup\"", $"\"Cup for {word}\"", StringComparison.Ordinal));
    }

    /// <summary>Genuine, and not to be mapped: a price that is no number.</summary>
    private async Task UnmappableAsync(string email, string title)
    {
        Assert.Equal(200, (await program.ShopifyAsync("orders/paid", ShopPayloads.Order(8889, email, "paid").Replace("\"Cup\"", $"\"{title}\"", StringComparison.Ordinal).Replace("\"10.00\"", "\"ten\"", StringComparison.Ordinal))).Status);
        await program.SettleAsync();
    }

    private async Task<IEnumerable<string>> KeptAsync() =>
        (await program.KeptAsync()).SelectMany(static body => System.Text.RegularExpressions.Regex.Matches(body, "Cup for [a-z ]*kept", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(10)).Select(static match => match.Value)).Order(StringComparer.Ordinal);

    /// <summary>A guest with an order, whose address is corrected; then another guest with an order under it.</summary>
    private async Task<(string First, string Second)> TakenOverAsync(int number, string word)
    {
        await program.MorningAsync();
        await OrderAsync(number, $"{word}@example.com", "first");
        var first = await program.IdOfAsync($"{word}@example.com");
        await program.PassAsync(Duration.FromMinutes(5));
        await RectifyAsync(first, $"{word}-right@example.com");
        await OrderAsync(number + 1, $"{word}@example.com", "second");
        var second = await program.IdOfAsync($"{word}@example.com");
        Assert.NotEqual(first, second);
        return (first, second);
    }

    private async Task RectifyAsync(string id, string email)
    {
        await RectifyAtOnceAsync(id, email);
        await program.PassAsync(Duration.FromMinutes(5));
    }

    private async Task RectifyAtOnceAsync(string id, string email) =>
        Assert.Equal(200, (await program.SendAsync(HttpMethod.Patch, $"api/customers/{id}/person", $$"""{ "email": "{{email}}" }""")).Status);

    private async Task OrderAsync(int number, string email, string word)
    {
        await ShopifyOrderAsync(number, email, word);
        await program.SettleAsync();
    }

    private async Task ShopifyOrderAsync(int number, string email, string word, string? at = null) => Assert.Equal(202, (await program.ShopifyAsync("orders/paid", $$"""
        { "id": {{number}}, "email": "{{email}}", "currency": "USD", "financial_status": "paid", "created_at": "{{at ?? At}}", "updated_at": "{{at ?? At}}", "customer": null,
          "line_items": [{ "id": 1, "sku": "CUP", "title": "Cup for {{word}}", "quantity": 2, "price": "10.00" }] }
        """)).Status);

    /// <summary>The goods of every event that an export tells, sorted.</summary>
    private async Task<IEnumerable<string?>> CupsAsync(string id)
    {
        var events = (await program.SendAsync(HttpMethod.Get, $"api/customers/{id}/export")).Body["events"]!.AsArray();
        return events.SelectMany(static one => Titles(one)).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string?> Titles(JsonNode? one) => one switch
    {
        JsonObject fields => fields.SelectMany(static field => field.Value is JsonValue value && value.ToString().StartsWith("Cup for ", StringComparison.Ordinal) ? [value.ToString()] : Titles(field.Value)),
        JsonArray items => items.SelectMany(Titles),
        _ => [],
    };
}
