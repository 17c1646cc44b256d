using Loyalty.Engine.Privacy;
using Loyalty.Engine.Queries;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>Periods of ended runs, orders and inactive people on the real host: enforced by themselves, the books unchanged.</summary>
public sealed class RetentionTests(RetentionTests.Forgetful program) : IClassFixture<RetentionTests.Forgetful>
{
    [Fact]
    public async Task Pass_WhoIsInactiveAndHasNoPoints_IsErasedAndTheBooksStayAsTheyAre()
    {
        var (gone, busy, rich, limited) = (await PersonAsync("gone"), await PersonAsync("busy"), await PersonAsync("rich"), await PersonAsync("limited"));
        Assert.Equal(200, (await SendAsync(HttpMethod.Post, $"api/customers/{rich}/points/adjust", """{ "wallet": "spendable", "points": 50, "reason": "gift", "actor": "desk" }""", "gift")).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Put, $"api/customers/{limited}/restriction", null)).Status);
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromDays(300));
        Assert.Equal(202, (await program.StandardAsync("""{ "type": "feedback.given", "data": { "customer": { "email": "busy@example.com" }, "kind": "idea", "text": "more tea" } }""")).Status);
        await program.SettleAsync();
        var erasures = program.Host.Services.GetRequiredService<EraseUseCase>();
        var before = "";
        for (var day = 0; day < 80 && await erasures.FindAsync(gone) is null; day++)
        {
            before = await BooksAsync();
            await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + Duration.FromDays(1));
            await program.SettleAsync();
        }

        Assert.Equal((ErasureStep.Done, RetentionPass.Cause), ((await erasures.FindAsync(gone))!.Step, (await erasures.FindAsync(gone))!.Cause));
        foreach (var kept in new[] { busy, rich, limited }) Assert.Null(await erasures.FindAsync(kept));
        Assert.Equal("404 not-found", (await program.GetAsync("api/customers?email=gone@example.com")).Summary);
        Assert.Equal(before, await BooksAsync());
        var pass = (await program.Host.Services.GetRequiredService<RetentionPass>().FindAsync())!;
        Assert.True(pass.IsDone);
        var audit = (await program.GetAsync($"api/privacy/audit?customer={gone}&month={NodaTime.Text.LocalDatePattern.CreateWithInvariantCulture("yyyy-MM").Format(Erased(await erasures.FindAsync(gone)))}", ProgramFixture.KeyOf("operator"))).Body.AsArray();
        Assert.Equal("retention EraseCustomer", $"{audit.Single()!["actor"]} {audit.Single()!["action"]}");
    }

    [Fact]
    public async Task Order_PlacedLongerAgoThanOrdersAreKept_IsRefusedAndEarnsNothing()
    {
        var id = await PersonAsync("oldorder");
        var placed = NodaTime.Text.InstantPattern.General.Format(program.Host.Clock.Now - Duration.FromDays(401));
        Assert.Equal(202, (await program.StandardAsync($$"""
            { "type": "order.paid", "data": { "customer": { "email": "oldorder@example.com" }, "order": { "id": "old-1", "currency": "USD", "placedAt": "{{placed}}", "payment": "paid",
              "lines": [{ "id": "1", "sku": "CUP", "quantity": 1, "netMinor": 2000 }] } } }
            """)).Status);
        await program.SettleAsync();

        var customer = (await FindAsync(id)).Body;
        Assert.Equal(0, (int)customer["orders"]!);
        Assert.DoesNotContain("old-1", (await program.GetAsync($"api/customers/{id}/points/explain")).Text, StringComparison.Ordinal);
        Assert.Empty(program.DeadLetters());
    }

    private static LocalDate Erased(ErasureRecord? record) => record!.RequestedAt.InUtc().Date;

    private async Task<string> BooksAsync() =>
        System.Text.Encoding.UTF8.GetString(Core.Serialization.LoyaltyJson.Write((await program.Host.Services.GetRequiredService<ReportQueries>().ReadAsync()).Points));

    private Task<Answer> FindAsync(string id) => program.GetAsync($"api/customers/{id}");

    private async Task<string> PersonAsync(string word)
    {
        Assert.Equal(202, (await program.StandardAsync($$"""{ "type": "customer.signed-up", "data": { "customer": { "email": "{{word}}@example.com" }, "person": { "email": "{{word}}@example.com" } } }""")).Status);
        await program.SettleAsync();
        return await program.IdOfAsync($"{word}@example.com");
    }

    private Task<Answer> SendAsync(HttpMethod method, string path, string? json, string? key = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new("Bearer", ProgramFixture.KeyOf("admin"));
        if (json is not null) request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return program.SendAsync(request);
    }

    /// <summary>The program with the shortest periods.</summary>
    public sealed class Forgetful : ProgramFixture
    {
        protected override ProgramHostOptions Adjust(ProgramHostOptions options) => options with
        {
            Settings = new Dictionary<string, string?>(options.Settings, StringComparer.OrdinalIgnoreCase)
            {
                ["Privacy:Retention:InactiveDays"] = "365",
                ["Privacy:Retention:OrdersDays"] = "400",
            },
        };
    }
}
