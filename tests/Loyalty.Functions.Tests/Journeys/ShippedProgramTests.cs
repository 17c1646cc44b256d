using System.Text.Json.Nodes;
using NodaTime;

namespace Loyalty.Functions.Tests.Journeys;

/// <summary>The shipped journeys from end to end: the real host, months and years of virtual time, letters, points, codes and outcomes.</summary>
public sealed class ShippedProgramTests
{
    private const string Zone = "America/New_York";

    [Fact]
    public async Task Welcome_SeriesWithSignUpBonus_UntilTheFirstOrder()
    {
        await using var host = await EditHost.ShippedAsync();
        var (mira, ivan) = (new Shopper(host, "mira"), new Shopper(host, "ivan"));
        await mira.SignUpAsync();
        await ivan.SignUpAsync();
        Assert.Equal(100, await mira.PointsAsync());

        await host.PassAsync(2);
        await ivan.OrderAsync("o1");
        await host.PassAsync(30);

        string[] letters = ["welcome", "welcome-points", "how-points-work", "first-order"];
        Assert.Equal(["welcome Mon 03-02 09:00", "welcome-points Thu 03-05 09:00", "first-order Tue 03-10 10:00"], await mira.LettersAsync(Zone, letters));
        Assert.Equal(["no-order-yet"], await mira.OutcomesAsync("welcome"));
        Assert.Equal(["welcome Mon 03-02 09:00"], await ivan.LettersAsync(Zone, letters));
        Assert.Equal(["goal"], await ivan.OutcomesAsync("welcome"));
    }

    [Fact]
    public async Task AbandonedCart_KeyedByCart_ReEntered()
    {
        await using var host = await EditHost.ShippedAsync();
        var mira = new Shopper(host, "mira");
        await mira.SignUpAsync();
        await host.PassAsync(0.25);
        await mira.CartAsync("c1");
        await host.PassAsync(0.5);
        await mira.CartAsync("c2");
        await host.PassAsync(7);
        Assert.Equal(["left-it", "left-it"], await mira.OutcomesAsync("cart"));

        // The same cart again, and this time it becomes an order.
        await mira.CartAsync("c1");
        await host.PassAsync(0.5);
        Assert.Equal(["left-it", "left-it", "at a-day"], await mira.OutcomesAsync("cart"));
        await mira.OrderAsync("o1", cart: "c1");
        await host.PassAsync(5);

        Assert.Equal(["left-it", "left-it", "ordered, goal reached"], await mira.OutcomesAsync("cart"));
        Assert.Equal(
            ["cart-waiting Mon 03-02 14:00", "cart-waiting Tue 03-03 08:00", "help-to-choose Tue 03-03 14:00", "help-to-choose Wed 03-04 08:00", "cart-waiting Tue 03-10 08:00"],
            await mira.LettersAsync(Zone, "cart-waiting", "help-to-choose"));
    }

    [Fact]
    public async Task NonBuyers_ByReason_EachGetsTheAnswer()
    {
        await using var host = await EditHost.ShippedAsync();
        string[] reasons = ["price", "delivery", "choice", "weather", "silent"];
        var people = reasons.Select(reason => new Shopper(host, "for-" + reason)).ToList();
        foreach (var person in people) await person.SignUpAsync();
        await host.PassAsync(15.2);
        foreach (var (person, reason) in people.Zip(reasons).Where(static one => one.Second != "silent")) await person.SayAsync("reason", "reason", $"\"{reason}\"");
        await host.PassAsync(50);

        string[] answers = ["why-not-yet", "price-bonus", "delivery-and-returns", "help-to-choose", "thank-you-for-telling", "second-look", "points-waiting", "last-call"];
        var expected = new[] { "price-bonus", "delivery-and-returns", "help-to-choose", "thank-you-for-telling", "second-look" };
        foreach (var (person, answer) in people.Zip(expected))
        {
            var outcome = Assert.Single(await person.OutcomesAsync("not-bought"));
            var letters = (await person.LettersAsync(Zone, answers)).Select(static one => one.Split(' ')[0]).ToArray();
            if (outcome.StartsWith("held out", StringComparison.Ordinal))
            {
                Assert.Empty(letters);
                continue;
            }

            Assert.Equal("no-purchase", outcome);
            string[] gift = answer == "price-bonus" ? [] : ["points-waiting"];
            Assert.Equal(["why-not-yet", answer, .. gift, "last-call"], letters);
            // 100 for signing up; the journey's own present on top, which has expired meanwhile.
            Assert.Equal(answer == "price-bonus" ? 400 : 300, -await person.PointsAsync("issued"));
            Assert.Equal(100, await person.PointsAsync());
        }
    }

    [Fact]
    public async Task Referral_AfterARatingOfNine_InvitesAndReminds()
    {
        await using var host = await EditHost.ShippedAsync();
        var marks = new (string Name, int? Mark)[] { ("ten", 10), ("nine", 9), ("eight", 8), ("two", 2), ("none", null) };
        var people = marks.ToDictionary(static one => one.Name, one => new Shopper(host, one.Name));
        foreach (var (name, person) in people)
        {
            await person.SignUpAsync();
            await person.OrderAsync(name + "-1");
            await person.OrderAsync(name + "-2");
        }

        await host.PassAsync(8.2);
        foreach (var (name, mark) in marks.Where(static one => one.Mark is not null)) await people[name].SayAsync("rating", "rating", mark!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await host.PassAsync(5);
        await people["ten"].TellAsync("referral.joined", """{ "friend": "f1" }""");
        await host.PassAsync(45);

        string[] letters = ["how-was-it", "invite-a-friend", "invite-reminder", "thank-you-for-rating", "sorry-to-hear"];
        async Task Expect(string name, string outcome, params string[] sent)
        {
            Assert.Equal([outcome], await people[name].OutcomesAsync("refer"));
            Assert.Equal(sent, (await people[name].LettersAsync(Zone, letters)).Select(static one => one.Split(' ')[0]));
        }

        await Expect("ten", "friend-joined, goal reached", "how-was-it", "invite-a-friend");
        await Expect("nine", "no-friend-yet", "how-was-it", "invite-a-friend", "invite-reminder");
        await Expect("eight", "content", "how-was-it", "thank-you-for-rating");
        await Expect("two", "unhappy", "how-was-it", "sorry-to-hear");
        await Expect("none", "no-answer", "how-was-it");
    }

    [Fact]
    public async Task Replenishment_PerCategoryByOwnRhythm_RestartedByEachPurchase()
    {
        await using var host = await EditHost.ShippedAsync();
        var mira = new Shopper(host, "mira");
        await mira.SignUpAsync();
        await host.PassAsync(0.25);
        await mira.OrderAsync("o1", "tea,ware");
        await host.PassAsync(20);
        await mira.OrderAsync("o2", "tea");
        // Tea every 20 days: due on the 40th. An order on the 30th moves it to the 45th (15 days apart on average).
        await host.PassAsync(10);
        await mira.OrderAsync("o3", "tea,ware");
        await host.PassAsync(16);
        Assert.Equal(["at a-week"], await mira.OutcomesAsync("replenish"));
        await mira.OrderAsync("o4", "tea");
        Assert.Equal(["goal"], await mira.OutcomesAsync("replenish"));

        // Tea is due a third of 46 days after the 46th, in the evening of the 61st: it waits for the morning. Ware is due on the 60th. Nobody buys.
        await host.PassAsync(40);
        Assert.Equal(["goal", "did-not-refill", "did-not-refill"], await mira.OutcomesAsync("replenish"));
        Assert.Equal(
            ["category-reorder Thu 04-16", "category-reorder Fri 05-01", "category-reorder Sun 05-03", "still-need-it Sat 05-09", "still-need-it Mon 05-11"],
            (await mira.LettersAsync(Zone, "category-reorder", "still-need-it")).Select(static one => one[..^6]));
    }

    [Fact]
    public async Task WinBack_ThreeStepsContentBonusDiscount_WithHoldout()
    {
        await using var host = await EditHost.ShippedAsync();
        var people = Enumerable.Range(0, 24).Select(number => new Shopper(host, $"lapsed-{number}")).ToList();
        foreach (var person in people)
        {
            await person.SignUpAsync();
            await person.OrderAsync(person.Email);
        }

        await host.PassAsync(112);
        var returning = people[^1];
        await returning.OrderAsync("back");
        await host.PassAsync(75);

        var heldOut = 0;
        foreach (var person in people.SkipLast(1))
        {
            var outcome = Assert.Single(await person.OutcomesAsync("win-back"));
            var letters = (await person.LettersAsync(Zone, "what-is-new", "we-miss-you", "come-back-offer", "stay-in-touch")).Select(static one => one.Split(' ')[0]).ToArray();
            var log = await LogAsync(person);
            if (outcome.StartsWith("held out", StringComparison.Ordinal))
            {
                heldOut++;
                Assert.Empty(letters);
                Assert.DoesNotContain("award 300 spendable", log);
            }
            else
            {
                Assert.Equal("did-not-return", outcome);
                Assert.Equal(["what-is-new", "we-miss-you", "come-back-offer", "stay-in-touch"], letters);
                Assert.Single(log, "award 300 spendable");
                Assert.Single(log, "code of come-back-10");
            }
        }

        Assert.InRange(heldOut, 1, 6);
        Assert.Equal(["goal"], (await returning.OutcomesAsync("win-back")).Select(static one => one.Replace("held out: ", "", StringComparison.Ordinal)));
        Assert.DoesNotContain("come-back-offer", string.Join(' ', await returning.LettersAsync(Zone, "come-back-offer")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tyres_SpringAndAutumnPerCarForFiveYears_UntilTheCarIsSold()
    {
        await using var host = await EditHost.ShippedAsync();
        var (mira, ivan) = (new Shopper(host, "mira"), new Shopper(host, "ivan"));
        foreach (var person in new[] { mira, ivan })
        {
            await person.SignUpAsync();
            await person.TellAsync("asset.registered", """{ "assetId": "car-1", "kind": "car", "model": "Kombi" }""");
        }

        await mira.TellAsync("asset.registered", """{ "assetId": "car-2", "kind": "car", "model": "Coupe" }""");
        await mira.TellAsync("asset.registered", """{ "assetId": "boiler", "kind": "boiler" }""");
        await host.PassAsync(365 + 120);
        await mira.TellAsync("asset.removed", """{ "assetId": "car-2" }""");
        await host.PassAsync(1);
        Assert.Contains("sold", await mira.OutcomesAsync("tyres"));
        await host.PassAsync(5 * 365 - 1);

        // The run of the car that was sold ended more than three years ago, and is kept no longer.
        Assert.Equal(["five-years"], await mira.OutcomesAsync("tyres"));
        Assert.Equal(["five-years"], await ivan.OutcomesAsync("tyres"));
        var letters = await ivan.LettersAsync(Zone, "tyres-spring", "tyres-autumn");
        Assert.Equal(
            [
                "tyres-spring Mon 03-16 09:00", "tyres-autumn Thu 10-15 09:00", "tyres-spring Mon 03-15 09:00", "tyres-autumn Fri 10-15 09:00", "tyres-spring Wed 03-15 09:00",
                "tyres-autumn Mon 10-16 09:00", "tyres-spring Thu 03-15 09:00", "tyres-autumn Mon 10-15 09:00", "tyres-spring Fri 03-15 09:00", "tyres-autumn Tue 10-15 09:00",
            ],
            letters);
        // Ten for the car that stayed; spring, autumn and spring for the one that was sold in June of the second year.
        Assert.Equal(13, (await mira.LettersAsync(Zone, "tyres-spring", "tyres-autumn")).Length);
    }

    private static async Task<List<string>> LogAsync(Shopper person) =>
        [.. (await person.ReadAsync("runs")).AsArray().SelectMany(static run => run!["log"]!.AsArray()).Select(static line => (string)line!["what"]!)];
}
