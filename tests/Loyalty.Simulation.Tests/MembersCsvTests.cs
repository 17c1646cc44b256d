using System.Text;
using Loyalty.Simulation.Import;
using NodaTime;

namespace Loyalty.Simulation.Tests;

/// <summary>Members and points as a table.</summary>
public sealed class MembersCsvTests
{
    [Fact]
    public void Read_SeveralLotsOfOnePerson_IsOnePersonWithEach()
    {
        var file = Read("customer_id;email;points;expires_at;consent;tags\n5;a@example.com;10;2099-01-01;offers|-news;x|y\n5;a@example.com;20;;;\n6;b@example.com;;;;\n");

        Assert.Equal(["5", "6"], file.Members.Select(static member => member.CustomerId));
        Assert.Equal([(10L, 2), (20L, 3)], file.Balances.Select(static balance => (balance.Points, balance.Line)));
        Assert.Equal((true, false), (file.Members[0].Profile.Consent["offers"], file.Members[0].Profile.Consent["news"]));
        Assert.Equal(["x", "y"], file.Members[0].Profile.Tags!.Value.AsEnumerable());
        Assert.All(file.Members, static member => Assert.True(member.Profile.IsHistory));
        Assert.Equal(Instant.FromUtc(2099, 1, 1, 12, 0), file.Balances[0].ExpiresAt);
        Assert.Equal(4, file.Members.Select(static member => member.EventId).Concat(file.Balances.Select(static balance => "b" + balance.EventId)).Distinct().Count());
    }

    [Theory]
    [InlineData("customer_id,pionts\n5,1\n", "Line 1: expected the column 'points', found 'pionts'.")]
    [InlineData("points\n1\n", "Line 1: expected a column customer_id or email, found 'points'.")]
    [InlineData("customer_id,points\n5,1.5\n", "Line 2, points: expected a whole number from 1 to 1,000,000,000")]
    [InlineData("customer_id,points\n5,-1\n", "Line 2, points: expected a whole number from 1 to 1,000,000,000")]
    [InlineData("customer_id,points\n,1\n", "Line 2, customer_id: expected customer_id or email, found nothing.")]
    [InlineData("customer_id,email\n5,nobody\n", "Line 2, email: expected an e-mail address, found 'nobody'.")]
    [InlineData("customer_id,points\n5\n", "Line 2: expected 2 fields as in the header, found 1;")]
    [InlineData("customer_id,points,available_at,expires_at\n5,1,2099-01-02,2099-01-01\n", "Line 2, expires_at: expected a moment after available_at")]
    [InlineData("customer_id,consent\n5,offers|offers\n", "Line 2, consent: expected each topic once, found 'offers|offers'.")]
    [InlineData("customer_id,consent\n5,offers|-offers\n", "Line 2, consent: expected each topic once")]
    [InlineData("customer_id,signed_up_at\n5,9999-12-31\n", "Line 2, signed_up_at: expected a date from 1900 to 2199")]
    [InlineData("customer_id,birthday\n5,0190-05-12\n", "Line 2, birthday: expected a date such as 1990-05-12")]
    [InlineData("customer_id,points\n5,x\n\"6,1\n", "Line 2, points: expected a number")]
    [InlineData("customer_id,points\n5,x\n\"6,1\n", "Line 3: a quote is never closed.")]
    [InlineData("", "The file is empty")]
    public void Read_Fault_NamesLineAndRemedy(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<PurchaseFileException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("""{ "purchases": [{ "customerId": "5", "date": "2026-01-01", "amount": 1 }], "balances": [{ "customerId": "5", "points": 1 }] }""", "no purchases beside balances")]
    [InlineData("""{ "members": [{ "customerId": "5", "identifiers": ["id:5:6"] }] }""", "names such as shopify:shop.example:5")]
    [InlineData("""{ "members": [{ "customerId": "5", "identifiers": ["shopify"] }] }""", "names such as shopify:shop.example:5")]
    [InlineData("""{ "balances": [{ "customerId": "5", "points": 0 }] }""", "a whole number from 1 to 1,000,000,000")]
    [InlineData("""{ "balances": [{ "customerId": "5", "point": 1 }] }""", "expected 'points', found 'point'")]
    public void ReadJson_Fault_NamesLineAndRemedy(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<PurchaseFileException>(() => JsonHistory.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "USD")).Message, StringComparison.Ordinal);

    private static HistoryFile Read(string text) => MembersCsv.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));
}
