using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Communication.Email;
using Azure.Core;
using Loyalty.Delivery.Acs;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Tests;

public sealed class AcsEmailTests
{
    private static readonly OutgoingMessage Message = new()
    {
        MessageId = "m",
        To = "mira@example.com",
        ToName = "Mira",
        From = "Tea <hello@tea.example>",
        Subject = "Hi",
        Html = "<p>Hi</p>",
        Text = "Hi",
        At = Instant.FromUnixTimeSeconds(0),
    };

    [Fact]
    public async Task SendAsync_Taken_IsAcceptedWithAnIdThatFollowsFromTheOperation()
    {
        var client = new Client();
        var answer = await new AcsEmailChannel(client).SendAsync(Message, "run-1:welcome:0");

        Assert.Equal(new HandOver.Accepted(AcsEmailChannel.OperationGuid("run-1:welcome:0").ToString()), answer);
        var (mail, id, wait) = Assert.Single(client.Sent);
        Assert.Equal(AcsEmailChannel.OperationGuid("run-1:welcome:0"), id);
        Assert.Equal(WaitUntil.Started, wait);
        Assert.Equal(("hello@tea.example", "mira@example.com", "Mira", "Hi", "<p>Hi</p>", "Hi"),
            (mail.SenderAddress, mail.Recipients.To[0].Address, mail.Recipients.To[0].DisplayName, mail.Content.Subject, mail.Content.Html, mail.Content.PlainText));
    }

    [Fact]
    public void OperationGuid_FollowsFromTheTextAndIsAValidUuid()
    {
        var id = AcsEmailChannel.OperationGuid("x");

        Assert.Equal(id, AcsEmailChannel.OperationGuid("x"));
        Assert.NotEqual(id, AcsEmailChannel.OperationGuid("y"));
        Assert.Equal('8', id.ToString()[14]);
        Assert.Contains(id.ToString()[19], "89ab");
        Assert.Equal(id, AcsEmailChannel.OperationGuid(id.ToString()));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task SendAsync_RefusedForGood_IsAValue(int status)
    {
        var client = new Client { Fails = new RequestFailedException(status, "no", "InvalidRecipient", null) };

        Assert.Equal(new HandOver.Refused("InvalidRecipient"), await new AcsEmailChannel(client).SendAsync(Message, "op"));
    }

    [Fact]
    public async Task SendAsync_IdAlreadyTaken_IsAccepted() =>
        Assert.IsType<HandOver.Accepted>(await new AcsEmailChannel(new Client { Fails = new RequestFailedException(409, "taken") }).SendAsync(Message, "op"));

    [Theory]
    [InlineData(429, "17", 17)]
    [InlineData(503, "100000000", 86400)]
    [InlineData(500, null, null)]
    [InlineData(429, "soon", null)]
    [InlineData(401, null, null)]
    [InlineData(0, null, null)]
    public async Task SendAsync_ServiceBusyOrBroken_ThrowsWithTheWaitItAskedFor(int status, string? header, int? seconds)
    {
        var client = new Client { Fails = new RequestFailedException(new Answer(status, header)) };
        var e = await Assert.ThrowsAsync<ChannelUnavailableException>(() => new AcsEmailChannel(client).SendAsync(Message, "op"));

        Assert.Equal(seconds, (int?)e.RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task SendAsync_RetriesOfThePipelineUsedUp_IsUnavailable()
    {
        var client = new Client { Fails = new AggregateException(new RequestFailedException(0, "dns"), new RequestFailedException(new Answer(429, "3"))) };

        Assert.Equal(TimeSpan.FromSeconds(3), (await Assert.ThrowsAsync<ChannelUnavailableException>(() => new AcsEmailChannel(client).SendAsync(Message, "op"))).RetryAfter);
    }

    [Fact]
    public async Task SendAsync_OwnCancellation_StaysACancellation()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        var client = new Client { Fails = new OperationCanceledException(cancel.Token) };

        await Assert.ThrowsAsync<OperationCanceledException>(() => new AcsEmailChannel(client).SendAsync(Message, "op", cancel.Token));
        await Assert.ThrowsAsync<ChannelUnavailableException>(() => new AcsEmailChannel(client).SendAsync(Message, "op"));
    }

    [Fact]
    public async Task SendAsync_HeaderInjection_IsRefusedWithoutACall()
    {
        var client = new Client();

        Assert.Equal(new HandOver.Refused("bad-subject"), await new AcsEmailChannel(client).SendAsync(Message with { Subject = "a\r\nBcc: x@y.z" }, "op"));
        Assert.Empty(client.Sent);
    }

    public static readonly TheoryData<Operation, HandOver> LookUps = new()
    {
        { new Operation(EmailSendStatus.Succeeded), new HandOver.Accepted(AcsEmailChannel.OperationGuid("op").ToString()) },
        { new Operation(null), new HandOver.Accepted(AcsEmailChannel.OperationGuid("op").ToString()) },
        { new Operation(EmailSendStatus.Failed), new HandOver.Refused("Failed") },
        { new Operation(EmailSendStatus.Canceled), new HandOver.Refused("Canceled") },
        { new Operation(null, new RequestFailedException(404, "unknown")), new HandOver.NeverSeen() },
        { new Operation(null, new RequestFailedException(200, "failed", "DomainNotLinked", null)), new HandOver.Refused("DomainNotLinked") },
    };

    [Theory]
    [MemberData(nameof(LookUps))]
    public async Task LookUpAsync_TellsWhatBecameOfTheCall(Operation operation, HandOver expected) =>
        Assert.Equal(expected, await new AcsEmailChannel(new Client(), (_, _) => operation).LookUpAsync("op"));

    [Fact]
    public async Task LookUpAsync_ServiceDown_Throws() =>
        await Assert.ThrowsAsync<ChannelUnavailableException>(() =>
            new AcsEmailChannel(new Client(), (_, _) => new Operation(null, new RequestFailedException(503, "down"))).LookUpAsync("op"));

    private sealed class Client : EmailClient
    {
        public List<(EmailMessage Mail, Guid Id, WaitUntil Wait)> Sent { get; } = [];

        public Exception? Fails { get; init; }

        public override Task<EmailSendOperation> SendAsync(WaitUntil wait, EmailMessage message, Guid operationId, CancellationToken cancellationToken = default)
        {
            if (Fails is not null) return Task.FromException<EmailSendOperation>(Fails);
            Sent.Add((message, operationId, wait));
            return Task.FromResult<EmailSendOperation>(new Operation(null) { Given = operationId.ToString() });
        }
    }

    public sealed class Operation(EmailSendStatus? status, Exception? fails = null) : EmailSendOperation
    {
        public string? Given { get; init; }

        public override string Id => Given ?? "";

        public override bool HasValue => status is not null;

        public override bool HasCompleted => status is not null;

        public override EmailSendResult Value => EmailModelFactory.EmailSendResult("id", status!.Value);

        public override ValueTask<Response> UpdateStatusAsync(CancellationToken cancellationToken = default) =>
            fails is null ? ValueTask.FromResult<Response>(new Answer(200, null)) : ValueTask.FromException<Response>(fails);
    }

    private sealed class Answer(int status, string? retryAfter) : Response
    {
        public override int Status => status;

        public override string ReasonPhrase => "";

        public override Stream? ContentStream { get; set; }

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose()
        {
        }

        protected override bool ContainsHeader(string name) => TryGetHeader(name, out _);

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => retryAfter is null ? [] : [new HttpHeader("Retry-After", retryAfter)];

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value)
        {
            value = string.Equals(name, "Retry-After", StringComparison.OrdinalIgnoreCase) ? retryAfter : null;
            return value is not null;
        }

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = TryGetHeader(name, out var value) ? [value] : null;
            return values is not null;
        }
    }
}
