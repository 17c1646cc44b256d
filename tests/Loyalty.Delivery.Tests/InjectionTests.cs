using System.Collections.Immutable;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Loyalty.Core;
using Loyalty.Delivery.Mail;
using Loyalty.Delivery.Templates;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Tests;

/// <summary>Values that want to be markup, scripts or headers, in every place of a letter; read back by a parser that is not ours.</summary>
public sealed class InjectionTests
{
    private const string Body = """
        <html><head><title>{{name}}</title></head><body>
        <p id="text">{{name}}</p><p id="list">{{#each names}}{{this}}{{/each}}</p>
        <p id="double" title="{{name}}">a</p><p id='single' title='{{name}}'>b</p>
        <a id="whole" href="{{name}}">c</a><a id="whole-single" href='{{name}}'>d</a>
        <a id="part" href="https://shop.example/find?q={{name}}&amp;page=1">e</a>
        <img id="picture" src="{{name}}" alt="{{name}}">
        {{> note}}
        </body></html>
        --- text
        Hello {{name}}, {{#each names}}{{this}}{{/each}}
        """;

    private static readonly HtmlParser Parser = new();
    private static readonly HandlebarsRenderer Renderer = new(
        new Templates(new() { ["t/en"] = "subject: For {{name}}\n---\n" + Body, ["_note/en"] = "<p id=\"note\" lang=\"{{name}}\">{{name}}</p>" }),
        "en",
        DateTimeZone.Utc);

    [Fact]
    public void Corpus_Size_IsAtLeastFiveHundred() => Assert.InRange(InjectionCorpus.All.Count, 500, 5000);

    [Fact]
    public void Render_EveryPayloadInEveryPlace_ChangesNoMarkup()
    {
        var expected = Skeleton(Parse("plain"));

        foreach (var payload in InjectionCorpus.All)
        {
            var document = Parse(payload);
            var shown = SafeText.Clean(payload).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
            Assert.Equal(expected, Skeleton(document));
            foreach (var id in new[] { "text", "list", "note" }) Assert.Equal(shown, Normal(document.GetElementById(id)!.TextContent));
            foreach (var id in new[] { "double", "single" }) Assert.Equal(shown, Normal(document.GetElementById(id)!.GetAttribute("title")!));
            foreach (var id in new[] { "whole", "whole-single" }) AssertHarmless(document.GetElementById(id)!.GetAttribute("href")!);
            AssertHarmless(document.GetElementById("picture")!.GetAttribute("src")!);
            var query = new Uri(document.GetElementById("part")!.GetAttribute("href")!).Query;
            Assert.Equal(["q", "page"], query[1..].Split('&').Select(static pair => pair.Split('=')[0]));
            Assert.DoesNotContain('\u202E', document.DocumentElement.OuterHtml);
        }
    }

    [Fact]
    public void Write_EveryPayloadInEveryHeader_AddsNoHeader()
    {
        var expected = Headers(Mail("plain", "plain")!);
        foreach (var payload in InjectionCorpus.All)
        {
            var subject = Render(payload).Subject;
            Assert.DoesNotContain(subject, static c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\u202E' or '\u200B');
            Assert.Equal(expected, Headers(Mail(subject, "plain")!));
            // A name that cannot stand in a header is refused with its reason; it never becomes another one.
            if (Mail("plain", payload) is { } named) Assert.Equal(expected, Headers(named));
        }
    }

    [Theory]
    [InlineData("<a href={{name}}>x</a>", "quotes")]
    [InlineData("<p>{{{name}}}</p>", "two braces")]
    [InlineData("<p>{{&name}}</p>", "two braces")]
    [InlineData("<script>var x = '{{name}}';</script>", "<script>")]
    [InlineData("<style>.a { color: {{name}}; }</style>", "<style>")]
    [InlineData("<p style=\"color: {{name}}\">x</p>", "style")]
    [InlineData("<p onclick=\"go('{{name}}')\">x</p>", "onclick")]
    [InlineData("<!-- {{name}} -->x", "comment")]
    [InlineData("<{{name}}>x", "text and in quoted attributes")]
    [InlineData("<p {{name}}=\"1\">x</p>", "text and in quoted attributes")]
    [InlineData("<a href=\"{{money name}}\">x</a>", "plain value")]
    [InlineData("<a href=\"{{> note}}\">x</a>", "between tags")]
    [InlineData("<p>x</p><a href=\"", "never closed")]
    public void Render_ValueWhereNoEncodingIsSafe_IsRefusedWithFileLineAndRemedy(string html, string part)
    {
        var renderer = new HandlebarsRenderer(
            new Templates(new() { ["t/en"] = "subject: s\n---\n<p>first</p>\n" + html, ["_note/en"] = "x" }), "en", DateTimeZone.Utc);

        var error = Assert.Throws<TemplateException>(() => renderer.Render("t", "en", new Dictionary<string, AttributeValue>()));

        Assert.StartsWith("t/en.hbs:4: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static RenderedMessage Render(string payload) => Renderer.Render(
        "t", "en", new Dictionary<string, AttributeValue> { ["name"] = payload, ["names"] = new AttributeValue.List([payload]) });

    private static IDocument Parse(string payload) => Parser.ParseDocument(Render(payload).Html);

    private static string Skeleton(IDocument document) => string.Join(
        ' ', document.All.Select(static e => $"{e.LocalName}[{string.Join(',', e.Attributes.Select(static a => a.Name))}]"));

    /// <summary>A parser turns NUL into U+FFFD and leaves everything else.</summary>
    private static string Normal(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private static void AssertHarmless(string address)
    {
        if (address == "#") return;
        Assert.DoesNotContain(address, static c => char.IsControl(c) || c is ' ' or '"' or '<' or '>' or '`' or '\\');
        Assert.False(address.StartsWith("//", StringComparison.Ordinal), address);
        var colon = address.IndexOf(':', StringComparison.Ordinal);
        var slash = address.AsSpan().IndexOfAny('/', '?', '#');
        if (colon >= 0 && (slash < 0 || colon < slash)) Assert.Contains(address[..colon].ToLowerInvariant(), new[] { "https", "http", "mailto", "tel" });
    }

    private static byte[]? Mail(string subject, string name) => EmlWriter.Write(
        new OutgoingMessage
        {
            MessageId = "m-1",
            To = "ann@example.com",
            ToName = name,
            From = "Tea Shop <hello@tea.example>",
            Subject = subject,
            Html = "<p>x</p>",
            Text = "x\n",
            At = Instant.FromUtc(2026, 3, 1, 9, 0),
            Headers = ImmutableDictionary<string, string>.Empty,
        },
        "op").Bytes;

    private static string[] Headers(byte[] mail)
    {
        var text = Encoding.ASCII.GetString(mail);
        var head = text[..text.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Replace("\r\n ", " ", StringComparison.Ordinal);
        return [.. head.Split("\r\n").Select(static line => line.Split(':')[0])];
    }

    private sealed class Templates(Dictionary<string, string> files) : ITemplateSource
    {
        public string? Read(string template, string locale) => files.GetValueOrDefault($"{template}/{locale}");

        public IReadOnlyList<string> Locales(string template) => ["en"];

        public string Describe(string template, string locale) => $"{template}/{locale}.hbs";
    }
}
