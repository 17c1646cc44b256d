using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Tests.Ledger;

public sealed class LedgerTextsTests
{
    [Theory]
    [InlineData("en", 1, "1 point")]
    [InlineData("ru", 1, "1 балл")]
    [InlineData("ru", 3, "3 балла")]
    [InlineData("ru", 12, "12 баллов")]
    [InlineData("ru", 22, "22 балла")]
    [InlineData("uk", 5, "5 балів")]
    [InlineData("uk", 101, "101 бал")]
    [InlineData("bg", 2, "2 точки")]
    public void Points_EachLanguage_HasItsPlurals(string language, long points, string expected) =>
        Assert.Equal(expected, LedgerTexts.Points(points, language));

    [Theory]
    [InlineData("en-GB", "40 points for order #1.")]
    [InlineData("ru-RU", "40 баллов за заказ #1.")]
    [InlineData("uk", "40 балів за замовлення #1.")]
    [InlineData("bg-BG", "40 точки за поръчка #1.")]
    [InlineData("fr", "40 points for order #1.")]
    [InlineData(null, "40 points for order #1.")]
    public void Of_GrantOfAnOrder_SpeaksTheCustomersLanguage(string? locale, string expected) =>
        Assert.Equal(expected, LedgerTexts.Of(Line(EntryType.Grant) with { Cause = new EntryCause { OrderId = "#1" } }, locale));

    [Theory]
    [InlineData("registration", null, "en", "40 points given: signing up.")]
    [InlineData("registration", null, "ru", "Начислено 40 баллов: регистрация.")]
    [InlineData("game", null, "uk", "Нараховано 40 балів: ціль «weekly» досягнуто.")]
    [InlineData("opening balance", null, "bg", "Начислени 40 точки: начално салдо.")]
    [InlineData("offer:mug", "#1", "ru", "Начислено 40 баллов: предложение «mug».")]
    [InlineData("referral:referrer", "#1", "en", "40 points given: a friend whom you brought.")]
    [InlineData("referral:friend", null, "bg", "Начислени 40 точки: подарък по покана от приятел.")]
    [InlineData("spring bonus", null, "ru", "Начислено 40 баллов: spring bonus.")]
    public void Of_GrantForAReasonOfTheProgram_IsToldInTheCustomersLanguage(string reason, string? orderId, string locale, string expected) => Assert.Equal(
        expected, LedgerTexts.Of(Line(EntryType.Grant) with { Cause = new EntryCause { Reason = reason, RuleId = "weekly", OrderId = orderId } }, locale));

    [Theory]
    [InlineData("game-undone", null, "ru", "Списано 40 баллов: цель «weekly» больше не достигнута.")]
    [InlineData("referral-voided", "#1", "uk", "Списано 40 балів: запрошення не зараховано.")]
    [InlineData("revoked: price-points", null, "en", "40 points taken back: 'price-points' withdrawn.")]
    [InlineData(null, "#1", "ru", "Списано 40 баллов из-за возврата: #1.")]
    public void Of_ReverseWithAReason_IsNoReturnOfAnOrder(string? reason, string? orderId, string locale, string expected) => Assert.Equal(
        expected, LedgerTexts.Of(Line(EntryType.Reverse) with { Cause = new EntryCause { Reason = reason, RuleId = "weekly", OrderId = orderId } }, locale));

    /// <summary>A name that is put in may hold what a format would take for a place.</summary>
    [Fact]
    public void Of_NameWithBraces_IsToldAsItStands() => Assert.Equal(
        "40 points given: offer '{1}{'.", LedgerTexts.Of(Line(EntryType.Grant) with { Cause = new EntryCause { Reason = "offer:{1}{" } }, "en"));

    [Fact]
    public void Of_EveryKindInEveryLanguage_SaysSomethingOfItsOwn()
    {
        foreach (var language in LedgerTexts.Languages)
        {
            foreach (var type in Enum.GetValues<EntryType>())
            {
                var text = LedgerTexts.Of(Line(type), language);
                Assert.DoesNotContain("{", text, StringComparison.Ordinal);
                Assert.EndsWith(".", text, StringComparison.Ordinal);
                if (language != "en") Assert.NotEqual(LedgerTexts.Of(Line(type), "en"), text);
            }
        }
    }

    [Theory]
    [InlineData("en-US", "rule per-euro; version 3; order value = 100.40 EUR; points per unit of currency = 1; due in all = 100; exactly 100.4, rounded down; limited by: 500 a month; expected cost 1.005 EUR")]
    [InlineData("ru", "правило per-euro; версия 3; сумма заказа = 100,40 EUR; баллов за единицу валюты = 1; положено всего = 100; точно 100,4, округлено вниз; ограничено: 500 в месяц; ожидаемая стоимость 1,005 EUR")]
    [InlineData("uk", "правило per-euro; версія 3; сума замовлення = 100,40 EUR; балів за одиницю валюти = 1; належить усього = 100; точно 100,4, округлено вниз; обмежено: 500 на місяць; очікувана вартість 1,005 EUR")]
    [InlineData("bg", "правило per-euro; версия 3; стойност на поръчката = 100,40 EUR; точки за единица валута = 1; полагат се общо = 100; точно 100,4, закръглено надолу; ограничено: 500 на месец; очаквана цена 1,005 EUR")]
    public void Basis_OfARule_TellsVersionInputsRoundingCapAndCost(string locale, string expected) => Assert.Equal(expected, LedgerBasisTexts.Of(
        new EntryCause
        {
            RuleId = "per-euro",
            RuleVersion = 3,
            OrderId = "#1",
            Inputs = [new("order-value", new AttributeValue.Money(10_040, "EUR")), new("points-per-unit", 1), new("target", 100)],
            Exact = 100.4m,
            Rounding = "floored",
            CappedBy = "month 500",
            CostMinor = 100.5m,
        },
        locale,
        "EUR"));

    [Theory]
    [InlineData("en", "a = yes; b = 2026-03-01 00:00 UTC; c = x, y; d = 0.125")]
    [InlineData("ru", "a = да; b = 2026-03-01 00:00 UTC; c = x, y; d = 0,125")]
    public void Basis_AttributesOfEveryType_AreShown(string locale, string expected) => Assert.Equal(expected, LedgerBasisTexts.Of(
        new EntryCause
        {
            Inputs = [new("a", true), new("b", Instant.FromUtc(2026, 3, 1, 0, 0)), new("c", new AttributeValue.List(["x", "y"])), new("d", 0.125m)],
        },
        locale,
        "EUR"));

    [Theory]
    [InlineData("day 15", "ru", "ограничено: 15 в день")]
    [InlineData("lifetime 15", "bg", "ограничено: 15 за цялото време")]
    [InlineData("budget", "uk", "обмежено: бюджет")]
    [InlineData("something else", "en", "limited by: something else")]
    public void Basis_Cap_IsToldInWords(string cap, string locale, string expected) =>
        Assert.Equal(expected, LedgerBasisTexts.Of(new EntryCause { CappedBy = cap }, locale, "EUR"));

    [Fact]
    public void Basis_NothingToTell_IsNone() => Assert.Null(LedgerBasisTexts.Of(new EntryCause { Reason = "checkout" }, "en", "EUR"));

    private static ExplainLine Line(EntryType type) => new()
    {
        Sequence = 1,
        At = Instant.FromUtc(2026, 3, 1, 0, 0),
        Type = type,
        Points = 40,
        AvailableChange = 40,
        PendingChange = 0,
        AvailableAfter = 40,
        PendingAfter = 0,
        OwedAfter = 0,
        Cause = new EntryCause { Reason = "test" },
    };
}
