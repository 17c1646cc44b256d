using System.Collections.Immutable;
using Loyalty.Delivery.Mail;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Tests;

/// <summary>SMTP: what is sent, and what each answer of a server means.</summary>
public sealed class SmtpChannelTests
{
    [Fact]
    public async Task Send_AServerTakesIt_AcceptedWithHeadersAndBothParts()
    {
        await using var server = new SmtpServerStub();
        var answer = await Channel(server).SendAsync(Mail(), "op1");

        var accepted = Assert.IsType<HandOver.Accepted>(answer);
        Assert.Equal("<message-run-mail-1@shop.example>", accepted.ProviderId);
        var text = Assert.Single(server.Messages);
        Assert.Contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click", text, StringComparison.Ordinal);
        Assert.Contains("<message-run-mail-1@shop.example>", text, StringComparison.Ordinal);
        Assert.Contains("text/plain", text, StringComparison.Ordinal);
        Assert.Contains("text/html", text, StringComparison.Ordinal);
        Assert.IsType<HandOver.CannotAsk>(await Channel(server).LookUpAsync("op1"));
    }

    [Theory]
    [InlineData("RCPT", "550 no such user", "smtp-550")]
    [InlineData(".", "554 spam", "smtp-554")]
    public async Task Send_TheServerSaysNo_IsRefused(string at, string said, string reason)
    {
        await using var server = new SmtpServerStub { At = at, Answer = said };
        Assert.Equal(new HandOver.Refused(reason), await Channel(server).SendAsync(Mail(), "op1"));
    }

    [Theory]
    [InlineData("RCPT", "451 try later", true)]
    [InlineData(".", "452 no room", true)]
    [InlineData(".", null, false)]
    public async Task Send_NotNowOrABrokenConnection_TellsWhetherItIsCertain(string at, string? said, bool isCertain)
    {
        await using var server = new SmtpServerStub { At = at, Answer = said };
        var failed = await Assert.ThrowsAsync<ChannelUnavailableException>(() => Channel(server).SendAsync(Mail(), "op1"));
        // Only what the server certainly does not have may be sent again.
        Assert.Equal(isCertain, failed.RetryAfter is not null);
    }

    [Fact]
    public async Task Send_NobodyListens_IsCertainlyNotSent()
    {
        var server = new SmtpServerStub();
        var channel = Channel(server);
        await server.DisposeAsync();
        Assert.NotNull((await Assert.ThrowsAsync<ChannelUnavailableException>(() => channel.SendAsync(Mail(), "op1"))).RetryAfter);
    }

    [Theory]
    [InlineData("ann@example.com\r\nBcc: all@example.com", "Hello", "bad-recipient")]
    [InlineData("ann@example.com", "Hello\r\nBcc: all@example.com", "bad-subject")]
    public async Task Send_AHeaderInAValue_IsRefusedBeforeAnythingIsSent(string to, string subject, string reason)
    {
        await using var server = new SmtpServerStub();
        Assert.Equal(new HandOver.Refused(reason), await Channel(server).SendAsync(Mail() with { To = to, Subject = subject }, "op1"));
        Assert.Empty(server.Messages);
    }

    private static SmtpChannel Channel(SmtpServerStub server) => new("127.0.0.1", server.Port) { UsesTls = false };

    internal static OutgoingMessage Mail() => new()
    {
        MessageId = "message-run-mail-1",
        To = "ann@example.com",
        ToName = "Ann",
        From = "Shop <hello@shop.example>",
        Subject = "Hello Äpfel",
        Html = "<p>Hello</p>",
        Text = "Hello",
        At = Instant.FromUtc(2026, 3, 2, 8, 0),
        Headers = ImmutableDictionary<string, string>.Empty.Add("List-Unsubscribe", "<https://x.example/u>").Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    };
}
