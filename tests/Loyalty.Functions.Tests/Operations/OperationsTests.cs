using System.Net.Http.Headers;
using Loyalty.Engine.Ports;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Operations;

/// <summary>Doctor and dead letters over HTTP, as an operator uses them.</summary>
public sealed class OperationsTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private static readonly string Operator = ProgramFixture.KeyOf("operator");

    [Fact]
    public async Task DeadLetters_EventWithoutItsDocument_IsListedShownReplayedAndComesBack()
    {
        await program.Host.Services.GetRequiredService<IEventQueue>().SendAsync(new EventReference("ghost", "nobody"));
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromMinutes(1));

        var listed = await program.GetAsync("api/operations/dead-letters", Operator);
        var letter = Assert.Single(listed.Body.AsArray())!;
        Assert.Equal("intake-missing", (string)letter["reason"]!);
        // Two copies were tried before it was given up.
        Assert.Equal("ghost~2", (string)letter["messageId"]!);
        long number = (long)letter["sequenceNumber"]!;

        Assert.Equal(letter.ToJsonString(), (await program.GetAsync($"api/operations/dead-letters/{number}", Operator)).Body.ToJsonString());
        var doctor = await program.GetAsync("api/operations/doctor", Operator);
        var check = doctor.Body["checks"]!.AsArray().Single(static one => (string)one!["name"]! == "no-dead-letters")!;
        Assert.Equal(1, (int)check["findings"]!);

        Assert.Equal(200, (await PostAsync($"api/operations/dead-letters/{number}/replay")).Status);
        await program.SettleAsync();
        // Its document is still missing, so the later attempt is given up too, as a dead letter of its own.
        var again = Assert.Single((await program.GetAsync("api/operations/dead-letters", Operator)).Body.AsArray())!;
        Assert.Equal("ghost~3", (string)again["messageId"]!);
        Assert.Empty((await program.GetAsync($"api/operations/dead-letters?after={again["sequenceNumber"]}", Operator)).Body.AsArray());
        Assert.Equal(404, (await PostAsync($"api/operations/dead-letters/{number}/replay")).Status);
    }

    [Theory]
    [InlineData("api/operations/doctor?overdueMinutes=0", 422)]
    [InlineData("api/operations/doctor?overdueMinutes=soon", 422)]
    [InlineData("api/operations/dead-letters?after=first", 422)]
    [InlineData("api/operations/dead-letters/999999", 404)]
    [InlineData("api/operations/doctor?overdueMinutes=60", 200)]
    public async Task Operations_Requests_AreAnswered(string path, int status) => Assert.Equal(status, (await program.GetAsync(path, Operator)).Status);

    [Theory]
    [InlineData("api/operations/doctor")]
    [InlineData("api/operations/dead-letters")]
    public async Task Operations_AnotherRole_MayNot(string path) =>
        Assert.Equal(403, (await program.GetAsync(path, ProgramFixture.KeyOf("support"))).Status);

    private Task<Answer> PostAsync(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Operator);
        return program.SendAsync(request);
    }
}
