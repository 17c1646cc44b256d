using System.Text;
using Loyalty.Core.Serialization;
using Loyalty.Simulation.Import;

namespace Loyalty.Simulation.Tests;

public sealed class HistoryPartsTests
{
    private const string Members = """
        { "members": [
          { "id": "m-1", "customerId": "5", "email": "mira@example.com", "phone": "+359887654321", "firstName": "Mira", "lastName": "O'Hara, \"M\"", "locale": "bg-BG", "zone": "Europe/Sofia", "country": "BG",
            "birthday": "1990-05-12", "source": "search", "campaign": "winter", "tags": ["tea", "vip"], "signedUpAt": "2025-11-03T10:00:00.25Z", "identifiers": ["shopify:tea.example:5"] },
          { "customerId": "5", "consent": { "offers": true, "news": false }, "consentAt": "2025-11-03T10:00:00Z", "updatedAt": "2025-11-03T10:00:00Z" },
          { "customerId": "7", "email": "MIRA@example.com" } ],
        "balances": [
          { "customerId": "5", "points": 320, "earnedAt": "2026-01-10T00:00:00Z", "availableAt": "2097-01-01T00:00:00Z", "expiresAt": "2099-06-30T21:00:00Z" },
          { "customerId": "5", "points": 320, "earnedAt": "2026-01-10T00:00:00Z", "availableAt": "2097-01-01T00:00:00Z", "expiresAt": "2099-06-30T21:00:00Z" },
          { "email": "only@example.com", "points": 7, "wallet": "gift-card", "reason": "moved from the old card" } ],
        "standings": [
          { "customerId": "5", "tier": "gold", "since": "2026-01-10T00:00:00Z", "until": "2099-06-30T21:00:00Z", "steps": [ { "tier": "gold", "day": "2026-01-10", "kept": true } ],
            "counted": [ { "day": "2026-01-10", "points": 320 }, { "day": "2026-01-12", "spendMinor": 990, "orders": 1 } ] },
          { "email": "only@example.com", "counted": [ { "day": "2026-01-10", "points": 7 } ] } ] }
        """;

    private const string Purchases = """
        { "purchases": [
          { "customerId": "5", "date": "2026-01-31", "amount": "12.50", "currency": "EUR", "quantity": 2, "orderId": "1001", "sku": "TEA" },
          { "customerId": "5", "date": "2026-02-01T09:00:00+02:00", "amount": 1500, "currency": "JPY" },
          { "email": "guest@example.com", "date": "2026-02-01", "amount": 0, "currency": "EUR" },
          { "email": "guest@example.com", "date": "2026-02-01", "amount": 0, "currency": "EUR" } ] }
        """;

    [Theory]
    [InlineData(Members, 1)]
    [InlineData(Members, 2)]
    [InlineData(Members, 100)]
    [InlineData(Purchases, 1)]
    [InlineData(Purchases, 3)]
    public void Of_AnyFile_PartsHoldEveryRecordAsItWasAndAPersonsInOrder(string json, int most)
    {
        var file = Read(Encoding.UTF8.GetBytes(json));
        var rows = HistoryParts.Of(HistoryPeople.Of(file), most);
        var read = rows.Select(static row => row.Select(static part => (Part: part, File: Read(part.Json))).ToList()).ToList();

        Assert.Equal(Texts(file), read.SelectMany(static row => row).SelectMany(static part => Texts(part.File)).Order(StringComparer.Ordinal));
        foreach (var (part, back) in read.SelectMany(static row => row))
        {
            Assert.InRange(part.Records.Count, 1, most);
            // Line n of a part is its record n: a refusal that names the line names the record.
            Assert.Equal(Enumerable.Range(1, part.Records.Count), back.Members.Select(static one => one.Line).Concat(back.Purchases.Select(static one => one.Line)).Concat(back.Balances.Select(static one => one.Line)).Concat(back.Standings.Select(static one => one.Line)));
        }

        // Ids 5 and 7 have one address, so they are one person, in one row.
        if (file.Members.Count > 0) Assert.Single(rows, static row => row.Any(static part => part.Records.Any(static record => record.Person is "5" or "7")));
    }

    [Theory]
    [InlineData("""{ "purchases": [ { "id": "a b", "email": "a@example.com", "date": "2026-01-31", "amount": 1 } ] }""", "purchases[0].id: expected letters, digits")]
    [InlineData("""{ "purchases": [ { "id": "a", "email": "a@example.com", "date": "2026-01-31", "amount": 1 }, { "id": "a", "email": "b@example.com", "date": "2026-01-31", "amount": 1 } ] }""", "purchases[1].id: expected a name that no other record of the list has")]
    public void Read_IdsThatAreNone_AreNamed(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<PurchaseFileException>(() => Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "standings": [ { "customerId": "5", "tier": "gold" } ] }""", "standings[0].until: expected the moment at which the tier is looked at again")]
    [InlineData("""{ "standings": [ { "customerId": "5", "teir": "gold" } ] }""", "standings[0].teir: expected 'tier', found 'teir'")]
    [InlineData("""{ "standings": [ { "customerId": "5", "counted": [ { "day": "2026-01-01", "points": -1 } ] } ] }""", "standings[0].counted[0].points: expected a whole number from 0")]
    [InlineData("""{ "standings": [ { "customerId": "5", "counted": [ { "points": 1 } ] } ] }""", "standings[0].counted[0].day: expected")]
    [InlineData("""{ "standings": [ { "customerId": "5", "counted": [ { "day": "2026-01-01", "orders": 1.5 } ] } ] }""", "standings[0].counted[0].orders: expected a whole number")]
    [InlineData("""{ "standings": [ { "customerId": "5", "counted": {} } ] }""", "standings[0].counted: expected a list of at most")]
    [InlineData("""{ "standings": [ { "customerId": "5", "tier": "gold", "until": "2099-01-01", "steps": [ { "tier": "gold", "day": "2026-01-01", "kept": 1 } ] } ] }""", "standings[0].steps[0].kept: expected true or false, found '1'")]
    public void Read_StandingThatIsNone_IsNamed(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<PurchaseFileException>(() => Read(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    /// <summary>Somebody with an order each day for years brings a hundred kilobytes; a request carries a million bytes.</summary>
    [Fact]
    public void Of_LongStandings_FitInARequestEach()
    {
        var days = string.Join(',', Enumerable.Range(0, 1500).Select(static day => $$"""{ "day": "{{new NodaTime.LocalDate(2024, 1, 1).PlusDays(day):uuuu-MM-dd}}", "points": 1234567, "spendMinor": 123456789, "orders": 10 }"""));
        var file = Read(Encoding.UTF8.GetBytes($$"""{ "standings": [ {{string.Join(',', Enumerable.Range(0, 40).Select(person => $$"""{ "customerId": "{{person}}", "counted": [ {{days}} ] }"""))}} ] }"""));
        var parts = HistoryParts.Of(HistoryPeople.Of(file), 500).SelectMany(static row => row).ToList();

        Assert.All(parts, static part => Assert.InRange(part.Json.Length, 1, 1024 * 1024));
        Assert.Equal(40, parts.Sum(static part => Read(part.Json).Standings.Count));
    }

    private static HistoryFile Read(byte[] json) => JsonHistory.Read(new MemoryStream(json), "EUR");

    /// <summary>Everything but the line and what follows from other records of the document.</summary>
    private static IEnumerable<string> Texts(HistoryFile file) =>
        file.Members.Select(static one => Text(one with { Line = 0, Profile = one.Profile with { IsHistory = null } }))
            .Concat(file.Purchases.Select(static one => Text(one with { Line = 0 })))
            .Concat(file.Balances.Select(static one => Text(one with { Line = 0 })))
            .Concat(file.Standings.Select(static one => Text(one with { Line = 0 })))
            .Order(StringComparer.Ordinal);

    private static string Text<T>(T record) => Encoding.UTF8.GetString(LoyaltyJson.Write(record));
}
