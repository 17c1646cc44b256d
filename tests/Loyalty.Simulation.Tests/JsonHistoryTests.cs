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
    [InlineData("""{ "purchases": [ { "customerId": "5", "date": "x", "amount": 1 } ] }""", "Line 1, purchases[0].date: expected a date from 1900 to 2199 such as 2026-01-31 or 2026-01-31T09:00:00Z, found 'x'.")]
    [InlineData("{\n\"purchases\": [\n{ \"customerId\": \"5\", \"date\": \"2026-01-31\" } ] }", "Line 3, purchases[0].amount: expected an amount such as 12.50, found nothing.")]
    [InlineData("""{ "purchases": [ { "date": "2026-01-31", "amount": 1 } ] }""", "Line 1, purchases[0].customerId: expected customerId or email, found nothing.")]
    [InlineData("""{ "purchases": [ { "email": "a@b.c", "date": "2026-01-31", "amount": -1 } ] }""", "0 or more")]
    [InlineData("""{ "purchases": [ { "email": "a@b.c", "date": "2026-01-31", "amount": 1, "currency": "XYZ" } ] }""", "ISO 4217")]
    [InlineData("""{ "purchases": [ { "email": "a@b.c", "date": "2026-01-31", "amount": 1, "quantity": 1.5 } ] }""", "a whole number")]
    [InlineData("""{ "members": [ { "email": "nobody" } ] }""", "expected an e-mail address, found 'nobody'")]
    [InlineData("""{ "members": [ { "emial": "a@b.c" } ] }""", "Line 1, members[0].emial: expected 'email', found 'emial'.")]
    [InlineData("""{ "members": [ { "email": "a@b.c", "zone": "Sofia" } ] }""", "Europe/Sofia")]
    [InlineData("""{ "members": [ { "email": "a@b.c", "consent": { "offers": "yes" } } ] }""", "{ \"topic\": true }")]
    [InlineData("""{ "members": [ { "email": "a@b.c", "birthday": "12.05.1990" } ] }""", "1990-05-12")]
    [InlineData("""{ "people": [] }""", "expected 'members', 'purchases', 'balances' or 'standings', found 'people'")]
    [InlineData("""{ "members": {} }""", "expected a list, members: [ … ]")]
    [InlineData("""{ "members": [ 5 ] }""", "members[0]: expected a record")]
    [InlineData("""{ "members": [ null, 5, { "emial": "a@b.c" } ] }""", "members[1]: expected a record { … }, found '5'.")]
    [InlineData("""{ "members": [ null, 5, { "emial": "a@b.c" } ] }""", "members[2].emial: expected 'email'")]
    [InlineData("""{ "members": [ { "email": "a@b.c", "consent": { "offers": true, "offers": false } } ] }""", "members[0].consent: expected each of them once, found 'offers twice'.")]
    [InlineData("""{ "balances": [ { "email": "a@b.c", "points": 5, "points": 500 } ] }""", "balances[0].points: expected every property once, found 'points twice'.")]
    [InlineData("""{ "members": [ { "customerId": "\ud800" } ] }""", "half of a surrogate pair")]
    [InlineData("""{ "members": [ { "email\udc00": "a@b.c" } ] }""", "half of a surrogate pair")]
    [InlineData("""{ "mem\ud800": [] }""", "half of a surrogate pair")]
    [InlineData("""{ "members": [ { "customerId": "5", "signedUpAt": "9999-12-31" } ] }""", "members[0].signedUpAt: expected a date from 1900 to 2199")]
    [InlineData("""{ "members": [ { "customerId": "5", "signedUpAt": "0001-01-01" } ] }""", "members[0].signedUpAt: expected a date from 1900 to 2199")]
    [InlineData("""{ "purchases": [ { "customerId": "5", "date": "9999-12-31T23:59:59-12:00", "amount": 1 } ] }""", "purchases[0].date: expected a date from 1900 to 2199")]
    [InlineData("""{ "balances": [ { "customerId": "5", "points": 1, "expiresAt": "9999-12-31" } ] }""", "balances[0].expiresAt: expected a date from 1900 to 2199")]
    [InlineData("""{ "members": [ { "customerId": "5\r\nX: y", "email": "a@b.c" } ] }""", "members[0].customerId: expected no line breaks and no other control characters")]
    [InlineData("""{ "balances": [ { "customerId": "5\u0000x", "points": 1 } ] }""", "balances[0].customerId: expected no line breaks")]
    [InlineData("""{ "balances": [ { "customerId": "5", "points": 1000000000000001 } ] }""", "balances[0].points: expected a whole number from 1 to 1,000,000,000,000,000")]
    [InlineData("[]", "\"members\"")]
    [InlineData("{ \"members\": [\n", "Line 2, byte 1: the file is no JSON")]
    [InlineData("""{ "members": [] } x""", "is no JSON")]
    [InlineData("", "is no JSON")]
    public void Read_Mistake_IsNamedWithLinePathAndRemedy(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<PurchaseFileException>(() => Read(text)).Message, StringComparison.Ordinal);

    /// <summary>An export has every lot of the ledger; what it writes can be read.</summary>
    [Fact]
    public void Read_LargestLotOfTheLedger_IsRead() =>
        Assert.Equal(
            Core.Ledger.LedgerLimits.PointsPerEntry,
            Read("""{ "members": [], "balances": [ { "customerId": "5", "points": 1000000000000000 } ] }""").Balances.Single().Points);

    [Fact]
    public void CsvPurchases_CustomerIdWithAControlCharacter_IsRefused()
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes("customer_id,date,amount\n5\u0007x,2026-01-31,2\n"));
        var message = Assert.Throws<PurchaseFileException>(() => CsvPurchases.Read(stream, "USD")).Message;

        Assert.StartsWith("Line 2, customer_id: expected no line breaks", message, StringComparison.Ordinal);
    }

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

        Assert.Equal(["Line 2, date", "Line 4, amount"], message.Split(Environment.NewLine).Select(static line => line.Split(':')[0]));
    }

    private static HistoryFile Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return JsonHistory.Read(stream, "USD");
    }
}
