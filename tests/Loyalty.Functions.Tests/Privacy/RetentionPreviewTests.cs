using Loyalty.Engine.Privacy;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>Who would go, told before the period is set: the rule is the pass's own, and nothing changes.</summary>
public sealed class RetentionPreviewTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Fact]
    public async Task Preview_WithoutTheSetting_TellsWhoWouldGoAndWhoStaysAndWhy()
    {
        var (gone, busy, rich, limited) = (await PersonAsync("gone"), await PersonAsync("busy"), await PersonAsync("rich"), await PersonAsync("limited"));
        Assert.Equal(200, (await SendAsync(HttpMethod.Post, $"api/customers/{rich}/points/adjust", """{ "wallet": "spendable", "points": 50, "reason": "gift", "actor": "desk" }""", "gift")).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, $"api/customers/{limited}/restriction")).Status);
        var erased = await PersonAsync("erased");
        Assert.Equal(200, (await SendAsync(HttpMethod.Delete, $"api/customers/{erased}")).Status);
        var last = (await SendAsync(HttpMethod.Get, "api/privacy/retention?days=365")).Body;
        Assert.Equal((5, 0, 0), ((int)last["seen"]!, (int)last["goes"]!, last["people"]!.AsArray().Count));
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromDays(300));
        Assert.Equal(202, (await program.StandardAsync("""{ "type": "feedback.given", "data": { "customer": { "email": "busy@example.com" }, "kind": "idea", "text": "more tea" } }""")).Status);
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromDays(66));
        await program.SettleAsync();

        var told = (await SendAsync(HttpMethod.Get, "api/privacy/retention?days=365")).Body;

        Assert.Equal((365, null, 5, 1), ((int)told["days"]!, (int?)told["daysSet"], (int)told["seen"]!, (int)told["goes"]!));
        Assert.Equal((1, 1, 0), ((int)told["keptForPoints"]!, (int)told["keptAsRestricted"]!, (int)told["keptWhileMerging"]!));
        Assert.Equal(gone, (string?)told["people"]!.AsArray().Single()!["customerId"]);
        Assert.Null((string?)told["next"]);
        Assert.Empty((await SendAsync(HttpMethod.Get, "api/privacy/retention?days=365&first=0")).Body["people"]!.AsArray());
        Assert.Equal(0, (int)(await SendAsync(HttpMethod.Get, "api/privacy/retention?days=3650")).Body["goes"]!);
        Assert.DoesNotContain("@", told.ToJsonString(), StringComparison.Ordinal);
        Assert.NotEqual(busy, gone);
        // Nothing was changed by the look.
        Assert.Null(await program.Host.Services.GetRequiredService<EraseUseCase>().FindAsync(gone));
    }

    [Theory]
    [InlineData("", "days is missing and Privacy__Retention__InactiveDays is not set; expected 365 to 3650.")]
    [InlineData("?days=5", "days is '5'; expected 365 to 3650.")]
    [InlineData("?days=364", "365 to 3650")]
    [InlineData("?days=3651", "365 to 3650")]
    [InlineData("?days=-365", "365 to 3650")]
    [InlineData("?days=365&first=1001", "0 to 1000")]
    [InlineData("?days=365&from=zz", "next")]
    [InlineData("?days=365&from=ff", "next")]
    [InlineData("?days=365&from=393939393a", "next")]
    public async Task Preview_OfWhatCannotBe_IsRefusedWithWhatCan(string query, string says)
    {
        var answer = await SendAsync(HttpMethod.Get, "api/privacy/retention" + query);

        answer.AssertProblem(422, "invalid-field");
        Assert.Contains(says, (string)answer.Body["detail"]!, StringComparison.Ordinal);
    }

    private async Task<string> PersonAsync(string word)
    {
        Assert.Equal(202, (await program.StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{word}}@example.com" }, "person": { "email": "{{word}}@example.com" } } }""")).Status);
        await program.SettleAsync();
        return await program.IdOfAsync($"{word}@example.com");
    }

    private Task<Answer> SendAsync(HttpMethod method, string path, string? json = null, string? key = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new("Bearer", ProgramFixture.KeyOf(method == HttpMethod.Get ? "operator" : "admin"));
        if (json is not null) request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return program.SendAsync(request);
    }
}
