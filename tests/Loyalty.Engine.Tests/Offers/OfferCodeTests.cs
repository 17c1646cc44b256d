using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Offers;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Offers;

/// <summary>Codes from the catalogue to the checkout, on the real store.</summary>
public sealed class OfferCodeTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    private static readonly ProgramText Program = new ProgramText()
        .Program("""
            wallets: { spendable: { returns: within-balance, cost: 0.01 EUR }, gift-card: { returns: within-balance, cost: 0.01 EUR } }
            earning: [ { rule: hello, event: customer.signed-up, points: 500, active: immediately } ]
            tiers:
              by: spend
              window: 365d
              levels: [ { tier: silver, from: 100 EUR }, { tier: gold, from: 500 EUR } ]
            """)
        .Offers("""
              five: { title: Five off, gives: 5 EUR, pattern: FIVE-########?, valid: 14d, budget: 50 EUR }
              mug: { title: A mug, gives: { free-item: MUG }, price: 200, stock: 3, per-customer: 2 }
              plenty: { title: Plenty, gives: 10%, per-customer: 2 }
              shop-ten: { title: 10% in the shop, gives: 10%, redeem-at: shop, codes: pool }
              shop-own: { title: 20% in the shop, gives: 20%, redeem-at: shop, valid: 7d }
              bonus: { title: Bonus, gives: { points: 300 }, budget: 500 }
              card: { title: Gift card, gives: { gift-card: 25 EUR, wallet: gift-card } }
              vip: { title: A month of gold, gives: { status: gold, for: 30d } }
              ticket: { title: A ticket, gives: { prize-draw-ticket: summer } }
              sold-ticket: { title: A ticket for points, gives: { prize-draw-ticket: summer }, price: 100 }
              spring: { title: Spring, gives: free-delivery, from: 2026-04-01, until: 2026-04-30 }
            draws: { summer: { title: Summer draw, prizes: 2 } }
            """);

    private static readonly BasketRequest Basket = new() { Lines = [new ExploreLine { Sku = "TEA", NetMinor = 10_000 }, new ExploreLine { Sku = "MUG", NetMinor = 900 }] };

    [Fact]
    public async Task Claim_WithPrice_PaysOnceAndNeverWithoutACode()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (desk, ann) = (world.Counter, await KnownAsync(world, "ann"));
        var first = Assert.IsType<ClaimAnswer.Done>(await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "mug" }, "k1"));
        Assert.Equal(first, await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "mug" }, "k1"));
        Assert.Equal(300, await AvailableAsync(world, ann));
        Assert.Equal(new ClaimAnswer.Refused(RefusalCode.IdempotencyKeyReused), await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "plenty" }, "k1"));
        Assert.IsType<ClaimAnswer.Done>(await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "mug" }, "k2"));
        Assert.Equal(RefusalCode.LimitReached, Code(await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "mug" }, "k3")));
        Assert.Equal(100, await AvailableAsync(world, ann));
        var bea = await KnownAsync(world, "bea");
        Assert.IsType<ClaimAnswer.Done>(await desk.Claims.ClaimAsync(bea, new ClaimRequest { Offer = "mug" }, "k4"));
        Assert.Equal(RefusalCode.SoldOut, Code(await desk.Claims.ClaimAsync(bea, new ClaimRequest { Offer = "mug" }, "k5")));
        Assert.Equal(300, await AvailableAsync(world, bea));
        Assert.Equal(RefusalCode.OfferClosed, Code(await desk.Claims.ClaimAsync(bea, new ClaimRequest { Offer = "spring" }, "k6")));
        Assert.Equal(RefusalCode.NotFound, Code(await desk.Claims.ClaimAsync(bea, new ClaimRequest { Offer = "nothing" }, "k7")));
        Assert.Equal(RefusalCode.NotFound, Code(await desk.Claims.ClaimAsync("nobody", new ClaimRequest { Offer = "plenty" }, "k8")));
        Assert.Equal(RefusalCode.MissingHeader, Code(await desk.Claims.ClaimAsync(bea, new ClaimRequest { Offer = "plenty" }, null)));
        Assert.Equal(0, (await desk.Queries.FindAsync("mug"))!.Left);
        Assert.Equal(["open", "open"], (await desk.Queries.CodesAsync(ann)).Select(static code => code.Status));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Claim_TooFewPoints_TakesNothingOfTheStock()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var ann = await KnownAsync(world, "ann");
        await world.Counter.Points.PostAsync(ann, "spendable", new LedgerCommand.Spend("s", 400, new EntryCause { OrderId = "o" }));
        Assert.Equal(RefusalCode.InsufficientPoints, Code(await world.Counter.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "mug" }, "k1")));
        Assert.Equal(3, (await world.Counter.Queries.FindAsync("mug"))!.Left);
        Assert.Empty(await world.Counter.Queries.CodesAsync(ann));
    }

    [Fact]
    public async Task Claim_ManyAtOnceOfOneCustomer_NeverMoreThanTheLimit()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var ann = await KnownAsync(world, "ann");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => world.Counter.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "plenty" }, $"k{i}"))));
        Assert.Equal(2, answers.OfType<ClaimAnswer.Done>().Count());
        Assert.All(answers.OfType<ClaimAnswer.Refused>(), static refused => Assert.Equal(RefusalCode.LimitReached, refused.Code));
    }

    [Fact]
    public async Task Hold_ManyCodesAtOnce_NeverMoreThanTheBudget()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var codes = new List<string>();
        for (var i = 0; i < 24; i++) codes.Add(await IssueAsync(world, $"c{i}", "five"));
        var held = await Task.WhenAll(codes.Select((code, i) => Task.Run(() => world.Counter.Codes.HoldAsync(code, new CodeRequest { Basket = Basket }, $"h{i}"))));
        Assert.Equal(10, held.OfType<CodeAnswer.Done>().Count());
        Assert.All(held.OfType<CodeAnswer.Refused>(), static refused => Assert.Equal(RefusalCode.BudgetExhausted, refused.Code));
        Assert.Equal(0, (await world.Counter.Queries.FindAsync("five"))!.BudgetLeft);

        // One is given back, one redeemed, the rest lapse: their budget is free again, at the latest when they are settled.
        var (back, kept) = (held.OfType<CodeAnswer.Done>().First(), held.OfType<CodeAnswer.Done>().Last());
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.ReleaseAsync(back.Code, new CodeCommitRequest { HoldId = back.HoldId! }, "r1"));
        Assert.Equal(500, (await world.Counter.Queries.FindAsync("five"))!.BudgetLeft);
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.CommitAsync(kept.Code, new CodeCommitRequest { HoldId = kept.HoldId!, OrderId = "o1" }, "c1"));
        await world.PassAsync(Duration.FromHours(1));
        Assert.Equal(4500, (await world.Counter.Queries.FindAsync("five"))!.BudgetLeft);
        Assert.Equal(RefusalCode.CodeUsed, Code(await world.Counter.Codes.HoldAsync(kept.Code, new CodeRequest { Basket = Basket }, "h99")));
    }

    [Fact]
    public async Task Checkout_SameKeys_AreOneWishAndOtherInputIsRefused()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var codes = world.Counter.Codes;
        var ann = await KnownAsync(world, "ann");
        var code = await IssueAsync(world, ann, "five");
        Assert.Equal(500, Assert.IsType<CodeAnswer.Done>(await codes.QuoteAsync(code.ToLowerInvariant(), new CodeRequest { Basket = Basket })).DiscountMinor);
        var wish = new CodeRequest { CustomerId = ann, Basket = Basket };
        var held = Assert.IsType<CodeAnswer.Done>(await codes.HoldAsync(code, wish, "h1"));
        Assert.Equal(held, await codes.HoldAsync(code, wish, "h1"));
        Assert.Equal(RefusalCode.IdempotencyKeyReused, Code(await codes.HoldAsync(code, wish with { Minutes = 5 }, "h1")));
        Assert.Equal(RefusalCode.CodeHeld, Code(await codes.HoldAsync(code, wish, "h2")));
        Assert.Equal(RefusalCode.CodeHeld, Code(await codes.QuoteAsync(code, wish)));
        Assert.Equal(RefusalCode.CodeNotYours, Code(await codes.HoldAsync(code, wish with { CustomerId = await KnownAsync(world, "bea") }, "h3")));
        Assert.Equal(RefusalCode.MissingHeader, Code(await codes.HoldAsync(code, wish, null)));
        Assert.Equal(RefusalCode.NotFound, Code(await codes.HoldAsync("FIVE-22222222X", wish, "h4")));
        Assert.Equal(RefusalCode.OfferNotApplicable, Code(await codes.QuoteAsync(await IssueAsync(world, ann, "five", 2), new CodeRequest())));
        var commit = new CodeCommitRequest { HoldId = held.HoldId!, OrderId = "o1" };
        var done = await codes.CommitAsync(code, commit, "c1");
        Assert.Equal(done, await codes.CommitAsync(code, commit, "c1"));
        Assert.Equal(RefusalCode.HoldExpired, Code(await codes.CommitAsync(await IssueAsync(world, ann, "five", 3), commit, "c2")));
        Assert.Equal(RefusalCode.CodeUsed, Code(await codes.ReleaseAsync(code, commit, "r1")));
        Assert.Equal(RefusalCode.CodeUsed, Code(await codes.QuoteAsync(code, wish)));
        var concurrent = await IssueAsync(world, ann, "five", 4);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() => codes.HoldAsync(concurrent, wish, "same"))));
        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Checkout_ExpiredCode_IsRefused()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var code = await IssueAsync(world, "c1", "five");
        world.Clock.Now += Duration.FromDays(20);
        Assert.Equal(RefusalCode.CodeExpired, Code(await world.Counter.Codes.HoldAsync(code, new CodeRequest { Basket = Basket }, "h1")));
        var shop = await IssueAsync(world, "c1", "shop-own");
        Assert.Equal(RefusalCode.OfferClosed, Code(await world.Counter.Codes.QuoteAsync(shop, new CodeRequest { Basket = Basket })));
        await world.Offers.VoidAsync(new OfferKey("c1", "run-c1", "step", 1));
    }

    [Fact]
    public async Task Pool_ImportedTwiceAndTakenAtOnce_EachCodeOnce()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var csv = "id,code\n" + string.Concat(Enumerable.Range(0, 30).Select(static i => $"{i},pool-{i:00}\n")) + "31,POOL-05\n";
        Assert.Equal((30, 1), Counts(await world.Counter.Pools.ImportAsync("shop-ten", csv)));
        Assert.Equal((0, 31), Counts(await world.Counter.Pools.ImportAsync("shop-ten", csv)));
        Assert.Equal(["line 2: a code has 1 to 60 letters, digits, -, _ and ."], (await world.Counter.Pools.ImportAsync("shop-ten", "A\n##\n")).Faults);
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => world.Offers.IssueAsync(Request($"c{i}", "shop-ten")))));
        var given = answers.OfType<OfferAnswer.Issued>().Select(static one => one.Code).ToList();
        Assert.Equal(30, given.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(30, given.Count);
        Assert.Equal([new OfferAnswer.SoldOut("pool")], answers.OfType<OfferAnswer.SoldOut>().Distinct());
        Assert.Equal((0, 31), Counts(await world.Counter.Pools.ImportAsync("shop-ten", csv)));
        Assert.Equal(0, world.Counter.Shop.Asked);
    }

    [Fact]
    public async Task ShopCode_MadeInTheShopAndUseLearnedFromTheOrder()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var ann = await KnownAsync(world, "ann");
        var code = await IssueAsync(world, ann, "shop-own");
        Assert.True(world.Counter.Shop.Codes[code]);
        await world.Offers.IssueAsync(Request(ann, "shop-own"));
        var order = (EventData.Order)Tell.Paid("ann@shop.example", "7", 40, Start).Data;
        var paid = Tell.Paid("ann@shop.example", "7", 40, Start) with { Data = new EventData.Order(order.Snapshot with { DiscountCodes = [code.ToLowerInvariant(), "OTHER"] }) };
        await world.TellAsync(paid);
        var told = Assert.Single(await world.Counter.Queries.CodesAsync(ann));
        Assert.Equal(("used", "shopify:shop.example:7"), (told.Status, told.OrderId));

        var second = await IssueAsync(world, ann, "shop-own", 2);
        await world.Offers.VoidAsync(new OfferKey(ann, "run-" + ann, "step", 2));
        Assert.False(world.Counter.Shop.Codes[second]);
        Assert.Equal(RefusalCode.CodeVoid, Code(await world.Counter.Codes.QuoteAsync(second, new CodeRequest { Basket = Basket })));
    }

    [Fact]
    public async Task Redeem_WhatIsGivenToTheCustomer_IsGivenOnce()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var ann = await KnownAsync(world, "ann");
        foreach (var offer in new[] { "bonus", "card", "vip", "ticket" }) await RedeemAsync(world, ann, offer);
        Assert.Equal(800, await AvailableAsync(world, ann));
        Assert.Equal(2500, await AvailableAsync(world, ann, "gift-card"));
        Assert.Equal("gold", (await world.Store.FindCustomerAsync(ann))!.Tier!.Name);
        Assert.Equal(1, (await world.Counter.Draws.FindAsync("summer"))!.Tickets);
        Assert.Equal(200, (await world.Counter.Queries.FindAsync("bonus"))!.BudgetLeft);
        // A second bonus of 300 is above what is left of the budget.
        var again = await IssueAsync(world, ann, "bonus", 2);
        Assert.Equal(RefusalCode.BudgetExhausted, Code(await world.Counter.Codes.HoldAsync(again, new CodeRequest(), "again")));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Redeem_CrashBeforeTheGift_IsGivenByTheDueScan()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var ann = await KnownAsync(world, "ann");
        var code = await IssueAsync(world, ann, "bonus");
        var session = new PartitionSession(world.Store, Keys.CodePartition(code));
        var state = (await session.ReadAsync<CodeState>("code"))!;
        session.Put("code", Kinds.Code, state with { UsedAt = Start, RedeemedBy = "h", IsOwed = true }, Start + OfferGifts.OwedFor);
        await session.CommitAsync();
        await world.PassAsync(Duration.FromMinutes(10));
        Assert.Equal(800, await AvailableAsync(world, ann));
    }

    [Fact]
    public async Task Draw_Closed_TellsSeedThatWasCommittedBefore()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var open = (await world.Counter.Draws.FindAsync("summer"))!;
        Assert.Null(open.Seed);
        foreach (var name in new[] { "ann", "bea", "cem", "dan", "eve" }) await RedeemAsync(world, await KnownAsync(world, name), "ticket");
        var late = await IssueAsync(world, await KnownAsync(world, "fay"), "ticket");
        var held = Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.HoldAsync(late, new CodeRequest(), "late"));
        var drawn = (await world.Counter.Draws.DrawAsync("summer"))!;
        Assert.Equal((open.Commitment, 5, 2), (drawn.Commitment, drawn.Tickets, drawn.Winners.Length));
        var tickets = (await world.Counter.Draws.ListAsync("summer"))!.ToList();
        Assert.True(PrizeDraw.Verifies(drawn.Commitment, Convert.FromHexString(drawn.Seed!), tickets, [.. drawn.Winners.Select(static one => one.Ticket)]));
        Assert.Equal(drawn.Winners.AsEnumerable(), (await world.Counter.Draws.DrawAsync("summer"))!.Winners);
        Assert.Equal(RefusalCode.OfferClosed, Code(await world.Counter.Codes.CommitAsync(late, new CodeCommitRequest { HoldId = held.HoldId! }, "late-c")));
        Assert.Null(await world.Counter.Draws.FindAsync("winter"));
    }

    [Fact]
    public async Task Claim_TicketOfAClosedDraw_TakesNoPoints()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (desk, ann) = (world.Counter, await KnownAsync(world, "ann"));
        var bought = Assert.IsType<ClaimAnswer.Done>(await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "sold-ticket" }, "k1"));
        await desk.Draws.DrawAsync("summer");

        Assert.Equal(RefusalCode.OfferClosed, Code(await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "sold-ticket" }, "k2")));
        Assert.Equal(RefusalCode.OfferClosed, Code(await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "ticket" }, "k3")));
        Assert.Equal(new OfferAnswer.Failed("offer-closed"), await world.Offers.IssueAsync(Request(ann, "ticket")));
        Assert.Equal(400, await AvailableAsync(world, ann));
        Assert.False((await desk.Queries.FindAsync("sold-ticket"))!.IsOpen);
        Assert.DoesNotContain(await desk.Queries.RewardsAsync(), static offer => offer.Name == "sold-ticket");
        Assert.Equal(bought, await desk.Claims.ClaimAsync(ann, new ClaimRequest { Offer = "sold-ticket" }, "k1"));
        await world.CheckBooksAsync();
    }

    /// <summary>A checkout that shows a discount must be able to reserve it.</summary>
    [Fact]
    public async Task Quote_BudgetThatDoesNotCoverIt_IsRefusedAsTheHoldWouldBe()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (ann, bea) = (await IssueAsync(world, await KnownAsync(world, "ann"), "bonus"), await IssueAsync(world, await KnownAsync(world, "bea"), "bonus"));
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.QuoteAsync(bea, new CodeRequest()));
        var held = Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.HoldAsync(ann, new CodeRequest(), "h1"));

        Assert.Equal(RefusalCode.BudgetExhausted, Code(await world.Counter.Codes.QuoteAsync(bea, new CodeRequest())));
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.ReleaseAsync(ann, new CodeCommitRequest { HoldId = held.HoldId! }, "r1"));
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.QuoteAsync(bea, new CodeRequest()));
    }

    [Fact]
    public async Task Hold_CodeThatSomebodyHolds_IsToldSoAndNotThatTheBudgetIsGone()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var code = await IssueAsync(world, await KnownAsync(world, "ann"), "bonus");
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.HoldAsync(code, new CodeRequest(), "one"));

        Assert.Equal(200, (await world.Counter.Queries.FindAsync("bonus"))!.BudgetLeft);
        Assert.Equal(RefusalCode.CodeHeld, Code(await world.Counter.Codes.HoldAsync(code, new CodeRequest(), "two")));
        Assert.Equal(200, (await world.Counter.Queries.FindAsync("bonus"))!.BudgetLeft);
    }

    [Fact]
    public async Task Pool_Large_IsNotToldAsLess()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        await world.Counter.Pools.ImportAsync("shop-ten", string.Concat(Enumerable.Range(0, 30).Select(static i => $"few-{i}\n")));
        var few = (await world.Counter.Queries.FindAsync("shop-ten"))!;
        await world.Counter.Pools.ImportAsync("shop-ten", string.Concat(Enumerable.Range(0, 600).Select(static i => $"many-{i}\n")));
        var many = (await world.Counter.Queries.FindAsync("shop-ten"))!;

        Assert.Equal((30, null), (few.Left, few.LeftIsAtLeast));
        Assert.Equal((128, true), (many.Left, many.LeftIsAtLeast));
    }

    private static async Task RedeemAsync(EngineWorld world, string customerId, string offer)
    {
        var code = await IssueAsync(world, customerId, offer);
        var held = Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.HoldAsync(code, new CodeRequest { CustomerId = customerId }, "h"));
        var commit = new CodeCommitRequest { HoldId = held.HoldId! };
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.CommitAsync(code, commit, "c"));
        Assert.IsType<CodeAnswer.Done>(await world.Counter.Codes.CommitAsync(code, commit, "c"));
    }

    private static (int, int) Counts(PoolImport import) => (import.Imported, import.Known);

    private static OfferRequest Request(string customerId, string offer, int visit = 1) => new(new OfferKey(customerId, $"run-{customerId}", "step" + (offer == "shop-own" ? "" : offer), visit), offer, null);

    private static async Task<string> IssueAsync(EngineWorld world, string customerId, string offer, int visit = 1) =>
        Assert.IsType<OfferAnswer.Issued>(await world.Offers.IssueAsync(Request(customerId, offer, visit))).Code;

    private static async Task<string> KnownAsync(EngineWorld world, string name)
    {
        await world.TellAsync(Tell.SignUp(name + "@shop.example", world.Clock.Now));
        return (await world.Queries.FindAsync(name + "@shop.example"))!;
    }

    private static async Task<long> AvailableAsync(EngineWorld world, string customerId, string wallet = "spendable") =>
        (await world.Store.FindCustomerAsync(customerId))!.Wallets.FirstOrDefault(one => one.Name == wallet)?.Available ?? 0;

    private static RefusalCode? Code(ClaimAnswer answer) => (answer as ClaimAnswer.Refused)?.Code;

    private static RefusalCode? Code(CodeAnswer answer) => (answer as CodeAnswer.Refused)?.Code;
}
