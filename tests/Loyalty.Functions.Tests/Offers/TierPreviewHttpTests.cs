using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Engine.Publishing;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Offers;

/// <summary>The preview of a tier definition over HTTP, with the shipped program.</summary>
public sealed class TierPreviewHttpTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Fact]
    public async Task Preview_DraftOfTheProgram_AnswersWhoWouldMove()
    {
        await program.StandardAsync("""{ "type": "customer.signed-up", "data": { "customer": { "email": "tier@example.com" } } }""");
        await program.SettleAsync();
        var files = await program.Host.Services.GetRequiredService<PublishUseCase>().LiveFilesAsync();
        var yaml = Encoding.UTF8.GetString(files["program.yaml"].Span);
        const string Tiers = "\ntiers: { by: orders, window: 365d, levels: [ { tier: newcomer, from: 0 }, { tier: regular, from: 5 } ] }\n";
        var same = await PostAsync("api/tiers/preview", yaml);
        Assert.Equal((200, 0, 0), (same.Status, (int)same.Body["up"]!, (int)same.Body["down"]!));
        var everybody = await PostAsync("api/tiers/preview?sample=1", yaml + Tiers);
        Assert.True(everybody.Status == 200, everybody.Text);
        Assert.Equal(((int)everybody.Body["customers"]!, 0), ((int)everybody.Body["up"]!, (int)everybody.Body["down"]!));
        Assert.Single(everybody.Body["sample"]!.AsArray());
        Assert.Equal("422 invalid-field", (await PostAsync("api/tiers/preview?sample=101", yaml)).Summary);
        var broken = await PostAsync("api/tiers/preview", yaml + Tiers.Replace("levels", "stairs", StringComparison.Ordinal));
        Assert.Equal("422 program-invalid", broken.Summary);
    }

    private Task<Answer> PostAsync(string path, string yaml)
    {
        var body = new JsonObject { ["files"] = new JsonObject { ["program.yaml"] = yaml } };
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf("admin"));
        return program.SendAsync(request);
    }
}
