using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Loyalty.Delivery.Webhooks;
using Loyalty.Engine.Ports;

namespace Loyalty.Delivery.Tests;

/// <summary>Text messages through a system of the shop's: signed, repeatable, and what each answer means.</summary>
public sealed class WebhookChannelTests
{
    private static readonly byte[] Key = "a key for signing"u8.ToArray();

    [Fact]
    public async Task Send_Accepted_IsSignedOverItsBodyUnderTheOperation()
    {
        var (handler, channel) = Make(HttpStatusCode.OK);
        Assert.IsType<HandOver.Accepted>(await channel.SendAsync(SmtpChannelTests.Mail() with { To = "+359881234567" }, "op1"));

        var (request, body) = Assert.Single(handler.Requests);
        Assert.Equal("op1", request.Headers.GetValues("webhook-id").Single());
        var timestamp = long.Parse(request.Headers.GetValues("webhook-timestamp").Single(), CultureInfo.InvariantCulture);
        Assert.Equal(HttpWebhookCaller.Sign("op1", timestamp, body, Key), request.Headers.GetValues("webhook-signature").Single());
        Assert.Equal(("sms", "+359881234567", "Hello"), ((string)JsonNode.Parse(body)!["channel"]!, (string)JsonNode.Parse(body)!["to"]!, (string)JsonNode.Parse(body)!["text"]!));
    }

    [Theory]
    [InlineData(409, "accepted")]
    [InlineData(400, "refused 400")]
    [InlineData(422, "refused 422")]
    [InlineData(429, "later")]
    [InlineData(503, "later")]
    [InlineData(500, "unknown")]
    [InlineData(401, "unknown")]
    public async Task Send_Answer_MeansThis(int status, string expected) => Assert.Equal(expected, await SayAsync(Make((HttpStatusCode)status).Channel));

    [Theory]
    [InlineData(200, "Accepted")]
    [InlineData(404, "NeverSeen")]
    [InlineData(405, "CannotAsk")]
    public async Task LookUp_Answer_MeansThis(int status, string expected)
    {
        var (handler, channel) = Make((HttpStatusCode)status);
        Assert.Equal(expected, (await channel.LookUpAsync("op1")).GetType().Name);
        Assert.Equal("https://sms.example/send/op1", Assert.Single(handler.Requests).Request.RequestUri!.ToString());
    }

    [Theory]
    [InlineData("https://sms.example/send", "https://sms.example/send/op1")]
    [InlineData("https://sms.example/send/", "https://sms.example/send/op1")]
    [InlineData("https://sms.example", "https://sms.example/op1")]
    [InlineData("https://sms.example/send?account=7&b=%2F", "https://sms.example/send/op1?account=7&b=%2F")]
    public async Task LookUp_WhateverTheUrl_AsksForTheOperationBehindItsPath(string url, string expected)
    {
        var handler = new Handler(HttpStatusCode.OK);
        await new WebhookChannel(new HttpClient(handler), "sms", url, Key, new Noon()).LookUpAsync("op1");
        Assert.Equal(expected, Assert.Single(handler.Requests).Request.RequestUri!.AbsoluteUri);
    }

    [Fact]
    public async Task Send_BodyThatNeverEndsOrBreaksOff_TheStatusCounts()
    {
        var channel = new WebhookChannel(new HttpClient(new Handler(HttpStatusCode.OK) { Content = static () => new StreamContent(new Broken()) }), "sms", "https://sms.example/send", Key, new Noon());
        Assert.IsType<HandOver.Accepted>(await channel.SendAsync(SmtpChannelTests.Mail(), "op1"));
        Assert.IsType<HandOver.Accepted>(await channel.LookUpAsync("op1"));
    }

    [Fact]
    public async Task Send_ConnectionRefused_IsCertainlyNotSentATimeOutIsNot()
    {
        Assert.Equal("later", await SayAsync(Make(new HttpRequestException(HttpRequestError.ConnectionError, "refused")).Channel));
        Assert.Equal("unknown", await SayAsync(Make(new HttpRequestException(HttpRequestError.ResponseEnded, "broke off")).Channel));
        Assert.Equal("unknown", await SayAsync(Make(new TaskCanceledException("timed out")).Channel));
    }

    private static async Task<string> SayAsync(WebhookChannel channel)
    {
        try
        {
            return await channel.SendAsync(SmtpChannelTests.Mail(), "op1") switch { HandOver.Accepted => "accepted", HandOver.Refused refused => "refused " + refused.Reason, _ => "?" };
        }
        catch (ChannelUnavailableException failed)
        {
            return failed.RetryAfter is null ? "unknown" : "later";
        }
    }

    [Fact]
    public async Task LookUp_Question_IsSignedForItsOwnTime()
    {
        var (handler, channel) = Make(200);

        await channel.LookUpAsync("op1");

        var request = Assert.Single(handler.Requests).Request;
        var timestamp = long.Parse(request.Headers.GetValues("webhook-timestamp").Single(), CultureInfo.InvariantCulture);
        Assert.Equal(new Noon().GetCurrentInstant().ToUnixTimeSeconds(), timestamp);
        Assert.Equal(HttpWebhookCaller.Sign("op1", timestamp, [], Key), request.Headers.GetValues("webhook-signature").Single());
    }

    private static (Handler Handler, WebhookChannel Channel) Make(object answer)
    {
        var handler = new Handler(answer);
        return (handler, new WebhookChannel(new HttpClient(handler), "sms", "https://sms.example/send", Key, new Noon()));
    }

    private sealed class Noon : NodaTime.IClock
    {
        public NodaTime.Instant GetCurrentInstant() => NodaTime.Instant.FromUtc(2026, 3, 2, 12, 0);
    }

    private sealed class Broken : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("broke off");

        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("broke off");

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("broke off");

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => throw new IOException("broke off");
    }

    private sealed class Handler(object answer) : HttpMessageHandler
    {
        public Func<HttpContent>? Content { get; init; }

        public List<(HttpRequestMessage Request, byte[] Body)> Requests { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add((request, request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken)));
            if (answer is Exception failed) throw failed;
            var response = new HttpResponseMessage((HttpStatusCode)answer);
            if (Content is not null) response.Content = Content();
            if ((int)response.StatusCode == 429) response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7));
            return response;
        }
    }
}
