using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;

namespace Loyalty.Core.Offers;

/// <summary>What an offer gives, in the customer's language.</summary>
public static class OfferTexts
{
    /// <summary>One phrase: <c>10% off</c>, <c>Скидка 5,00 EUR</c>.</summary>
    /// <param name="gift">What it gives.</param>
    /// <param name="currency">The program's.</param>
    /// <param name="language">One of <see cref="LedgerTexts.Languages"/>; any other counts as the first.</param>
    /// <param name="nameOf">The title of a tier or prize draw; default: its name.</param>
    public static string Of(OfferGift gift, string currency, string language, Func<string, string>? nameOf = null)
    {
        nameOf ??= static name => name;
        return gift switch
        {
            OfferGift.Percent { MostMinor: { } most } percent => Say(language, Texts.PercentAtMost, Number(percent.Share * 100, language), Money(most, currency, language)),
            OfferGift.Percent percent => Say(language, Texts.Percent, Number(percent.Share * 100, language)),
            OfferGift.Amount amount => Say(language, Texts.Amount, Money(amount.Minor, amount.Currency, language)),
            OfferGift.FreeDelivery => Say(language, Texts.FreeDelivery),
            OfferGift.FreeItem item => Say(language, Texts.FreeItem, item.Sku),
            OfferGift.Points points => LedgerTexts.Points(points.Number, language),
            OfferGift.Credit { Kind: "gift-card" } card => Say(language, Texts.GiftCard, Money(card.Minor, card.Currency, language)),
            OfferGift.Credit credit => Say(language, Texts.Credit, Money(credit.Minor, credit.Currency, language)),
            OfferGift.Status status => Say(language, Texts.Status, nameOf(status.Tier), status.Days.ToString(CultureInfo.InvariantCulture)),
            OfferGift.Ticket ticket => Say(language, Texts.Ticket, nameOf(ticket.Draw)),
            _ => throw new ArgumentOutOfRangeException(nameof(gift), gift.GetType().Name, null),
        };
    }

    /// <summary>From which value of the goods on it counts.</summary>
    public static string Minimum(long minor, string currency, string language) => Say(language, Texts.Minimum, Money(minor, currency, language));

    /// <summary>What both sides of a referral get; null: neither gets anything.</summary>
    /// <param name="own">What the referrer gets, as a phrase; null: nothing.</param>
    /// <param name="friend">What the friend gets; null: nothing.</param>
    /// <param name="language">As in <see cref="Of"/>.</param>
    public static string? Referral(string? own, string? friend, string language) => (own, friend) switch
    {
        ({ } mine, { } theirs) => Say(language, Texts.Own, mine) + " " + Say(language, Texts.Friend, theirs),
        ({ } mine, null) => Say(language, Texts.Own, mine),
        (null, { } theirs) => Say(language, Texts.Friend, theirs),
        _ => null,
    };

    /// <summary>An amount with the language's decimal sign and the currency's code.</summary>
    public static string Money(long minor, string currency, string language)
    {
        var decimals = CurrencyUnits.Decimals(currency);
        var text = ((decimal)minor / CurrencyUnits.MinorPerUnit(currency)).ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return Point(text, language) + " " + currency;
    }

    private static string Number(decimal number, string language) => Point(number.ToString("0.##", CultureInfo.InvariantCulture), language);

    /// <summary>A number with the language's decimal sign.</summary>
    internal static string Point(string number, string language) => LedgerTexts.Languages.IndexOf(language) > 0 ? number.Replace('.', ',') : number;

    private static string Say(string language, ImmutableArray<string> all, params object[] values) =>
        string.Format(CultureInfo.InvariantCulture, all[Math.Max(0, LedgerTexts.Languages.IndexOf(language))], values);

    /// <summary>In the order of <see cref="LedgerTexts.Languages"/>.</summary>
    private static class Texts
    {
        public static readonly ImmutableArray<string> Percent = ["{0}% off", "Скидка {0} %", "Знижка {0} %", "{0} % отстъпка"];
        public static readonly ImmutableArray<string> PercentAtMost = ["{0}% off, at most {1}", "Скидка {0} %, не более {1}", "Знижка {0} %, не більше {1}", "{0} % отстъпка, най-много {1}"];
        public static readonly ImmutableArray<string> Amount = ["{0} off", "Скидка {0}", "Знижка {0}", "{0} отстъпка"];
        public static readonly ImmutableArray<string> FreeDelivery = ["Free delivery", "Бесплатная доставка", "Безкоштовна доставка", "Безплатна доставка"];
        public static readonly ImmutableArray<string> FreeItem = ["{0} for free", "{0} в подарок", "{0} у подарунок", "{0} като подарък"];
        public static readonly ImmutableArray<string> GiftCard = ["Gift card of {0}", "Подарочная карта на {0}", "Подарункова картка на {0}", "Подаръчна карта за {0}"];
        public static readonly ImmutableArray<string> Credit = ["Credit of {0}", "Кредит на {0}", "Кредит на {0}", "Кредит за {0}"];
        public static readonly ImmutableArray<string> Status = ["{0} for {1} days", "Статус {0}, дней: {1}", "Статус {0}, днів: {1}", "Статус {0}, дни: {1}"];
        public static readonly ImmutableArray<string> Ticket = ["A ticket of the draw {0}", "Билет розыгрыша {0}", "Квиток розіграшу {0}", "Билет за томболата {0}"];
        public static readonly ImmutableArray<string> Minimum = ["from {0}", "от {0}", "від {0}", "от {0}"];
        public static readonly ImmutableArray<string> Own = ["You get: {0}.", "Вы получите: {0}.", "Ви отримаєте: {0}.", "Вие получавате: {0}."];
        public static readonly ImmutableArray<string> Friend = ["Your friend gets: {0}.", "Ваш друг получит: {0}.", "Ваш друг отримає: {0}.", "Вашият приятел получава: {0}."];
    }
}
