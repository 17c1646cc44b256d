using System.Net.Http.Headers;
using System.Text;
using Loyalty.Engine.Contact;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>What strangers post to pages behind links, and what is left of a link when its person is gone.</summary>
public sealed class LinkEdgeTests(ContactFixture program) : IClassFixture<ContactFixture>
{
    private static readonly ContactLinks Links = new(ContactFixture.LinksUrl, [Convert.FromBase64String(ContactFixture.LinkKey)]);

    [Theory]
    [InlineData("preferences", ContactPurpose.Preferences)]
    [InlineData("feedback", ContactPurpose.Feedback)]
    public async Task Post_AFormThatIsNone_IsRefusedWithACode(string page, ContactPurpose purpose)
    {
        var id = await PersonAsync($"forms-{page}@example.com");
        var link = $"api/{page}/" + Links.Sign(new ContactToken(purpose, id, null, null));
        var many = string.Join('&', Enumerable.Range(0, 300).Select(static i => $"topic{i}=x"));
        (await PostAsync(link, many, "application/x-www-form-urlencoded")).AssertProblem(413, "body-too-large");
        (await PostAsync(link, "text=" + new string('x', 70_000), "application/x-www-form-urlencoded")).AssertProblem(413, "body-too-large");
        (await PostAsync(link, $"--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n{new string('x', 70_000)}\r\n--b--\r\n", "multipart/form-data; boundary=b")).AssertProblem(413, "body-too-large");
        (await PostAsync(link, "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhalf a", "multipart/form-data; boundary=b")).AssertProblem(422, "malformed-body");
        (await PostAsync(link, "no parts", "multipart/form-data")).AssertProblem(422, "malformed-body");
        (await PostAsync(link, """{ "topic": "offers" }""", "application/json")).AssertProblem(415, "unsupported-media-type");
        (await PostAsync(link, "", null)).AssertProblem(415, "unsupported-media-type");
    }

    [Fact]
    public async Task Links_OfAnErasedPerson_SayNothingAndSaveNothing()
    {
        var id = await PersonAsync("erased-link@example.com");
        var erase = new HttpRequestMessage(HttpMethod.Delete, $"api/customers/{id}");
        erase.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        Assert.Equal(200, (await program.SendAsync(erase)).Status);

        (await GetAsync("preferences", ContactPurpose.Preferences, id)).AssertProblem(404, "not-found");
        foreach (var (page, purpose, form) in new[]
        {
            ("preferences", ContactPurpose.Preferences, "topic=offers"), ("feedback", ContactPurpose.Feedback, "kind=complaint&text=cold"), ("unsubscribe", ContactPurpose.Unsubscribe, "List-Unsubscribe=One-Click"),
        })
        {
            var link = $"api/{page}/" + Links.Sign(new ContactToken(purpose, id, "offers", null));
            (await PostAsync(link, form, "application/x-www-form-urlencoded")).AssertProblem(404, "not-found");
        }

        var feedback = new HttpRequestMessage(HttpMethod.Post, "api/feedback") { Content = new StringContent($$"""{ "customerId": "{{id}}", "kind": "idea", "text": "x" }""", Encoding.UTF8, "application/json") };
        feedback.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        (await program.SendAsync(feedback)).AssertProblem(404, "not-found");
    }

    [Fact]
    public async Task Feedback_OfAKindThereIsNot_OrWithAnEndlessName_IsRefused()
    {
        var id = await PersonAsync("kinds@example.com");
        (await program.GetAsync("api/feedback?kind=praise", ProgramFixture.KeyOf("support"))).AssertProblem(422, "invalid-field");
        Assert.Equal(200, (await program.GetAsync("api/feedback?kind=reply", ProgramFixture.KeyOf("support"))).Status);
        var body = $$"""{ "customerId": "{{id}}", "kind": "idea", "text": "x", "messageId": "{{new string('m', 401)}}" }""";
        var request = new HttpRequestMessage(HttpMethod.Post, "api/feedback") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        (await program.SendAsync(request)).AssertProblem(422, "invalid-field");
    }

    [Theory]
    [InlineData("api/feedback")]
    [InlineData("api/suppressions/lift")]
    [InlineData("api/templates/welcome/preview")]
    public async Task Post_NullAsABody_IsMalformed(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("null", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        (await program.SendAsync(request)).AssertProblem(422, "malformed-body");
    }

    private Task<Answer> GetAsync(string page, ContactPurpose purpose, string id) =>
        program.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"api/{page}/" + Links.Sign(new ContactToken(purpose, id, "offers", null))));

    private Task<Answer> PostAsync(string link, string body, string? mediaType)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, link) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        if (mediaType is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return program.SendAsync(request);
    }

    private async Task<string> PersonAsync(string email)
    {
        Assert.Equal(202, (await program.StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{email}}" }, "person": { "email": "{{email}}", "consent": { "offers": true } } } }""")).Status);
        await program.SettleAsync();
        return await program.IdOfAsync(email);
    }
}
