using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Loyalty.Engine.Queries;
using Loyalty.Engine.State;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>Reports of the mail service, over HTTP, to the message they are about.</summary>
public sealed class EventGridTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    private const string Route = "/api/webhooks/eventgrid";

    [Fact]
    public async Task Options_WithAnOrigin_AllowsIt()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, Route);
        request.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        using var answer = await program.Http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("eventgrid.azure.net", Assert.Single(answer.Headers.GetValues("WebHook-Allowed-Origin")));
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("WebHook-Allowed-Rate")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("<script>")]
    public async Task Options_WithoutAnOrigin_IsRefused(string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, Route);
        if (origin is not null) request.Headers.TryAddWithoutValidation("WebHook-Request-Origin", origin);
        using var answer = await program.Http.SendAsync(request);
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.False(answer.Headers.Contains("WebHook-Allowed-Origin"));
    }

    [Fact]
    public async Task Post_ValidationOfItsOwnSchema_AnswersTheCode()
    {
        var body = """[{ "id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": { "validationCode": "0f1e-2d3c" } }]""";
        using var answer = await PostAsync(body, "application/json", secret: null, "SubscriptionValidation");
        Assert.Equal(200, (int)answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("0f1e-2d3c", json.RootElement.GetProperty("validationResponse").GetString());
    }

    [Fact]
    public async Task Post_LooksLikeTheHandshakeAndIsNone_NeedsTheSecret()
    {
        using var answer = await PostAsync("[]", "application/json", secret: null, "SubscriptionValidation");
        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Post_ReportsOutOfOrder_ReachTheMessageAndItsReader()
    {
        const string Reader = "reader@example.com";
        Assert.Equal("202", (await program.ShopifyAsync("customers/create", ShopPayloads.Customer(7300, Reader, "2026-03-02T14:59:00Z"))).Summary);
        await program.SettleAsync();
        var queries = program.Host.Services.GetRequiredService<CustomerQueries>();
        var owner = (await queries.FindAsync(Reader))!;
        var message = (await queries.MessagesAsync(owner)).First(static one => one.Result == "sent");
        var providerId = OperationIds.ToGuid(message.OperationId).ToString();
        var before = await CountsAsync();

        // The open names no reader and comes first; it waits for the report that does. Each is told twice.
        for (var times = 0; times < 2; times++)
        {
            await ReportAsync("open", "EmailEngagementTrackingReportReceived", $$"""{ "messageId": "{{providerId}}", "engagementType": "view", "userAgent": "Thunderbird" }""");
            await program.SettleAsync();
            if (times == 0) Assert.Equal(before.GetValueOrDefault("message.opened"), (await CountsAsync()).GetValueOrDefault("message.opened"));
            await ReportAsync("report", "EmailDeliveryReportReceived", $$"""{ "messageId": "{{providerId}}", "recipient": "{{Reader}}", "status": "Delivered" }""");
            await program.SettleAsync();
        }

        var after = await CountsAsync();
        Assert.Equal(before.GetValueOrDefault("message.delivered") + 1, after.GetValueOrDefault("message.delivered"));
        Assert.Equal(before.GetValueOrDefault("message.opened") + 1, after.GetValueOrDefault("message.opened"));
        Assert.Empty(program.DeadLetters());
    }

    [Fact]
    public async Task Post_ReportOnSomebodyUnknown_MakesNobodyKnown()
    {
        await ReportAsync("test-mail", "EmailDeliveryReportReceived", """{ "messageId": "9d5e7c1a", "recipient": "tester@example.com", "status": "Delivered" }""");
        await program.SettleAsync();
        var queries = program.Host.Services.GetRequiredService<CustomerQueries>();
        Assert.Null(await queries.FindAsync("tester@example.com"));
        Assert.Empty(program.DeadLetters());
    }

    private async Task<IReadOnlyDictionary<string, long>> CountsAsync() =>
        (await program.Host.Services.GetRequiredService<ReportQueries>().ReadAsync()).Events;

    private async Task ReportAsync(string id, string type, string data)
    {
        var body = string.Create(
            CultureInfo.InvariantCulture,
            $$"""[{ "id": "{{id}}", "source": "/acs", "type": "Microsoft.Communication.{{type}}", "time": "2026-03-02T15:10:00Z", "specversion": "1.0", "data": {{data}} }]""");
        using var answer = await PostAsync(body, "application/cloudevents-batch+json", ProgramFixture.EventGridSecret, null);
        Assert.Equal(202, (int)answer.StatusCode);
    }

    private async Task<HttpResponseMessage> PostAsync(string body, string contentType, string? secret, string? kind)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Route) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        if (secret is not null) request.Headers.Add("X-Loyalty-Secret", secret);
        if (kind is not null) request.Headers.Add("aeg-event-type", kind);
        return await program.Http.SendAsync(request);
    }
}
