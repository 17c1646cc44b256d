using System.Net.Http.Headers;
using System.Text;

namespace Loyalty.Functions.Tests.Work;

/// <summary>Tasks over HTTP.</summary>
public sealed class TaskHttpTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Fact]
    public async Task Complaint_FromListToDone_SaysWhoAndRefusesOthers()
    {
        Assert.Equal(202, (await program.StandardAsync("""{ "type": "customer.signed-up", "data": { "customer": { "email": "tasks@example.com" } } }""")).Status);
        await program.SettleAsync();
        var customer = await program.IdOfAsync("tasks@example.com");
        Assert.Equal(202, (await PostAsync("api/feedback", $$"""{ "customerId": "{{customer}}", "kind": "complaint", "text": "Cold tea" }""")).Status);
        await program.SettleAsync();

        var listed = Assert.Single((await program.GetAsync("api/tasks?queue=complaints&state=open&limit=500", ProgramFixture.KeyOf("support"))).Body.AsArray(), one => (string)one!["customerId"]! == customer)!;
        var path = "api/tasks/" + (string)listed["id"]!;
        Assert.False((bool)listed["isOverdue"]!);
        Assert.Equal("Cold tea", (string)(await program.GetAsync(path)).Body["feedback"]!["text"]!);
        (await PostAsync(path + "/claim", "{}")).AssertProblem(422, "invalid-field");
        Assert.Equal("ann", (string)(await PostAsync(path + "/claim", """{ "by": "ann" }""")).Body["claimedBy"]!);
        (await PostAsync(path + "/claim", """{ "by": "bob" }""")).AssertProblem(409, "conflict");
        (await PostAsync(path + "/outcome", """{ "by": "ann", "outcome": "eaten" }""")).AssertProblem(422, "invalid-field");
        Assert.Equal("resolved", (string)(await PostAsync(path + "/outcome", """{ "by": "ann", "outcome": "resolved", "note": "a new cup" }""")).Body["outcome"]!);
        (await PostAsync(path + "/outcome", """{ "by": "ann", "outcome": "refunded" }""")).AssertProblem(409, "conflict");
        Assert.Null((await PostAsync(path + "/reopen", """{ "by": "bob", "note": "cold again" }""")).Body["closedAt"]);
        var history = (await program.GetAsync(path)).Body["history"]!.AsArray();
        Assert.Equal(["claimed ann", "done ann", "reopened bob"], history.Select(static line => $"{line!["what"]} {line["by"]}"));
        Assert.All(history, static line => Assert.Equal("key:support", (string)line!["caller"]!));
    }

    [Theory]
    [InlineData("api/tasks?limit=0", 422, "invalid-field")]
    [InlineData("api/tasks?limit=x", 422, "invalid-field")]
    [InlineData("api/tasks?state=late", 422, "invalid-field")]
    [InlineData("api/tasks/nobody.run.call.1", 404, "not-found")]
    [InlineData("api/tasks/nonsense", 404, "not-found")]
    public async Task Get_WhatIsNot_IsRefused(string path, int status, string code) => (await program.GetAsync(path)).AssertProblem(status, code);

    private Task<Answer> PostAsync(string path, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("support"));
        return program.SendAsync(request);
    }
}
