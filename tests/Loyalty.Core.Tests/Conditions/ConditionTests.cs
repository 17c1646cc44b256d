using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using NodaTime;

namespace Loyalty.Core.Tests.Conditions;

public sealed class ConditionTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 10, 12, 0);
    private static readonly DateTimeZone Sofia = DateTimeZoneProviders.Tzdb["Europe/Sofia"];

    private static readonly AttributeCatalogue Catalogue = AttributeCatalogue.Empty
        .With("customer", BuiltInAttributes.Customer)
        .With("customer.consent.offers", AttributeType.Flag)
        .With("event", BuiltInAttributes.Events["feedback.given"])
        .With("entry.total", AttributeType.Money)
        .With("customer.facts.rate", AttributeType.Number)
        .With("entry.expected-at", AttributeType.Day);

    private static readonly ImmutableDictionary<string, AttributeValue> Values = new Dictionary<string, AttributeValue>
    {
        ["customer.orders"] = 3,
        ["customer.country"] = "BG",
        ["customer.first-name"] = "Bob O'Neil",
        ["customer.consent.offers"] = true,
        ["customer.tags"] = new AttributeValue.List(["vip", "b2b"]),
        ["customer.spend"] = new AttributeValue.Money(10000, "EUR"),
        ["customer.last-order-at"] = Now - Duration.FromDays(10),
        ["customer.next-order-at"] = Now + Duration.FromDays(5),
        ["customer.birthday"] = new AttributeValue.Day(new LocalDate(1980, 3, 15)),
        ["customer.facts.rate"] = 0.25m,
        ["entry.total"] = new AttributeValue.Money(2500, "EUR"),
        ["entry.expected-at"] = new AttributeValue.Day(new LocalDate(2026, 3, 10)),
        ["event.kind"] = "reason",
        ["event.reason"] = "price",
    }.ToImmutableDictionary();

    [Theory]
    [InlineData("customer.orders = 3")]
    [InlineData("customer.orders != 4 and customer.orders >= 3 and customer.orders < 3.5")]
    [InlineData("customer.country = 'BG'")]
    [InlineData("customer.first-name = 'Bob O''Neil'")]
    [InlineData("customer.first-name contains 'neil'")]
    [InlineData("event.reason in ['delivery', 'price']")]
    [InlineData("event.reason not in ['delivery', 'trust']")]
    [InlineData("customer.tags contains 'vip' and not customer.tags contains 'new'")]
    [InlineData("customer.tags not contains 'new'")]
    [InlineData("customer.spend >= 100 EUR")]
    [InlineData("customer.spend < 100.01 EUR")]
    [InlineData("customer.consent.offers")]
    [InlineData("customer.consent.offers = true")]
    [InlineData("customer.last-order-at within 10d")]
    [InlineData("not customer.last-order-at within 9d")]
    [InlineData("customer.next-order-at within next 5d and not customer.next-order-at within 30d")]
    [InlineData("customer.birthday within next 5d")]
    [InlineData("customer.birthday - 5d within 1d")]
    [InlineData("customer.birthday within 1y")]
    [InlineData("not customer.birthday within next 4d")]
    [InlineData("customer.last-order-at before 2026-03-01")]
    [InlineData("customer.next-order-at after 2026-03-14")]
    [InlineData("customer.last-order-at before customer.next-order-at")]
    [InlineData("entry.expected-at = 2026-03-10")]
    [InlineData("entry.expected-at in [2026-03-10, 2026-03-11]")]
    [InlineData("customer.facts.rate = 25%")]
    [InlineData("customer.last-order-at + 15d after 2026-03-14")]
    [InlineData("customer.orders + 2 * 3 = 9")]
    [InlineData("entry.total / 1 EUR = 25")]
    [InlineData("entry.total * 2 = 50 EUR")]
    [InlineData("customer.orders - 4 = -1")]
    [InlineData("false or true and not false")]
    [InlineData("(true or false) and true")]
    [InlineData("customer.tier is empty and not customer.tier is set and customer.country is set")]
    [InlineData("customer.tags is not empty")]
    public void Holds_TrueConditions_Hold(string text) => Assert.True(Parse(text).Holds(Look, Now, Sofia), text);

    [Theory]
    [InlineData("1992-03-03", "customer.birthday - 7d", "2026-02-24")]
    [InlineData("1992-03-03", "customer.birthday - 7d", "2028-02-25")]
    [InlineData("1991-03-03", "customer.birthday - 7d", "2028-02-25")]
    [InlineData("1992-02-29", "customer.birthday", "2026-02-28")]
    [InlineData("1992-02-29", "customer.birthday + 1d", "2026-03-01")]
    [InlineData("1990-01-03", "customer.birthday - 7d", "2026-12-27")]
    [InlineData("1990-12-30", "customer.birthday + 1w", "2026-01-06")]
    [InlineData("1990-12-30", "customer.birthday + 400d - 2y", "2026-02-03")]
    public void Within_AYearlyDateWithAnOffset_IsReckonedInThatYear(string born, string date, string falls)
    {
        var day = NodaTime.Text.LocalDatePattern.Iso.Parse(falls).Value;
        AttributeValue Birthday(string path) => path == "customer.birthday" ? new AttributeValue.Day(NodaTime.Text.LocalDatePattern.Iso.Parse(born).Value) : AttributeValue.None;
        for (var shift = -2; shift <= 2; shift++)
        {
            var noon = Sofia.AtStartOfDay(day.PlusDays(shift)).ToInstant() + Duration.FromHours(12);
            Assert.Equal(shift is -1 or 0, Parse($"{date} within next 1d").Holds(Birthday, noon, Sofia));
            Assert.Equal(shift is 0 or 1, Parse($"{date} within 1d").Holds(Birthday, noon, Sofia));
        }
    }

    [Theory]
    [InlineData("customer.tier = 'gold'", false)]
    [InlineData("customer.tier != 'gold'", true)]
    [InlineData("not customer.tier = 'gold'", true)]
    [InlineData("customer.tier in ['gold']", false)]
    [InlineData("customer.tier not in ['gold']", true)]
    [InlineData("customer.tier contains 'o'", false)]
    [InlineData("customer.tier is empty", true)]
    [InlineData("customer.tier is set", false)]
    [InlineData("customer.points < 5", false)]
    [InlineData("customer.points >= 0", false)]
    [InlineData("customer.points + 1 > 0", false)]
    [InlineData("customer.points / 0 = 1", false)]
    [InlineData("customer.last-sent-at within 30d", false)]
    [InlineData("customer.last-sent-at before 2030-01-01", false)]
    [InlineData("customer.first-order-at = customer.last-sent-at", false)]
    [InlineData("customer.first-order-at != customer.last-sent-at", true)]
    [InlineData("customer.spend < 100 USD", false)]
    [InlineData("customer.spend != 100 USD", true)]
    public void Holds_UnsetOrIncomparable_OnlyNotEqualNotAndEmptyHold(string text, bool expected) =>
        Assert.Equal(expected, Parse(text).Holds(Look, Now, Sofia));

    [Theory]
    [InlineData("customer.ordres = 0", 1, "did you mean customer.orders?")]
    [InlineData("customer.orders = 'x'", 17, "numbers stand without quotes")]
    [InlineData("customer.spend > 100", 16, "100 EUR")]
    [InlineData("customer.stage = 'repeet'", 18, "did you mean 'repeat'?")]
    [InlineData("event.kind in ['reason', 'raeting']", 26, "'rating'")]
    [InlineData("customer.orders", 1, "compare it")]
    [InlineData("customer.orders = = 1", 19, "write an attribute")]
    [InlineData("customer.country > 'BG'", 18, "use = or !=")]
    [InlineData("customer.tags = 'vip'", 15, "contains")]
    [InlineData("customer.last-order-at < 30d", 24, "within")]
    [InlineData("customer.country == 'BG'", 18, "write =")]
    [InlineData("customer.country = \"BG\"", 20, "single quotes")]
    [InlineData("customer.country = 'BG", 20, "end it with '")]
    [InlineData("customer.country = BG", 20, "'BG'")]
    [InlineData("customer.last-order-at within 30days", 31, "min, h, d, w, mo or y")]
    [InlineData("customer.last-order-at within 5", 31, "within 30d")]
    [InlineData("customer.next-order-at before 2026-13-01", 31, "2026-01-31")]
    [InlineData("(customer.orders = 1", 21, "close it")]
    [InlineData("customer.orders = 1 customer.orders = 2", 21, "and or or")]
    [InlineData("customer.orders = 1 and", 24, "complete it")]
    [InlineData("customer.orders in 'x'", 20, "in ['a', 'b']")]
    [InlineData("customer.orders is good", 20, "is set")]
    [InlineData("1 < 2 < 3", 7, "compare only two")]
    [InlineData("", 1, "complete it")]
    [InlineData("customer.spend = 1.001 EUR", 18, "2 decimal places")]
    [InlineData("customer.orders @ 1", 17, "remove it")]
    public void Parse_Mistakes_SayWhereAndWhat(string text, int column, string remedy)
    {
        var condition = Condition.Parse(text, Catalogue, out var errors);

        Assert.Null(condition);
        var error = Assert.Single(errors);
        Assert.Equal((1, column), (error.Line, error.Column));
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_SeveralTypeErrors_AllAtOnce()
    {
        Condition.Parse("customer.ordres = 1 or\n  customer.nmae = 'x'", Catalogue, out var errors);

        Assert.Equal([(1, 1), (2, 3)], errors.Select(e => (e.Line, e.Column)));
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("not ", "")]
    public void Parse_DeepNesting_IsAnError(string open, string close)
    {
        var text = string.Concat(Enumerable.Repeat(open, 60)) + "true" + string.Concat(Enumerable.Repeat(close, 60));

        Assert.Null(Condition.Parse(text, Catalogue, out var errors));
        Assert.Contains("nested deeper", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TooManyParts_IsAnError()
    {
        Assert.Null(Condition.Parse(string.Join(" or ", Enumerable.Repeat("true", 250)), Catalogue, out var errors));
        Assert.Contains("parts", Assert.Single(errors).Message, StringComparison.Ordinal);
        Assert.Null(Condition.Parse(new string('x', 5000), Catalogue, out errors));
        Assert.Contains("characters", Assert.Single(errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RandomText_NeverThrows()
    {
        string[] parts =
        [
            "customer.orders", "customer.tags", "customer.birthday", "'a'", "'", "1", "2.5", "10%", "30d", "2026-01-31", "100 EUR", "=", "!=", "<", "in", "[", "]",
            ",", "(", ")", "and", "or", "not", "is", "set", "empty", "within", "next", "before", "after", "contains", "+", "-", "*", "/", "\n", "é", "99999999999999999999",
        ];
        for (var seed = 0; seed < 20_000; seed++)
        {
            var length = (int)(Hashing.Draw("n", $"{seed}") * 12);
            var text = string.Join(' ', Enumerable.Range(0, length).Select(i => parts[(int)(Hashing.Draw("p", $"{seed}", $"{i}") * parts.Length)]));
            var condition = Condition.Parse(text, Catalogue, null, out var errors);
            Assert.Equal(condition is null, errors.Count > 0);
            condition?.Evaluate(Look, Now, Sofia);
            condition?.Evaluate(_ => AttributeValue.None, Now, Sofia);
        }
    }

    [Fact]
    public void Evaluate_Overflow_IsUnset()
    {
        var formula = Condition.Parse("999999999999999999 * 999999999999999999", Catalogue, AttributeType.Number, out _);

        Assert.Equal(AttributeValue.None, formula!.Evaluate(Look, Now, Sofia));
    }

    private static AttributeValue Look(string path) => Values.GetValueOrDefault(path, AttributeValue.None);

    private static Condition Parse(string text)
    {
        var condition = Condition.Parse(text, Catalogue, out var errors);
        Assert.Empty(errors);
        return condition!;
    }
}
