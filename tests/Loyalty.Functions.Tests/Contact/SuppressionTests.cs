using System.Net.Http.Headers;
using System.Text;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>The suppression list over HTTP: the way in for lists, the way back for an address.</summary>
public sealed class SuppressionTests(ContactFixture program) : IClassFixture<ContactFixture>
{
    private SuppressionList List => program.Host.Services.GetRequiredService<SuppressionList>();

    [Fact]
    public async Task Import_ATableAsMailServicesExportIt_SuppressesTheAddressesAndNothingElse()
    {
        var answer = await ImportAsync(Encoding.UTF8.GetBytes("\uFEFFemail,reason,created\r\n\"table@example.com\",\"hard, bounce\",2024-01-01\r\nnobody,spam,2024-01-02\r\n"));
        Assert.Equal("""{"added":1,"known":0,"badLines":[3]}""", answer.Text);
        Assert.True(await List.HasAsync("table@example.com"));

        (await ImportAsync([0x61, 0x40, 0x62, 0xE9, 0x2E, 0x63])).AssertProblem(422, "malformed-body");
        (await ImportAsync([])).AssertProblem(422, "malformed-body");
        (await ImportAsync(Encoding.UTF8.GetBytes(new string('\n', SuppressionList.ImportLimit)))).AssertProblem(422, "too-many-items");
        (await ImportAsync(new byte[1024 * 1024 + 1])).AssertProblem(413, "body-too-large");
    }

    [Fact]
    public async Task Lift_AnImportedAddress_IsOffTheListOnceAndSuppressedAgainByTheNextImport()
    {
        await ImportAsync("back@example.com"u8.ToArray());
        Assert.Equal("""{"reasons":["imported"]}""", (await LiftAsync(" Back@Example.com ")).Text);
        Assert.False(await List.HasAsync("back@example.com"));
        (await LiftAsync("back@example.com")).AssertProblem(404, "not-found");
        Assert.Equal("""{"added":1,"known":0,"badLines":[]}""", (await ImportAsync("back@example.com"u8.ToArray())).Text);
        foreach (var wrong in (string[])["{}", """{ "address": "" }""", """{ "address": "two words" }""", """{ "address": "12 34" }"""])
            (await LiftBodyAsync(wrong)).AssertProblem(422, "invalid-field");
        (await LiftBodyAsync("null")).AssertProblem(422, "malformed-body");
    }

    [Fact]
    public async Task Lift_ABouncedAddressOfAPerson_GetsMessagesAgainAndLeavesAnAuditLine()
    {
        var id = await PersonAsync("bounced@example.com");
        await EventAsync("message.bounced", "bounced@example.com", ", \"kind\": \"hard\"");
        Assert.Equal("hard-bounce", await SuppressedAsync(id));
        await ImportAsync("bounced@example.com"u8.ToArray());

        Assert.Equal($$"""{"customerId":"{{id}}","reasons":["hard-bounce","imported"]}""", (await LiftAsync("bounced@example.com")).Text);
        Assert.Equal("", await SuppressedAsync(id));
        Assert.False(await List.HasAsync("bounced@example.com"));
        var lines = (await program.GetAsync($"api/privacy/audit?customer={id}", ProgramFixture.KeyOf("operator"))).Body.AsArray();
        Assert.Contains(lines, static line => (string?)line!["action"] == "LiftSuppression" && (string?)line["actor"] == "key:support");
        // Suppressed again by the next bounce.
        await EventAsync("message.bounced", "bounced@example.com", ", \"kind\": \"hard\"");
        Assert.Equal("hard-bounce", await SuppressedAsync(id));
    }

    [Fact]
    public async Task Lift_AfterAComplaint_DoesNotGiveConsentBack()
    {
        var id = await PersonAsync("complained@example.com");
        await EventAsync("message.complained", "complained@example.com", "");
        Assert.Equal($$"""{"customerId":"{{id}}","reasons":["complaint"]}""", (await LiftAsync("complained@example.com")).Text);
        Assert.Contains("\"*\"", (await program.GetAsync($"api/customers/{id}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lift_AnErasedPersonsAddress_IsRefusedUntilTheySignUpAnew()
    {
        var id = await PersonAsync("goneforever@example.com");
        await ImportAsync("goneforever@example.com"u8.ToArray());
        var erase = new HttpRequestMessage(HttpMethod.Delete, $"api/customers/{id}");
        erase.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        Assert.Equal(200, (await program.SendAsync(erase)).Status);

        (await LiftAsync("goneforever@example.com")).AssertProblem(410, "customer-erased");
        (await LiftAsync(id)).AssertProblem(410, "customer-erased");
        Assert.True(await List.HasAsync("goneforever@example.com"));
    }

    private Task<Answer> ImportAsync(byte[] list) => SendAsync("suppressions", new ByteArrayContent(list), "marketer");

    private Task<Answer> LiftAsync(string address) => LiftBodyAsync($$"""{ "address": "{{address}}" }""");

    private Task<Answer> LiftBodyAsync(string json) => SendAsync("suppressions/lift", new StringContent(json, Encoding.UTF8, "application/json"), "support");

    private Task<Answer> SendAsync(string path, HttpContent content, string role)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/" + path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf(role));
        return program.SendAsync(request);
    }

    private async Task<string> PersonAsync(string email)
    {
        Assert.Equal(202, (await program.StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{email}}" }, "person": { "email": "{{email}}", "consent": { "offers": true } } } }""")).Status);
        await program.SettleAsync();
        return await program.IdOfAsync(email);
    }

    private async Task EventAsync(string type, string email, string facts)
    {
        Assert.Equal(202, (await program.StandardAsync($$"""{ "type": "{{type}}", "data": { "customer": { "email": "{{email}}" }{{facts}} } }""")).Status);
        await program.SettleAsync();
    }

    private async Task<string> SuppressedAsync(string id)
    {
        var document = await program.Host.Services.GetRequiredService<Engine.Storage.IDocumentStore>().ReadAsync(Keys.CustomerPartition(id), Keys.CustomerId);
        var customer = Core.Serialization.LoyaltyJson.Read<Core.Customers.CustomerState>(document!.Body.Span);
        return string.Join(',', (customer.Contact?.Suppressed ?? []).Select(static one => one.Reason));
    }
}
