using Loyalty.Core.Ledger;
using Loyalty.Core.Offers;

namespace Loyalty.Core.Tests.Offers;

public sealed class OfferTextTests
{
    public static TheoryData<OfferGift, string, string> Phrases => new()
    {
        { new OfferGift.Percent(0.125m), "12.5% off", "Скидка 12,5 %" },
        { new OfferGift.Percent(0.1m, 2000), "10% off, at most 20.00 EUR", "Скидка 10 %, не более 20,00 EUR" },
        { new OfferGift.Amount(1500, "JPY"), "1500 JPY off", "Скидка 1500 JPY" },
        { new OfferGift.FreeDelivery(), "Free delivery", "Бесплатная доставка" },
        { new OfferGift.FreeItem("MUG"), "MUG for free", "MUG в подарок" },
        { new OfferGift.Points(21, "spendable"), "21 points", "21 балл" },
        { new OfferGift.Credit("gift-card", 2500, "EUR", "gift-card"), "Gift card of 25.00 EUR", "Подарочная карта на 25,00 EUR" },
        { new OfferGift.Credit("trade-credit", 2500, "EUR", "credit"), "Credit of 25.00 EUR", "Кредит на 25,00 EUR" },
        { new OfferGift.Status("gold", 30), "GOLD for 30 days", "Статус GOLD, дней: 30" },
        { new OfferGift.Ticket("summer"), "A ticket of the draw SUMMER", "Билет розыгрыша SUMMER" },
    };

    [Theory]
    [MemberData(nameof(Phrases))]
    public void Of_EveryGift_IsSaidInTheLanguage(OfferGift gift, string english, string russian)
    {
        Assert.Equal(english, OfferTexts.Of(gift, "EUR", "en", static name => name.ToUpperInvariant()));
        Assert.Equal(russian, OfferTexts.Of(gift, "EUR", "ru", static name => name.ToUpperInvariant()));
        Assert.Equal(english, OfferTexts.Of(gift, "EUR", "pt", static name => name.ToUpperInvariant()));
        Assert.Equal(LedgerTexts.Languages.Length, LedgerTexts.Languages.Select(language => language + OfferTexts.Of(gift, "EUR", language)).Distinct().Count());
    }

    [Fact]
    public void Referral_EitherSide_SaysWhatThereIs()
    {
        Assert.Equal("You get: 300 points. Your friend gets: 10% off.", OfferTexts.Referral("300 points", "10% off", "en"));
        Assert.Equal("Ваш друг отримає: 5 балів.", OfferTexts.Referral(null, "5 балів", "uk"));
        Assert.Equal("Вие получавате: 5 точки.", OfferTexts.Referral("5 точки", null, "bg"));
        Assert.Null(OfferTexts.Referral(null, null, "ru"));
    }
}
