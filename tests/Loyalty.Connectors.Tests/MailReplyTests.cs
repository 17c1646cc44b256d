using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Loyalty.Connectors.Mail;
using Loyalty.Connectors.Standard;
using Loyalty.Core;
using Loyalty.Core.Events;

namespace Loyalty.Connectors.Tests;

/// <summary>Replies in the shapes that inbound mail services give them.</summary>
public sealed class MailReplyTests
{
    private static readonly JsonSerializerOptions AsItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Ours = "message-run1-mail-1";

    [Theory]
    [InlineData("<message-run1-mail-1@shop.example>")]
    [InlineData("<other@shop.example> <message-run1-mail-1@shop.example>")]
    [InlineData("<other@shop.example>,<message-run1-mail-1@shop.example>")]
    [InlineData("message-run1-mail-1@shop.example")]
    public void Receive_SeveralIdsInReplyTo_FindsOurs(string inReplyTo) =>
        Assert.Equal(Ours, Fact(Told(Mail("inReplyTo", inReplyTo)), "message-id"));

    [Theory]
    [InlineData("\"<a@x> <message-run1-mail-1@shop.example>\"")]
    [InlineData("\"<a@x>\\r\\n\\t<message-run1-mail-1@shop.example>\"")]
    [InlineData("[\"<a@x>\", \"<message-run1-mail-1@shop.example>\"]")]
    public void Receive_ReferencesAsTextOrList_FindsOurs(string references)
    {
        var mail = Mail("references", JsonNode.Parse(references)!);
        mail.AsObject().Remove("inReplyTo");
        Assert.Equal(Ours, Fact(Told(mail), "message-id"));
    }

    [Fact]
    public void Receive_InReplyToAndReferences_TheNearestIsAnswered()
    {
        var mail = Mail("references", "<message-run1-first-1@x> <message-run1-second-1@x>");
        mail["inReplyTo"] = "<theirs@x>";
        Assert.Equal("message-run1-second-1", Fact(Told(mail), "message-id"));
    }

    [Theory]
    [InlineData("""{ "Precedence": "Bulk" }""", true)]
    [InlineData("""{ "PRECEDENCE": " LIST " }""", true)]
    [InlineData("""{ "Auto-Submitted": "auto-replied; owner-email=x" }""", true)]
    [InlineData("""{ "Auto-Submitted": "No (a person)" }""", false)]
    [InlineData("""{ "Received": ["from a", "from b"], "Precedence": ["first-class", "bulk"] }""", true)]
    [InlineData("""{ "Received": ["from a", "from b"] }""", false)]
    [InlineData("""[ { "Name": "X-Autoreply", "Value": "yes" } ]""", true)]
    [InlineData("""[ { "name": "Return-Path", "value": "<>" } ]""", true)]
    [InlineData("""[ ["Received", "from a"], ["Precedence", "junk"] ]""", true)]
    [InlineData("\"[[\\\"Auto-Submitted\\\", \\\"auto-generated\\\"]]\"", true)]
    [InlineData("\"Received: from a\\n\\tby b\\nContent-Type: multipart/report;\\n report-type=delivery-status\\n\"", true)]
    [InlineData("\"Received: from a\\nSubject: Precedence: bulk\\n\"", false)]
    public void Receive_Headers_InEveryShapeTellWhatIsAutomatic(string headers, bool isAutomatic)
    {
        var answer = Receive(Mail("headers", JsonNode.Parse(headers)!));
        if (isAutomatic) Assert.Equal("automatic-reply", Assert.IsType<ConnectorAnswer.Nothing>(answer).Reason);
        else Assert.IsType<ConnectorAnswer.Accepted>(answer);
    }

    [Theory]
    [InlineData("Ann <Ann@Example.com>", null, "ann@example.com")]
    [InlineData("\"Doe, Ann\" <ann@example.com>, bob@example.com", null, "ann@example.com")]
    [InlineData("ann@example.com, Bob <bob@example.com>", "Bob <bob@example.com>", "bob@example.com")]
    [InlineData("ann@example.com, bob@example.com", "list@example.com", "ann@example.com")]
    [InlineData("ann@example.com (Ann, the <one>)", null, "ann@example.com")]
    [InlineData("\"Ann <bob@example.com>\" <ann@example.com>", null, "ann@example.com")]
    [InlineData("\"a \\\"quoted\\\", name\" <ann@example.com>", null, "ann@example.com")]
    [InlineData("undisclosed, ann@example.com", null, "ann@example.com")]
    public void Receive_From_SeveralAddressesTheSenderElseTheFirst(string from, string? sender, string expected)
    {
        var mail = Mail("from", from);
        if (sender is not null) mail["headers"] = new JsonObject { ["Sender"] = sender };
        Assert.Equal("email:" + expected, Assert.Single(Told(mail).Identifiers).Value);
    }

    [Fact]
    public void Receive_FromIsNoAddress_IsNothing() => Assert.Equal("no-address", Assert.IsType<ConnectorAnswer.Nothing>(Receive(Mail("from", "nobody at all"))).Reason);

    [Theory]
    [InlineData("Here is what I want:", "Here is what I want:")]
    [InlineData("Two things:\n1. tea\n2. more tea\n\nThanks:", "Two things:\n1. tea\n2. more tea\n\nThanks:")]
    [InlineData("Lovely tea!\n\nOn Monday you wrote:\n> Welcome", "Lovely tea!")]
    [InlineData("Lovely!\n\nOn Mon, 2 Mar 2026 at 10:00, Trial <hello@trial.example>\nwrote:\n> Welcome\n> and so on", "Lovely!")]
    [InlineData("> Do you like it?\nYes, very much\n> And the cup?\nNo", "Yes, very much\nNo")]
    [InlineData("On Monday you wrote:\n> Welcome\n\nMy answer stands below", "My answer stands below")]
    [InlineData("My wish:\n> quoted", "My wish:")]
    [InlineData("Thanks\n-- \nAnn\nTea lover", "Thanks")]
    [InlineData("Thanks\n\n________________________________\nFrom: Trial", "Thanks")]
    [InlineData("Thanks\n\nFrom: Trial <hello@trial.example>\nSent: Monday\nTo: Ann\nSubject: Hello", "Thanks")]
    [InlineData("From: the heart, thank you", "From: the heart, thank you")]
    public void Receive_Text_KeepsWhatThePersonWrote(string text, string expected) => Assert.Equal(expected, Fact(Told(Mail("text", text)), "text"));

    [Theory]
    [InlineData("<html><head><title>x</title><style>p{color:red}</style></head><body><p>Cold &amp; late&nbsp;tea</p><p>Again?</p></body></html>", "Cold & late tea\n\nAgain?")]
    [InlineData("<div>Hello<br>there</div><div class=\"gmail_quote\"><div>On Monday Trial wrote:<br></div><blockquote>Welcome</blockquote></div>", "Hello\nthere")]
    [InlineData("<p>Hello</p><p>Ann wrote:</p><blockquote><p>Welcome</p><blockquote>older</blockquote></blockquote><p>Bye</p>", "Hello\n\n\nBye")]
    [InlineData("<p>1 &lt; 2</p><!-- hidden <p>no</p> --><script>alert('x')</script>", "1 < 2")]
    [InlineData("<p>unfinished <b", "unfinished")]
    public void Receive_HtmlOnly_IsReadAsText(string html, string expected)
    {
        var mail = Mail("html", html);
        mail.AsObject().Remove("text");
        var said = Fact(Told(mail), "text")!;
        Assert.Equal(expected.Replace("\n", "", StringComparison.Ordinal), said.Replace("\n", "", StringComparison.Ordinal));
        Assert.Equal(expected.Split('\n')[0], said.Split('\n')[0]);
    }

    [Fact]
    public void Receive_TextThatIsLong_IsCutBetweenCharactersOnly()
    {
        foreach (var shift in Enumerable.Range(0, 12))
        {
            var said = Fact(Told(Mail("text", new string('x', 3990 + shift) + string.Concat(Enumerable.Repeat("👩‍👩‍👧", 5)))), "text")!;
            Assert.InRange(said.Length, 3990, 4000);
            Assert.Equal(0, (said.Length - said.TakeWhile(static c => c == 'x').Count()) % "👩‍👩‍👧".Length);
        }
    }

    [Fact]
    public void Receive_LinesWithoutEnd_AreReadOnce()
    {
        // Each of them takes minutes where a line is looked at for every other.
        const int Lines = 140_000;
        string[] texts = [string.Concat(Enumerable.Repeat("x:\n>\n", Lines)), "x\n" + new string('\n', Lines) + string.Concat(Enumerable.Repeat(">\n", Lines)), string.Concat(Enumerable.Repeat("From: x\n", Lines / 2))];
        foreach (var text in texts) Assert.NotNull(Fact(Told(Mail("text", text)), "text"));
        string[] htmls = [string.Concat(Enumerable.Repeat("<", Lines)), string.Concat(Enumerable.Repeat("<blockquote>", Lines / 4)), string.Concat(Enumerable.Repeat("<!--", Lines)), string.Concat(Enumerable.Repeat("<style>", Lines / 4))];
        foreach (var html in htmls)
        {
            var mail = Mail("html", html);
            mail.AsObject().Remove("text");
            Assert.NotNull(Told(mail));
        }

        Assert.NotNull(Told(Mail("headers", "A: b\n" + string.Concat(Enumerable.Repeat(" c\n", Lines)))));
    }

    [Fact]
    public void Receive_NothingWritten_IsAReplyWithoutText() => Assert.Null(Fact(Told(Mail("text", "> only\n> quoted")), "text"));

    [Fact]
    public void Receive_AsPostmarkTellsIt_IsRead()
    {
        var e = Told(JsonNode.Parse("""
            { "FromName": "Ann", "From": "ann@example.com", "FromFull": { "Email": "ann@example.com", "Name": "Ann", "MailboxHash": "" }, "Subject": "Re: Hello", "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
              "TextBody": "Lovely\n\n> Hello", "HtmlBody": "<p>Lovely</p>", "StrippedTextReply": "Lovely", "Tag": "", "Attachments": [],
              "Headers": [ { "Name": "Message-ID", "Value": "<abc@mail.example.com>" }, { "Name": "In-Reply-To", "Value": "<message-run1-mail-1@shop.example>" } ] }
            """)!);
        Assert.Equal(("22c74902-a0c1-4511-804f-341342852c90#feedback", Ours, "Lovely", "email:ann@example.com"), (e.Id, Fact(e, "message-id"), Fact(e, "text"), Assert.Single(e.Identifiers).Value));
    }

    [Fact]
    public void Receive_TheFieldsOfMailgunsForm_AreRead()
    {
        var e = Told(JsonNode.Parse("""
            { "sender": "bounce@example.com", "from": "Ann <ann@example.com>", "subject": "Re: Hello", "body-plain": "Lovely\n> Hello", "stripped-text": "Lovely", "body-html": ["<p>Lovely</p>"],
              "Message-Id": "<abc@mail.example.com>", "In-Reply-To": "<message-run1-mail-1@shop.example>", "timestamp": 1772442000, "message-headers": "[[\"Received\", \"by x\"], [\"From\", \"Ann <ann@example.com>\"]]" }
            """)!);
        Assert.Equal((Ours, "Lovely", "email:ann@example.com"), (Fact(e, "message-id"), Fact(e, "text"), Assert.Single(e.Identifiers).Value));
    }

    [Fact]
    public void Receive_TheFieldsOfSendGridsForm_AreRead()
    {
        var e = Told(JsonNode.Parse("""
            { "headers": "Received: by x\nMessage-ID: <abc@mail.example.com>\nIn-Reply-To: <message-run1-mail-1@shop.example>\nReferences: <a@x>\n <message-run1-mail-1@shop.example>\n", "from": "Ann <ann@example.com>",
              "text": "", "html": "<div>Lovely</div>", "subject": "Re: Hello", "envelope": "{\"to\":[\"in@shop.example\"],\"from\":\"ann@example.com\"}", "charsets": "{\"text\":\"UTF-8\"}" }
            """)!);
        Assert.Equal(("<abc@mail.example.com>#feedback", Ours, "Lovely"), (e.Id, Fact(e, "message-id"), Fact(e, "text")));
    }

    [Fact]
    public void Receive_AsSesTellsIt_IsReadWithTheTextBesideIt()
    {
        var e = Told(JsonNode.Parse("""
            { "notificationType": "Received", "text": "Lovely", "mail": { "source": "ann@example.com", "messageId": "d6iitobk75ur44p8kdnnp7g2n800",
              "headers": [ { "name": "In-Reply-To", "value": "<message-run1-mail-1@shop.example>" } ], "commonHeaders": { "from": ["Ann <ann@example.com>"], "subject": "Re: Hello" } } }
            """)!);
        Assert.Equal(("d6iitobk75ur44p8kdnnp7g2n800#feedback", Ours, "email:ann@example.com"), (e.Id, Fact(e, "message-id"), Assert.Single(e.Identifiers).Value));
    }

    [Theory]
    [InlineData("unsubscribe message-run1-mail-1", "message-id", Ours)]
    [InlineData("Unsubscribe", "topic", "*")]
    public void Receive_SubjectUnsubscribe_TakesBack(string subject, string fact, string value)
    {
        var mail = Mail("subject", subject);
        mail.AsObject().Remove("inReplyTo");
        var e = Assert.Single(Assert.IsType<ConnectorAnswer.Accepted>(Receive(mail)).Events);
        Assert.Equal((EventTypes.MessageUnsubscribed, value), (e.Type, Fact(e, fact)));
    }

    [Theory]
    [InlineData("messageId")]
    [InlineData("from")]
    public void Receive_WithoutWhatIsNeeded_IsRefused(string missing)
    {
        var mail = Mail("text", "x");
        mail.AsObject().Remove(missing);
        Assert.Equal(RefusalCode.InvalidField, Assert.IsType<ConnectorAnswer.Refused>(Receive(mail)).Code);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Receive_MutatedMails_NeverThrow(int seed)
    {
        var random = new Random(seed);
        string[] weird = ["null", "true", "\"\"", "0", "[]", "{}", "[[]]", "[null]", "[[null,null]]", "\"[[\"", "\"<<<,;\\\"\"", "\"(((\"", "\"<blockquote><\"", "{\"a\":[{}]}", "[{\"name\":1}]", "\">\\n:\\n>\"", "\"\\ud83d\\udc69\""];
        string[] names = ["messageId", "from", "inReplyTo", "references", "subject", "text", "html", "headers", "mail", "StrippedTextReply", "message-headers", "MessageID"];
        for (var i = 0; i < 3000; i++)
        {
            var mail = Mail("html", "<p>x</p>").AsObject();
            for (var n = random.Next(4); n >= 0; n--) mail[names[random.Next(names.Length)]] = JsonNode.Parse(weird[random.Next(weird.Length)]);
            Assert.NotNull(Receive(mail));
        }
    }

    private static JsonNode Mail(string name, JsonNode value)
    {
        var mail = new JsonObject { ["messageId"] = "<1@x>", ["from"] = "ann@example.com", ["inReplyTo"] = $"<{Ours}@shop.example>", ["text"] = "Hello" };
        mail[name] = value;
        return mail;
    }

    private static CanonicalEvent Told(JsonNode mail) => Assert.IsType<ConnectorAnswer.Accepted>(Receive(mail)).Events[^1];

    private static string? Fact(CanonicalEvent e, string name) => (((EventData.Facts)e.Data).Values.GetValueOrDefault(name) as AttributeValue.Text)?.Value;

    private static ConnectorAnswer Receive(JsonNode mail)
    {
        var (bytes, seconds) = (Encoding.UTF8.GetBytes(mail.ToJsonString(AsItIs)), Deliveries.Now.ToUnixTimeSeconds());
        var headers = new Dictionary<string, string>
        {
            ["webhook-id"] = "m1",
            ["webhook-timestamp"] = seconds.ToString(CultureInfo.InvariantCulture),
            ["webhook-signature"] = StandardSignature.Sign("m1", seconds, bytes, Deliveries.StandardSecret),
        };
        return new MailReplyConnector().Receive(WebhookDelivery.From("POST", headers, bytes), Deliveries.StandardSettings, Deliveries.Now);
    }
}
