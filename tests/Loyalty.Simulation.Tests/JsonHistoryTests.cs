using System.Text;
using Loyalty.Core.Events;
using Loyalty.Simulation.Import;
using NodaTime;

namespace Loyalty.Simulation.Tests;

public sealed class JsonHistoryTests
{
    private const string Whole = """
        {
          "members": [
            { "customerId": 5, "email": "Mira@Example.com", "phone": "+359 887 654 321", "firstName": "Mira", "birthday": "1990-05-12", "zone": "Europe/Sofia", "country": "bg",
              "tags": [], "consent": { "offers": true, "news": false }, "consentAt": "2025-11-03", "signedUpAt": "2025-11-03T10:00:00Z" },
            { "email": "guest@example.com" }
          ],
          "purchases": [
            { "customerId": "5", "date": "2026-01-31", "amount": "12.50", "currency": "eur", "orderId": 1001, "sku": "TEA" },
            { "email": "guest@example.com", "date": "2026-02-01T09:00:00Z", "amount": 20, "quantity": 2 }
          ]
        }
        """;

    [Fact]
    public void Read_WholeFile_EveryRecordAsTold()
    {
        var file = Read(Whole);

        var mira = file.Members[0].ToEvent("json", Instant.MinValue);
        Assert.Equal((EventTypes.CustomerSignedUp, Instant.FromUtc(2025, 11, 3, 10, 0), "import:json"), (mira.Type, mira.Time, mira.Source));
        Assert.Equal(["import:json:5", "email:mira@example.com", "phone:+359887654321"], mira.Identifiers.Select(static one => one.Value));
        var profile = Assert.IsType<EventData.Person>(mira.Data);
        Assert.Equal(("Mira", new LocalDate(1990, 5, 12), "BG", "Europe/Sofia"), (profile.FirstName, profile.Birthday, profile.Country, profile.Zone));
        Assert.True(profile.Tags is { IsEmpty: true });
        Assert.Equal([("news", false), ("offers", true)], profile.Consent.OrderBy(static one => one.Key).Select(static one => (one.Key, one.Value)));
        Assert.Equal(EventTypes.CustomerUpdated, file.Members[1].ToEvent("json", Instant.MinValue).Type);
        Assert.Equal(("5", 1250L, "EUR", "1001", 1L), (file.Purchases[0].CustomerId, file.Purchases[0].AmountMinor, file.Purchases[0].Currency, file.Purchases[0].OrderId, file.Purchases[0].Quantity));
        Assert.Equal((2000L, "USD", Instant.FromUtc(2026, 2, 1, 9, 0)), (file.Purchases[1].AmountMinor, file.Purchases[1].Currency, file.Purchases[1].At));
    }

    [Fact]
    public void Read_Twice_SameEventIdsAllDifferent()
    {
        var (one, again) = (Read(Whole), Read(Whole));
        string[] Ids(HistoryFile file) => [.. file.Members.Select(static member => member.EventId), .. file.Purchases.Select(static purchase => purchase.EventId)];

        Assert.Equal(Ids(one), Ids(again));
        Assert.Equal(4, Ids(one).Distinct().Count());
        Assert.NotEqual(Ids(one)[0], Ids(Read(Whole + "\n"))[0]);
    }

    [Theory]
    [InlineData("""{ "purchases": [ { "customerId": "5", "date": "x", "amount": 1 } ] }""", "Line 1, purchases[0].date: a date such as 2026-01-31 or 2026-01-31T09:00:00Z was expected, 'x' was found.")]
    [InlineData("{\n\"purchases\": [\n{ \"customerId\": \"5\", \"date\": \"2026-01-31\" } ] }", "Line 3, purchases[0].amount: an amount such as 12.50 was expected, nothing was found.")]
    [InlineData("""{ "purchases": [ { "date": "2026-01-31", "amount": 1 } ] }""", "Line 1, purchases[0].customerId: customerId or email was expected, nothing was found.")]
    [InlineData("""{ "purchases": [ { "email": "a@b.c", "date": "2026-01-31", "amount": -1 } ] }""", "0 or more")]
    [InlineData("""{ "purchases": [ { "email": "a@b.c", "date": "2026-01-31", "amount": 1, "currency": "XYZ" } ] }""", "ISO 4217")]
    [InlineData("""{ "purchases": [ { "email": "a@b.c", "date": "2026-01-31", "amount": 1, "quantity": 1.5 } ] }""", "a whole number")]
    [InlineData("""{ "members": [ { "email": "nobody" } ] }""", "an e-mail address was expected, 'nobody' was found")]
    [InlineData("""{ "members": [ { "emial": "a@b.c" } ] }""", "Line 1, members[0].emial: 'email' was expected, 'emial' was found.")]
    [InlineData("""{ "members": [ { "email": "a@b.c", "zone": "Sofia" } ] }""", "Europe/Sofia")]
    [InlineData("""{ "members": [ { "email": "a@b.c", "consent": { "offers": "yes" } } ] }""", "{ \"topic\": true }")]
    [InlineData("""{ "members": [ { "email": "a@b.c", "birthday": "12.05.1990" } ] }""", "1990-05-12")]
    [InlineData("""{ "people": [] }""", "'members', 'purchases' or 'balances' was expected, 'people' was found")]
    [InlineData("""{ "members": {} }""", "members has to be a list")]
    [InlineData("""{ "members": [ 5 ] }""", "members[0]: a record")]
    [InlineData("""{ "members": [ null, 5, { "emial": "a@b.c" } ] }""", "members[1]: a record { … } was expected.")]
    [InlineData("""{ "members": [ null, 5, { "emial": "a@b.c" } ] }""", "members[2].emial: 'email' was expected")]
    [InlineData("[]", "\"members\"")]
    [InlineData("{ \"members\": [\n", "Line 2, byte 1: the file is no JSON")]
    [InlineData("""{ "members": [] } x""", "is no JSON")]
    [InlineData("", "is no JSON")]
    public void Read_Mistake_IsNamedWithLinePathAndRemedy(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<PurchaseFileException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_CutFile_IsToldInOneCount() =>
        Assert.DoesNotContain("LineNumber", Assert.Throws<PurchaseFileException>(() => Read("{ \"members\": [")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_ManyMistakes_TheFirstTwentyAreTold()
    {
        var rows = string.Join(",\n", Enumerable.Repeat("""{ "email": "a@b.c", "date": "2026-01-31", "amount": "ten" }""", 25));
        var message = Assert.Throws<PurchaseFileException>(() => Read($"{{ \"purchases\": [\n{rows}\n] }}")).Message;

        Assert.Equal(21, message.Split(Environment.NewLine).Length);
        Assert.Contains("Line 2, purchases[0].amount", message, StringComparison.Ordinal);
        Assert.EndsWith("… and 5 more.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void CsvPurchases_ManyMistakes_AreToldTogether()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("email,date,amount\na@b.c,x,1\na@b.c,2026-01-31,2\na@b.c,2026-01-31,y\n"));
        var message = Assert.Throws<PurchaseFileException>(() => CsvPurchases.Read(stream, "USD")).Message;

        Assert.Equal(["Line 2", "Line 4"], message.Split(Environment.NewLine).Select(static line => line.Split(':')[0]));
    }

    private static HistoryFile Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return JsonHistory.Read(stream, "USD");
    }
}
