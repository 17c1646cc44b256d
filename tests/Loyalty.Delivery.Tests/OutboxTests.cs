using System.Collections.Immutable;
using System.Text;
using Loyalty.Delivery.Mail;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Tests;

public sealed class OutboxTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("outbox");

    public void Dispose() => _folder.Delete(recursive: true);

    private static OutgoingMessage Message(string subject = "Welcome", string text = "Hi\n", string html = "<p>Hi</p>") => new()
    {
        MessageId = "m-1",
        To = "mira@example.com",
        ToName = "Мира Петрова",
        From = "Tea Shop <hello@tea.example>",
        Subject = subject,
        Html = html,
        Text = text,
        At = Instant.FromUtc(2026, 3, 1, 9, 5, 7),
        Headers = ImmutableDictionary<string, string>.Empty.Add("List-Unsubscribe", "<https://x.example/u/1>").Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    };

    [Fact]
    public async Task SendAsync_Message_CanBeReadBack()
    {
        var outbox = new OutboxChannel(_folder.FullName);
        var accepted = Assert.IsType<HandOver.Accepted>(await outbox.SendAsync(Message(), "run-1:welcome:0"));
        var mail = ParsedMail.Parse(File.ReadAllBytes(Path.Combine(_folder.FullName, accepted.ProviderId)));

        Assert.Equal("Sun, 01 Mar 2026 09:05:07 +0000", mail["Date"]);
        Assert.Equal("\"Tea Shop\" <hello@tea.example>", mail["From"]);
        Assert.Equal("Мира Петрова <mira@example.com>", mail["To"]);
        Assert.Equal("Welcome", mail["Subject"]);
        Assert.Equal("<m-1@tea.example>", mail["Message-ID"]);
        Assert.Equal("<https://x.example/u/1>", mail["List-Unsubscribe"]);
        Assert.StartsWith("multipart/alternative", mail["Content-Type"], StringComparison.Ordinal);
        Assert.Equal(["text/plain; charset=utf-8", "text/html; charset=utf-8"], mail.Parts.Select(p => p["Content-Type"]));
        Assert.Equal(["Hi", "<p>Hi</p>"], mail.Parts.Select(p => p.Body.Trim()));
    }

    public static readonly TheoryData<string> Subjects = new()
    {
        "Добро пожаловать в чайную лавку: ваши баллы ждут, и ещё много слов, чтобы строка была длинной",
        "Tea, tea, tea and a very long subject that has to be folded because it is longer than a line may be, really",
        "=?utf-8?B?not encoded?=",
        "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀 смайлы",
        "a  b   c",
        "x" + new string('y', 200),
    };

    [Theory]
    [MemberData(nameof(Subjects))]
    public void Write_Subject_SurvivesEncodingAndFolding(string subject)
    {
        var (bytes, _) = EmlWriter.Write(Message(subject), "op");
        var raw = Encoding.ASCII.GetString(bytes!);

        Assert.Equal(subject, ParsedMail.Parse(bytes!)["Subject"]);
        Assert.All(raw[..raw.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n").Where(l => !l.Contains("yyyy", StringComparison.Ordinal)), line => Assert.InRange(line.Length, 1, 78));
    }

    [Fact]
    public void Write_RandomBodies_SurviveEncoding()
    {
        var random = new Random(5);
        const string Letters = "ab =.\t\n\nяЖ€😀=-_<>&;\"";
        for (var i = 0; i < 300; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(400); n > 0; n--)
            {
                var runes = Letters.EnumerateRunes().ToArray();
                text.Append(random.Next(4) == 0 ? runes[random.Next(runes.Length)].ToString() : "e");
            }

            var (bytes, _) = EmlWriter.Write(Message(text: text.ToString(), html: $"<p>{text}</p>"), "op");
            var mail = ParsedMail.Parse(bytes!);
            var isBase64 = mail.Parts[0]["Content-Transfer-Encoding"] == "base64";
            // Quoted-printable text ends with a line break of its own.
            Assert.Equal(text.ToString(), mail.Parts[0].Body.Replace("\r\n", "\n")[..^(isBase64 ? 0 : 1)]);
            Assert.DoesNotContain(Encoding.ASCII.GetString(bytes!).Split("\r\n"), line => line.EndsWith(' ') || line == ".");
        }
    }

    public static readonly TheoryData<string, OutgoingMessage> Refusals = new()
    {
        { "bad-recipient", Message() with { To = "a@b.c\r\nBcc: x@y.z" } },
        { "bad-recipient", Message() with { To = "nobody" } },
        { "bad-recipient", Message() with { To = "a b@c.d" } },
        { "bad-recipient", Message() with { To = "a@b..c" } },
        { "bad-recipient", Message() with { To = "a@b.c,d@e.f" } },
        { "bad-recipient", Message() with { To = "имя@example.com" } },
        { "bad-recipient", Message() with { ToName = "x\nBcc: y@z.a" } },
        { "bad-sender", Message() with { From = "shop" } },
        { "bad-subject", Message("a\r\nBcc: x@y.z") },
        { "bad-subject", Message("a\nb") },
        { "bad-header", Message() with { Headers = ImmutableDictionary<string, string>.Empty.Add("X-A", "b\r\nBcc: x@y.z") } },
        { "bad-header", Message() with { Headers = ImmutableDictionary<string, string>.Empty.Add("X-A: b\r\nBcc", "x") } },
        { "bad-header", Message() with { Headers = ImmutableDictionary<string, string>.Empty.Add("bcc", "x@y.z") } },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task SendAsync_WhatCannotBeAMessage_IsRefusedAndNothingIsWritten(string reason, OutgoingMessage message)
    {
        Assert.Equal(new HandOver.Refused(reason), await new OutboxChannel(_folder.FullName).SendAsync(message, "op"));
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public async Task SendAsync_InternationalDomain_IsWrittenInItsAsciiForm()
    {
        var (bytes, _) = EmlWriter.Write(Message() with { To = "mira@пример.рф", ToName = null }, "op");

        Assert.Equal("mira@xn--e1afmkfd.xn--p1ai", ParsedMail.Parse(bytes!)["To"]);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task SendAsync_Twice_WritesOnceAndAnswersTheSame()
    {
        var outbox = new OutboxChannel(_folder.FullName);
        var first = await outbox.SendAsync(Message("one"), "op/1 with: odd*chars");
        var second = await new OutboxChannel(_folder.FullName).SendAsync(Message("two"), "op/1 with: odd*chars");
        var file = Assert.Single(_folder.GetFiles());

        Assert.Equal(first, second);
        Assert.Equal("one", ParsedMail.Parse(File.ReadAllBytes(file.FullName))["Subject"]);
        Assert.DoesNotContain(file.Name, c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'));
    }

    [Fact]
    public async Task SendAsync_ManyRacers_WriteOneWholeFile()
    {
        var outbox = new OutboxChannel(_folder.FullName, flushToDisk: false);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => outbox.SendAsync(Message($"racer {i}"), "op"))));

        Assert.Single(answers.Distinct());
        Assert.StartsWith("racer", ParsedMail.Parse(File.ReadAllBytes(Assert.Single(_folder.GetFiles()).FullName))["Subject"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task LookUpAsync_KnowsWhatWasSentAndNothingElse()
    {
        var outbox = new OutboxChannel(_folder.FullName, flushToDisk: false);
        var sent = await outbox.SendAsync(Message(), "op-1");

        Assert.Equal(sent, await outbox.LookUpAsync("op-1"));
        Assert.Equal(new HandOver.NeverSeen(), await outbox.LookUpAsync("op-2"));
    }

    [Fact]
    public async Task SendAsync_FolderGone_IsUnavailable()
    {
        var gone = Path.Combine(_folder.FullName, "gone");
        var outbox = new OutboxChannel(gone);
        Directory.Delete(gone);

        await Assert.ThrowsAsync<ChannelUnavailableException>(() => outbox.SendAsync(Message(), "op"));
    }

    [Fact]
    public void FileName_DifferentOperations_Differ()
    {
        Assert.NotEqual(OutboxChannel.FileName("a/b"), OutboxChannel.FileName("a:b"));
        Assert.InRange(OutboxChannel.FileName(new string('x', 5000)).Length, 1, 120);
    }
}
