using Loyalty.Core.Offers;
using Loyalty.Core.Orders;
using Loyalty.Core.Tiers;
using NodaTime;

namespace Loyalty.Core.Tests.Offers;

/// <summary>What an offer takes off, what may become of a code, what a draw draws.</summary>
public sealed class OfferDecisionTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 2, 12, 0);

    private static readonly CodeState Fresh = new()
    {
        Code = "TEN-22222222",
        Offer = "ten",
        CustomerId = "c1",
        CustomerDocument = "code-1",
        IssuedAt = Now,
        ValidUntil = Now + Duration.FromDays(7),
    };

    public static readonly TheoryData<string, OfferGift, long, string> Gifts = new()
    {
        { "a share", new OfferGift.Percent(0.1m), 0, "1099" },
        { "a share with a bound", new OfferGift.Percent(0.5m, 1000), 0, "1000" },
        { "an amount", new OfferGift.Amount(500, "EUR"), 0, "500" },
        { "an amount above the goods", new OfferGift.Amount(99_999, "EUR"), 0, "10999" },
        { "another currency", new OfferGift.Amount(500, "USD"), 0, "currency-mismatch" },
        { "delivery", new OfferGift.FreeDelivery(), 490, "490" },
        { "delivery that costs nothing", new OfferGift.FreeDelivery(), 0, "no-delivery" },
        { "an item, one piece of it", new OfferGift.FreeItem("TEA"), 0, "3333" },
        { "an item that is not there", new OfferGift.FreeItem("MUG"), 0, "no-such-item" },
        { "points", new OfferGift.Points(300, "spendable"), 0, "0" },
    };

    [Theory]
    [MemberData(nameof(Gifts))]
    public void Quote_Table_IsAsStated(string name, OfferGift gift, long delivery, string expected)
    {
        var quote = OfferQuote.Of(Offer("one", gift), Basket(delivery), [], "EUR");
        Assert.True(expected == (quote is OfferQuote.Applies applies ? applies.Minor.ToString(System.Globalization.CultureInfo.InvariantCulture) : ((OfferQuote.Refused)quote).Reason), name);
    }

    [Fact]
    public void Quote_MinimumAndStacking_RefusedWithReason()
    {
        var amount = new OfferGift.Amount(100, "EUR");
        var alone = Offer("alone", amount) with { Stacking = new OfferStacking(IsAlone: true) };
        var (red, green) = (Offer("red", amount) with { Stacking = new OfferStacking(false, "colour") }, Offer("green", amount) with { Stacking = new OfferStacking(false, "colour") });
        Assert.Equal("below-minimum", Reason(Offer("one", amount) with { MinimumMinor = 11_000 }, []));
        Assert.Null(Reason(Offer("one", amount) with { MinimumMinor = 10_999 }, []));
        Assert.Equal("no-goods", ((OfferQuote.Refused)OfferQuote.Of(Offer("one", amount), null, [], "EUR")).Reason);
        Assert.Null(Reason(Offer("one", amount), [red]));
        Assert.Equal("red", Reason(green, [red]));
        Assert.Equal("red", Reason(alone, [red]));
        Assert.Equal("alone", Reason(red, [alone]));
        Assert.Equal("red", Reason(red, [red]));

        static string? Reason(OfferRule offer, OfferRule[] others) => (OfferQuote.Of(offer, Basket(0), [.. others], "EUR") as OfferQuote.Refused)?.Reason;
    }

    [Fact]
    public void Code_Life_HeldThenUsedOnceOrReleasedOrLapsed()
    {
        var hold = new CodeHold("h1", Now + Duration.FromMinutes(15), 500);
        var held = Assert.IsType<CodeDecision.Changed>(CodeDecider.Hold(Fresh, hold, Now)).State;
        Assert.Equal(new CodeDecision.Same(held), CodeDecider.Hold(held, hold, Now));
        Assert.Equal(Refused(RefusalCode.CodeHeld), CodeDecider.Hold(held, hold with { HoldId = "h2" }, Now));
        Assert.Equal(Refused(RefusalCode.HoldExpired), CodeDecider.Commit(held, "h2", null, false, Now));
        Assert.Equal(Refused(RefusalCode.HoldExpired), CodeDecider.Commit(held, "h1", null, false, hold.ExpiresAt));
        Assert.IsType<CodeDecision.Changed>(CodeDecider.Hold(held, new CodeHold("h2", hold.ExpiresAt + Duration.FromMinutes(15), 500), hold.ExpiresAt));
        Assert.Null(Assert.IsType<CodeDecision.Changed>(CodeDecider.Release(held, "h1")).State.Hold);
        Assert.Equal(new CodeDecision.Same(held), CodeDecider.Release(held, "h2"));

        var used = Assert.IsType<CodeDecision.Changed>(CodeDecider.Commit(held, "h1", "o-1", false, Now)).State;
        Assert.Equal(("h1", "o-1", 500L), (used.RedeemedBy, used.OrderId, used.Value));
        Assert.Equal(new CodeDecision.Same(used), CodeDecider.Commit(used, "h1", "o-1", false, Now));
        Assert.Equal(Refused(RefusalCode.CodeUsed), CodeDecider.Commit(used, "h2", null, false, Now));
        Assert.Equal(Refused(RefusalCode.CodeUsed), CodeDecider.Hold(used, hold with { HoldId = "h2" }, Now));
        Assert.Equal(Refused(RefusalCode.CodeUsed), CodeDecider.Release(used, "h1"));
        Assert.Equal(new CodeDecision.Same(used), CodeDecider.Void(used, Now));
        Assert.Equal(new CodeDecision.Same(used), CodeDecider.UsedInShop(used, "o-2", Now));

        var gone = Assert.IsType<CodeDecision.Changed>(CodeDecider.Void(held, Now)).State;
        Assert.Equal(Refused(RefusalCode.CodeVoid), CodeDecider.Commit(gone, "h1", null, false, Now));
        Assert.Equal(Refused(RefusalCode.CodeVoid), CodeDecider.Hold(gone, hold, Now));
        Assert.Equal(Refused(RefusalCode.CodeExpired), CodeDecider.Hold(Fresh, hold, Fresh.ValidUntil!.Value));
        // A hold from before the end may still be redeemed: the checkout was under way.
        Assert.IsType<CodeDecision.Changed>(CodeDecider.Commit(held with { ValidUntil = Now + Duration.FromMinutes(1) }, "h1", null, false, Now + Duration.FromMinutes(5)));

        static CodeDecision Refused(RefusalCode code) => new CodeDecision.Refused(code);
    }

    [Fact]
    public void EndOf_OffersLastDay_CutsTheCodesOwnTime()
    {
        var offer = Offer("one", new OfferGift.FreeDelivery()) with { Until = new LocalDate(2026, 3, 5), Valid = Core.Calendars.CalendarDuration.Days(30) };
        Assert.Equal(Instant.FromUtc(2026, 3, 6, 0, 0), offer.EndOf(null, Now, DateTimeZone.Utc));
        Assert.Equal(Now + Duration.FromDays(1), offer.EndOf(Now + Duration.FromDays(1), Now, DateTimeZone.Utc));
        Assert.False(offer.IsOpen(Instant.FromUtc(2026, 3, 6, 0, 0), DateTimeZone.Utc));
        Assert.True(offer.IsOpen(Instant.FromUtc(2026, 3, 5, 23, 59), DateTimeZone.Utc));
        Assert.False((offer with { From = new LocalDate(2026, 3, 3) }).IsOpen(Now, DateTimeZone.Utc));
    }

    [Fact]
    public void Draw_CommittedSeed_VerifiesAndAnyChangeDoesNot()
    {
        var seed = Enumerable.Range(0, 32).Select(static i => (byte)i).ToArray();
        string[] tickets = [.. Enumerable.Range(0, 500).Select(static i => $"t{i}")];
        var commitment = PrizeDraw.Commitment(seed);
        Assert.Equal("630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd", commitment);
        var winners = PrizeDraw.Winners(seed, tickets, 3);
        Assert.Equal(winners.AsEnumerable(), PrizeDraw.Winners(seed, tickets.Reverse().ToArray(), 3));
        Assert.True(PrizeDraw.Verifies(commitment, seed, tickets, winners));
        Assert.False(PrizeDraw.Verifies(commitment, [.. seed.Reverse()], tickets, winners));
        Assert.False(PrizeDraw.Verifies(commitment, seed, tickets[1..], winners));
        Assert.False(PrizeDraw.Verifies(commitment, seed, tickets, [winners[1], winners[0], winners[2]]));
        Assert.Equal(2, PrizeDraw.Winners(seed, ["a", "b"], 3).Length);
    }

    [Fact]
    public void Draw_ManySeeds_EveryTicketWinsAboutAsOften()
    {
        string[] tickets = ["a", "b", "c", "d"];
        var wins = Enumerable.Range(0, 4000).Select(i => PrizeDraw.Winners(BitConverter.GetBytes(i), tickets, 1)[0]).CountBy(static winner => winner).ToDictionary();
        // 1,000 each, standard deviation 27.
        Assert.All(wins.Values, static count => Assert.InRange(count, 860, 1140));
        Assert.Equal(4, wins.Count);
    }

    [Fact]
    public void GiftedTier_HigherThanEarned_IsReviewedAtItsEnd()
    {
        var plan = new TierPlan { Levels = [Level("silver", 100), Level("gold", 500)], Window = new TierWindow.Rolling(365) };
        var gift = new OfferGift.Status("gold", 30);
        var raised = GiftedTier.Raise(null, gift, plan, Now, Now, DateTimeZone.Utc)!.Value;
        Assert.Equal(("gold", "given"), (raised.State.Name, raised.Change!.Reason));
        Assert.Null(GiftedTier.Raise(raised.State, new OfferGift.Status("silver", 30), plan, Now, Now, DateTimeZone.Utc));
        Assert.Null(GiftedTier.Raise(raised.State, gift, plan, Now, Now, DateTimeZone.Utc));
        Assert.Null(GiftedTier.Raise(raised.State, new OfferGift.Status("gold", 60), plan, Now, Now, DateTimeZone.Utc)!.Value.Change);
        var (kept, none) = TierDecider.Settle(raised.State, [], plan, Now + Duration.FromDays(20), DateTimeZone.Utc);
        Assert.Equal(("gold", null), (kept!.Name, none));
        var (fallen, change) = TierDecider.Settle(raised.State, [], plan, raised.State.EndsAt!.Value, DateTimeZone.Utc);
        Assert.Equal(("silver", "period-end"), (fallen!.Name, change!.Reason));
    }

    private static TierLevel Level(string name, long threshold) => new() { Name = name, Title = name, Threshold = threshold };

    private static OfferRule Offer(string name, OfferGift gift) => new() { Name = name, Title = name, Gift = gift };

    private static OfferBasket Basket(long delivery) => new(
        new OrderSnapshot
        {
            OrderId = "b",
            Currency = "EUR",
            PlacedAt = Now,
            UpdatedAt = Now,
            Lines = [new OrderLine { LineId = "1", Sku = "TEA", Quantity = 3, NetMinor = 9_999 }, new OrderLine { LineId = "2", Quantity = 1, NetMinor = 1_000 }],
        },
        delivery);
}
