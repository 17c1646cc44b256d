using System.Collections.Immutable;
using Loyalty.Cli.Demo;
using Loyalty.Delivery.Mail;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using NodaTime;

namespace Loyalty.Cli.Tests;

/// <summary>After a restart the demo's people know their mail from the files alone.</summary>
public sealed class SentMailTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("Ann")]
    [InlineData("Екатерина Константиновна Воскресенская-Преображенская")]
    [InlineData("O'Neill, \"Ann\"")]
    public async Task In_MailOfAnyName_ReadsWhatWasSent(string? name)
    {
        var folder = Directory.CreateTempSubdirectory("loyalty-mails-").FullName;
        var at = Instant.FromUtc(2026, 2, 3, 10, 0);
        var message = new OutgoingMessage
        {
            MessageId = "message-run-step-1",
            To = "ann@example.com",
            ToName = name,
            From = "Tea house <hello@tea.example>",
            Subject = "A subject that is long enough to be folded more than once, because nobody ever stops writing in time",
            Html = "<p>Hello</p>",
            Text = "Hello",
            At = at,
            Headers = ImmutableDictionary<string, string>.Empty.Add(MessageHeaders.Template, "welcome").Add(MessageHeaders.Journey, "welcome"),
        };
        var sent = Assert.IsType<HandOver.Accepted>(await new OutboxChannel(folder).SendAsync(message, "operation"));

        Assert.Equal([new SentMail(sent.ProviderId, "welcome", "ann@example.com", at)], SentMail.In(folder));

        Directory.Delete(folder, recursive: true);
    }
}
