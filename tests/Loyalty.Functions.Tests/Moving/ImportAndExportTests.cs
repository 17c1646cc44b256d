using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Functions.Tests.Contact;

namespace Loyalty.Functions.Tests.Moving;

/// <summary>Members and balances over HTTP: in from another system and out again.</summary>
public sealed class ImportAndExportTests(ContactFixture program) : IClassFixture<ContactFixture>
{
    [Fact]
    public async Task Import_SentTwice_CountsOnceAndIsFoundByTheShopsName()
    {
        const string Document = """
            { "members": [ { "customerId": "41", "email": "moved@example.com", "signedUpAt": "2025-11-03", "consent": { "offers": true } } ],
              "balances": [ { "customerId": "41", "points": 320 }, { "email": "nobodyelse@example.com", "points": 7 } ] }
            """;
        Assert.Equal("""{"imported":3,"before":0,"refused":[]}""", (await ImportAsync(Document, "?source=oldcards")).Text);
        Assert.Equal("""{"imported":2,"before":1,"refused":[]}""", (await ImportAsync(Document, "?source=oldcards")).Text);

        var id = await program.IdOfAsync("moved@example.com");
        Assert.Equal(320, await AvailableAsync("moved@example.com"));
        Assert.Contains("import:oldcards:41", (await program.GetAsync($"api/customers/{id}/export")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_RecordsWithIds_CountOnceInWhateverDocument()
    {
        const string Purchase = """{ "id": "receipt-7", "email": "receipt@example.com", "date": "2026-01-31", "amount": "12.50" }""";
        Assert.Equal("""{"imported":1,"before":0,"refused":[]}""", (await ImportAsync($$"""{ "purchases": [ {{Purchase}} ] }""")).Text);
        Assert.Equal("""{"imported":1,"before":1,"refused":[]}""", (await ImportAsync($$"""{ "purchases": [ {{Purchase}}, {{Purchase.Replace("-7", "-8", StringComparison.Ordinal)}} ] }""")).Text);
    }

    [Fact]
    public async Task Import_AnErasedPerson_IsRefusedByLineAndTheRestIsImported()
    {
        const string Document = """
            { "members": [
              { "customerId": "51", "email": "erasedbefore@example.com" },
              { "customerId": "52", "email": "stays@example.com" } ],
              "balances": [
              { "customerId": "51", "points": 10 },
              { "customerId": "52", "points": 20 } ] }
            """;
        await ImportAsync(Document.Replace("\"points\": 10", "\"points\": 1", StringComparison.Ordinal));
        var erase = new HttpRequestMessage(HttpMethod.Delete, $"api/customers/{await program.IdOfAsync("erasedbefore@example.com")}");
        erase.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        Assert.Equal(200, (await program.SendAsync(erase)).Status);

        var again = await ImportAsync(Document);

        Assert.Equal([2, 5], again.Body["refused"]!.AsArray().Select(static one => (int)one!["line"]!));
        Assert.All(again.Body["refused"]!.AsArray(), static one => Assert.Contains((string)one!["code"]!, (string[])["customer-erased", "not-found"]));
        Assert.Equal(40, await AvailableAsync("stays@example.com"));
    }

    [Theory]
    [InlineData("{ \"members\": [ { \"emial\": \"a@example.com\" } ] }", "", "members[0].emial: expected 'email'")]
    [InlineData("{ \"members\": [", "", "no JSON")]
    [InlineData("[]", "", "expected a document")]
    [InlineData("{ \"balances\": [ { \"email\": \"a@example.com\", \"points\": 5, \"wallet\": \"spendabel\" } ] }", "", "no wallet 'spendabel'")]
    [InlineData("{ \"balances\": [ { \"email\": \"a@example.com\", \"points\": 5, \"expiresAt\": \"2020-01-01\" } ] }", "", "these points ended")]
    [InlineData("{}", "?source=Old%20Cards", "source: 1 to 20")]
    [InlineData("{}", "?currency=EURO", "currency: a code")]
    [InlineData("{}", "?settled=yes", "settled: true or false")]
    public async Task Import_WrongBodies_AreRefusedWithThePlaceAndTheRemedy(string body, string query, string expected)
    {
        var answer = await ImportAsync(body, query);
        answer.AssertProblem(422, "invalid-field");
        Assert.Contains(expected, (string)answer.Body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_TooMuch_IsRefused()
    {
        var many = string.Join(',', Enumerable.Repeat("""{ "email": "a@example.com" }""", Functions.Moving.ImportFunctions.MostRecords + 1));
        (await ImportAsync($$"""{ "members": [ {{many}} ] }""")).AssertProblem(422, "too-many-items");
        (await ImportAsync(new string(' ', 1024 * 1024 + 1))).AssertProblem(413, "body-too-large");
    }

    [Theory]
    [InlineData("members")]
    [InlineData("orders")]
    [InlineData("ledger")]
    public async Task Export_FromNowhere_IsRefused(string what)
    {
        foreach (var after in (string[])["%20", "bm8", "eyJyYW5nZSI6Im5vbmUifQ"])
            (await program.GetAsync($"api/export/{what}?after={after}", ProgramFixture.KeyOf("integration"))).AssertProblem(422, "invalid-field");
    }

    [Fact]
    public async Task ImportAndExport_AlsoByAMachine_LeaveAuditLines()
    {
        await ImportAsync("""{ "members": [ { "email": "watched@example.com" } ] }""");
        Assert.Equal(200, (await program.GetAsync("api/export/members", ProgramFixture.KeyOf("integration"))).Status);
        var actions = (await program.GetAsync("api/privacy/audit", ProgramFixture.KeyOf("operator"))).Body.AsArray().Select(static line => (string?)line!["action"]).ToList();
        Assert.Contains("ImportHistory", actions);
        Assert.Contains("ExportMembers", actions);
    }

    private async Task<long> AvailableAsync(string email)
    {
        var wallets = (await program.GetAsync($"api/customers/{await program.IdOfAsync(email)}/points")).Body["wallets"]!.AsArray();
        return (long)wallets.First(static one => (string?)one!["name"] == "spendable")!["balances"]!["available"]!;
    }

    private Task<Answer> ImportAsync(string json, string query = "")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/import" + query) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("integration"));
        return program.SendAsync(request);
    }
}
