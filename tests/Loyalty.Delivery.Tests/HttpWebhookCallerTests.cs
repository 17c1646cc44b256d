using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Loyalty.Delivery.Webhooks;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Tests;

/// <summary>Calls of a journey's webhook step: signed by Standard Webhooks, and what each answer means.</summary>
public sealed class HttpWebhookCallerTests
{
    private static readonly Instant At = Instant.FromUnixTimeSeconds(1_614_265_330);
    private static readonly byte[] Key = HttpWebhookCaller.Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;

    [Fact]
    public void Sign_ExampleOfTheSpecification_IsItsSignature() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        HttpWebhookCaller.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}"u8, Key));

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24)]
    [InlineData(" MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", 24)]
    [InlineData("whsec_", null)]
    [InlineData("not base64!", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Key_Secret_IsItsBytesOrNone(string? secret, int? bytes) => Assert.Equal(bytes, HttpWebhookCaller.Key(secret)?.Length);

    [Fact]
    public async Task Call_Accepted_WasSignedAndItsAnswerIsRead()
    {
        var server = new Server(() => Answer(HttpStatusCode.Created, "{\"score\": 7}"));

        var answer = await CallAsync(server);

        Assert.Equal("{\"score\": 7}", Encoding.UTF8.GetString(Assert.IsType<WebhookAnswer.Done>(answer).Body.Span));
        var (request, body) = Assert.Single(server.Requests);
        Assert.Equal(("POST", "https://crm.example/hook", "application/json"), (request.Method.Method, request.RequestUri!.ToString(), request.Content!.Headers.ContentType!.ToString()));
        Assert.Equal(("op1", "1614265330"), (Header(request, "webhook-id"), Header(request, "webhook-timestamp")));
        Assert.Equal(HttpWebhookCaller.Sign("op1", At.ToUnixTimeSeconds(), body, Key), Header(request, "webhook-signature"));
    }

    [Theory]
    [InlineData(500, null, null)]
    [InlineData(410, null, null)]
    [InlineData(429, "120", 120)]
    [InlineData(503, "Thu, 25 Feb 2021 15:03:10 GMT", 60)]
    [InlineData(503, "Thu, 25 Feb 2021 14:00:00 GMT", 0)]
    [InlineData(302, null, null)]
    public async Task Call_AnotherStatus_IsRefusedWithItsPause(int status, string? retryAfter, int? seconds)
    {
        var server = new Server(() =>
        {
            var response = Answer((HttpStatusCode)status, "no");
            if (retryAfter is not null) response.Headers.RetryAfter = RetryConditionHeaderValue.Parse(retryAfter);
            return response;
        });

        var refused = Assert.IsType<WebhookAnswer.Refused>(await CallAsync(server));

        Assert.Equal((status, seconds), (refused.Status, (int?)refused.RetryAfter?.TotalSeconds));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Call_NoAnswer_SaysWhy()
    {
        Assert.Equal("unreachable: NameResolutionError", await WhyAsync(() => throw new HttpRequestException(HttpRequestError.NameResolutionError)));
        Assert.Equal("time-out", await WhyAsync(() => throw new TaskCanceledException()));
        Assert.Equal("connection lost", await WhyAsync(() => throw new IOException()));
    }

    [Fact]
    public async Task Call_CallerGivesUp_IsNoAnswerOfTheEndpoint()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CallAsync(new Server(() => Answer(HttpStatusCode.OK, "")), cancellation: gone.Token));
    }

    [Fact]
    public async Task Call_EndpointWithoutASecret_IsNotMade()
    {
        var server = new Server(() => Answer(HttpStatusCode.OK, ""));

        Assert.Equal("no-secret", Assert.IsType<WebhookAnswer.Unreachable>(await CallAsync(server, "erp")).Why);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(WebhookAnswer.MaxReplyBytes, WebhookAnswer.MaxReplyBytes)]
    [InlineData(WebhookAnswer.MaxReplyBytes + 1, 0)]
    public async Task Call_LongAnswer_IsReadUpToTheBoundOrIsNone(int bytes, int read)
    {
        var done = Assert.IsType<WebhookAnswer.Done>(await CallAsync(new Server(() => Answer(HttpStatusCode.OK, new string('x', bytes)))));

        Assert.Equal(read, done.Body.Length);
    }

    private static async Task<string> WhyAsync(Func<HttpResponseMessage> answer) => Assert.IsType<WebhookAnswer.Unreachable>(await CallAsync(new Server(answer))).Why;

    private static async Task<WebhookAnswer> CallAsync(Server server, string endpoint = "crm", CancellationToken cancellation = default)
    {
        using var client = new HttpClient(server);
        var caller = new HttpWebhookCaller(client, new Dictionary<string, byte[]>(StringComparer.Ordinal) { ["crm"] = Key });
        return await caller.CallAsync(new WebhookCall(endpoint, "https://crm.example/hook", "op1", At, "{\"test\": 1}"u8.ToArray()), cancellation);
    }

    private static HttpResponseMessage Answer(HttpStatusCode status, string body) => new(status) { Content = new StringContent(body) };

    private static string Header(HttpRequestMessage request, string name) => request.Headers.GetValues(name).Single();

    private sealed class Server(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        public List<(HttpRequestMessage Request, byte[] Body)> Requests { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Requests.Add((request, await request.Content!.ReadAsByteArrayAsync(cancellationToken)));
            return answer();
        }
    }
}
