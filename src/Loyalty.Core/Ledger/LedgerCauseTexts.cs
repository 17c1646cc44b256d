using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace Loyalty.Core.Ledger;

/// <summary>
/// What the program itself posts for (a sign-up, a goal, a referral, a checkout), in the customer's language. What a rule's or a journey's author has worded,
/// and what somebody wrote by hand, stays as it was written.
/// </summary>
internal static class LedgerCauseTexts
{
    /// <summary>Whole reasons, in the order of <see cref="LedgerTexts.Languages"/>: {0} the rule.</summary>
    private static readonly FrozenDictionary<string, ImmutableArray<string>> Reasons = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal)
    {
        ["registration"] = ["signing up", "регистрация", "реєстрація", "регистрация"],
        ["game"] = ["goal '{0}' reached", "цель «{0}» достигнута", "ціль «{0}» досягнуто", "целта „{0}“ е постигната"],
        ["game-undone"] = ["goal '{0}' no longer reached", "цель «{0}» больше не достигнута", "ціль «{0}» більше не досягнута", "целта „{0}“ вече не е постигната"],
        ["referral:friend"] = ["welcome gift from a friend", "подарок по приглашению друга", "подарунок за запрошенням друга", "подарък по покана от приятел"],
        ["referral:referrer"] = ["a friend whom you brought", "друг по вашему приглашению", "друг за вашим запрошенням", "приятел по ваша покана"],
        ["referral-voided"] = ["the invitation does not count", "приглашение не засчитано", "запрошення не зараховано", "поканата не се зачита"],
        ["checkout"] = ["a checkout", "оплата заказа", "оплата замовлення", "плащане на поръчка"],
        ["cancelled"] = ["cancelled", "отмена", "скасування", "отмяна"],
        ["opening-balance"] = ["opening balance", "начальный остаток", "початковий залишок", "начално салдо"],
        ["opening balance"] = ["opening balance", "начальный остаток", "початковий залишок", "начално салдо"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reasons that name something after their beginning: {0} what they name.</summary>
    private static readonly ImmutableArray<(string Begins, ImmutableArray<string> Words)> Named =
    [
        ("offer:", ["offer '{0}'", "предложение «{0}»", "пропозиція «{0}»", "оферта „{0}“"]),
        ("revoked: ", ["'{0}' withdrawn", "отмена «{0}»", "скасування «{0}»", "отмяна на „{0}“"]),
    ];

    /// <summary>The cause in words; null: it is no cause of the program's own.</summary>
    /// <param name="cause">The entry's cause.</param>
    /// <param name="language">One of <see cref="LedgerTexts.Languages"/>.</param>
    public static string? Of(EntryCause cause, string language)
    {
        if (cause.Reason is not { } reason) return null;
        if (Reasons.TryGetValue(reason, out var words)) return Say(words, language, cause.RuleId ?? "");
        foreach (var (begins, named) in Named)
        {
            if (reason.StartsWith(begins, StringComparison.Ordinal)) return Say(named, language, reason[begins.Length..]);
        }

        return null;
    }

    private static string Say(ImmutableArray<string> words, string language, string name) =>
        string.Format(CultureInfo.InvariantCulture, words[LedgerTexts.Languages.IndexOf(language)], name);
}
