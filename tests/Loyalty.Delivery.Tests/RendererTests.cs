using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Delivery.Templates;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Delivery.Tests;

public sealed class RendererTests
{
    private static readonly Dictionary<string, AttributeValue> Values = new()
    {
        ["customer.first-name"] = "O'Neil <b>",
        ["customer.locale"] = "en",
        ["points"] = 1500m,
        ["rate"] = 2.50m,
        ["zero"] = 0m,
        ["vip"] = true,
        ["order"] = "shadowed by its parts",
        ["order.total"] = new AttributeValue.Money(123456, "EUR"),
        ["order.placed-at"] = new AttributeValue.Moment(Instant.FromUtc(2026, 1, 30, 23, 30)),
        ["birthday"] = new AttributeValue.Day(new LocalDate(1990, 5, 1)),
        ["items"] = new AttributeValue.List(["tea", "cup"]),
        ["gone"] = AttributeValue.None,
        ["link"] = "https://x.example/a?b=1&c=2",
    };

    public static readonly TheoryData<string, string, string> Html = new()
    {
        { "en", "{{customer.first-name}}", "O&#x27;Neil &lt;b&gt;" },
        { "en", "{{points}} {{rate}} {{zero}}", "1500 2.5 0" },
        { "en", "[{{gone}}{{nope}}{{customer.nope}}{{nope.at.all}}]", "[]" },
        { "en", "{{#if vip}}yes{{/if}}{{#if zero}}no{{else}}zero{{/if}}{{#unless gone}}gone{{/unless}}", "yeszerogone" },
        { "en", "{{#each items}}{{this}};{{/each}}", "tea;cup;" },
        { "en", "{{#with customer}}{{first-name}}{{/with}}", "O&#x27;Neil &lt;b&gt;" },
        { "en", "{{order.total}} {{money order.total}} {{money points \"JPY\"}}", "€1,234.56 €1,234.56 ¥1,500" },
        { "ru", "{{order.total}}", "1234,56\u00A0€" },
        { "en", "{{order.placed-at}} {{date birthday}}", "31 January 2026 1 May 1990" },
        { "ru", "{{order.placed-at}}", "31\u00A0января 2026\u00A0г." },
        { "en", "{{number points}} {{plural points \"point\" \"points\"}}", "1,500 points" },
        { "ru", "{{plural points \"балл\" \"балла\" \"баллов\"}}", "баллов" },
        { "en", "{{plural nope \"a\" \"b\"}}{{money nope}}{{date nope}}{{number nope}}", "" },
        { "en", "<a href=\"{{link}}\">x</a>", "<a href=\"https://x.example/a?b&#x3D;1&amp;c&#x3D;2\">x</a>" },
        { "en", "{{!-- a {{note}} --}}a{{! b }}", "a" },
        { "en", "{{#if nope}}a{{else if vip}}b{{else}}c{{/if}}", "b" },
    };

    [Theory]
    [MemberData(nameof(Html))]
    public void Render_Body_ShowsValues(string locale, string body, string expected)
    {
        // HTML encoders may write an entity by name or by number; what a reader sees is the same.
        static string Seen(string html) => System.Net.WebUtility.HtmlDecode(html);
        var message = Renderer(new() { [$"t/{locale}"] = $"subject: s\n---\n{body}" }).Render("t", locale, Values);

        Assert.Equal(Seen(expected), Seen(message.Html));
        Assert.Equal(expected.Contains("&lt;", StringComparison.Ordinal), message.Html.Contains("&lt;", StringComparison.Ordinal));
    }

    [Fact]
    public void Render_Subject_IsNotEncodedAndHasOneLine()
    {
        var values = new Dictionary<string, AttributeValue>(Values) { ["name"] = "Tom & \"J\"\r\nBcc: x@y.z\u2028\t end" };
        var message = Renderer(new() { ["t/en"] = "subject:   {{name}}, hi  \n---\nx" }).Render("t", "en", values);

        Assert.Equal("Tom & \"J\" Bcc: x@y.z end, hi", message.Subject);
    }

    [Theory]
    [InlineData("ru-RU", "ru-RU")]
    [InlineData("ru-KZ", "ru")]
    [InlineData("ru", "ru")]
    [InlineData("de-AT", "en")]
    [InlineData(null, "en")]
    [InlineData("../../etc", "en")]
    public void Render_Locale_FallsBackToLanguageThenDefault(string? asked, string expected)
    {
        var renderer = Renderer(new() { ["t/en"] = "subject: s\n---\nen", ["t/ru"] = "subject: s\n---\nru", ["t/ru-RU"] = "subject: s\n---\nru-RU" });

        Assert.Equal((expected, expected), (renderer.Render("t", asked, Values).Locale, renderer.Render("t", asked, Values).Html));
    }

    [Fact]
    public void Render_Layout_IsWrappedAroundInTheLocaleOfTheMessage()
    {
        var renderer = Renderer(new()
        {
            ["t/en"] = "subject: s\n---\n{{#> layout}}Hi {{customer.first-name}}{{/layout}}",
            ["t/ru"] = "subject: s\n---\n{{#> layout}}Да{{/layout}}",
            ["_layout/default"] = "<main>{{> @partial-block}}</main>{{> footer}}",
            ["_layout/ru"] = "<ru>{{> @partial-block}}</ru>",
            ["_footer/en"] = "<i>{{points}}</i>",
        });

        Assert.Equal("<main>Hi O&#x27;Neil &lt;b&gt;</main><i>1500</i>", renderer.Render("t", "en", Values).Html.Replace("&#39;", "&#x27;"));
        Assert.Equal("<ru>Да</ru>", renderer.Render("t", "ru", Values).Html);
        Assert.Equal(["customer.first-name", "points"], renderer.Variables("t", "en").Select(v => v.Path));
    }

    [Fact]
    public void Render_OwnText_IsUsedUnencoded()
    {
        var message = Renderer(new() { ["t/en"] = "subject: s\n---\n<p>html</p>\n--- text\nHi {{customer.first-name}}\n" }).Render("t", "en", Values);

        Assert.Equal("Hi O'Neil <b>", message.Text);
        Assert.Equal("<p>html</p>", message.Html);
    }

    [Fact]
    public void Render_CustomersZone_DecidesTheDay()
    {
        var renderer = Renderer(new() { ["t/en"] = "subject: s\n---\n{{order.placed-at}}" });

        Assert.Equal("30 January 2026", renderer.Render("t", "en", new Dictionary<string, AttributeValue>(Values) { ["customer.zone"] = "America/New_York" }).Html);
        Assert.Equal("31 January 2026", renderer.Render("t", "en", new Dictionary<string, AttributeValue>(Values) { ["customer.zone"] = "Mars/Base" }).Html);
    }

    public static readonly TheoryData<string, string> Broken = new()
    {
        { "hello", "templates/t/en.hbs:1: the first line must be \"subject: …\"." },
        { "subject:\n---\nx", "templates/t/en.hbs:1: the first line must be \"subject: …\"." },
        { "subject: s\nx", "templates/t/en.hbs:2: a line with --- must follow the subject." },
        { "subject: s\n---\n \n", "templates/t/en.hbs:3: the message has no HTML." },
        { "subject: {{#if a}}\n---\nx", "templates/t/en.hbs:1: {{#if}} is never closed; add {{/if}}." },
        { "subject: s\n---\na\n{{#if points}}\nb", "templates/t/en.hbs:4: {{#if}} is never closed; add {{/if}}." },
        { "subject: s\n---\na\nb\n{{/if}}", "templates/t/en.hbs:5: {{/if}} closes nothing." },
        { "subject: s\n---\n{{#if a}}\n{{#each b}}\n{{/if}}\n{{/each}}", "templates/t/en.hbs:5: {{/if}} comes before {{/each}}, which line 4 opens." },
        { "subject: s\n---\n{{ a", "templates/t/en.hbs:3: a tag is opened and never closed." },
        { "subject: s\n---\n\n{{}}", "templates/t/en.hbs:4: a tag is empty." },
        { "subject: s\n---\n\n{{shout points}}", "templates/t/en.hbs:4: there is no helper shout; there are date, money, number, plural." },
        { "subject: s\n---\n{{#repeat points}}{{/repeat}}", "templates/t/en.hbs:3: {{#repeat}} is unknown; there are each, if, unless, with." },
        { "subject: s\n---\n{{#if}}{{/if}}", "templates/t/en.hbs:3: {{#if}} needs a variable." },
        { "subject: s\n---\n{{customer.}}", "templates/t/en.hbs:3: customer. is no path." },
        { "subject: s\n---\n{{> nowhere}}", "templates/t/en.hbs:3: there is no partial nowhere; add templates/_nowhere/default.hbs." },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Render_BrokenTemplate_NamesFileLineAndRemedy(string content, string expected)
    {
        var renderer = Renderer(new() { ["t/en"] = content });

        Assert.Equal(expected, Assert.Throws<TemplateException>(() => renderer.Render("t", "en", Values)).Message);
        Assert.Throws<TemplateException>(() => renderer.Variables("t", "en"));
    }

    [Fact]
    public void Render_MissingTemplate_NamesTheFile() =>
        Assert.Equal(
            "templates/t/en.hbs is missing; write it, or correct the template's name in the journey.",
            Assert.Throws<TemplateException>(() => Renderer([]).Render("t", "ru", Values)).Message);

    [Fact]
    public void FolderTemplateSource_ReadsFilesAndStaysInItsFolder()
    {
        var folder = Directory.CreateTempSubdirectory("templates");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "welcome"));
            File.WriteAllText(Path.Combine(folder.FullName, "welcome", "en.hbs"), "subject: Hi\r\n---\r\n<p>Hi</p>\r\n");
            File.WriteAllText(Path.Combine(folder.FullName, "secret.hbs"), "no");
            var source = new FolderTemplateSource(folder.FullName);

            Assert.Equal("Hi", new HandlebarsRenderer(source, "en", DateTimeZone.Utc).Render("welcome", "en-GB", ImmutableDictionary<string, AttributeValue>.Empty).Subject);
            Assert.Equal(["en"], source.Locales("welcome"));
            Assert.Null(source.Read("welcome", "../secret"));
            Assert.Null(source.Read("..", "secret"));
            Assert.Empty(source.Locales(".."));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(1, "ru", 0)]
    [InlineData(2, "ru", 1)]
    [InlineData(5, "ru", 2)]
    [InlineData(11, "ru", 2)]
    [InlineData(12, "ru", 2)]
    [InlineData(21, "ru-RU", 0)]
    [InlineData(22, "uk", 1)]
    [InlineData(111, "ru", 2)]
    [InlineData(112, "ru", 2)]
    [InlineData(1.5, "ru", 1)]
    [InlineData(0, "ru", 2)]
    [InlineData(1, "en", 0)]
    [InlineData(0, "en", 1)]
    [InlineData(1.5, "en", 1)]
    [InlineData(0, "fr", 0)]
    public void PluralForm_Number_FollowsTheLanguage(double number, string locale, int form) => Assert.Equal(form, LocaleText.PluralForm((decimal)number, locale));

    [Theory]
    [InlineData(123456789, "USD", "en", "$1,234,567.89")]
    [InlineData(123456789, "USD", "de", "1.234.567,89_$")]
    [InlineData(123456789, "RUB", "ru", "1_234_567,89_₽")]
    [InlineData(12345, "KWD", "en", "12.345_KWD")]
    [InlineData(1500, "JPY", "ru", "1500_¥")]
    [InlineData(-50, "EUR", "en", "−€0.50")]
    [InlineData(-50, "EUR", "bg", "−0,50_€")]
    [InlineData(50, "???", "en", "50_???")]
    public void Money_Amount_FollowsTheLanguage(long minor, string currency, string locale, string expected) =>
        Assert.Equal(expected.Replace('_', '\u00A0'), LocaleText.Money(minor, currency, locale));

    public static readonly TheoryData<string, string> Texts = new()
    {
        { "<p>Hello  <b>you</b></p>\n<p>Two</p>", "Hello you\n\nTwo\n" },
        { "<style>p{}</style><script>x<y</script><!-- no --><title>t</title>a", "a\n" },
        { "<a href=\"https://x.example/?a=1&amp;b=2\">Look</a>.", "Look (https://x.example/?a=1&b=2).\n" },
        { "<a href='https://x.example'>https://x.example</a> <a href=mailto:a@b.c>a@b.c</a> <a href=\"#top\">up</a>", "https://x.example a@b.c up\n" },
        { "<a href=\"https://x.example\"><img alt=\"Logo\"></a>", "Logo (https://x.example)\n" },
        { "<ul><li>one</li><li>two</li></ul>", "- one\n- two\n" },
        { "a<br>b<br/>c", "a\nb\nc\n" },
        { "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n" },
        { "1 &lt; 2 &amp; &euro;", "1 < 2 & €\n" },
        { "broken <", "broken\n" },
        { "broken <a href=\"x", "broken\n" },
        { "", "\n" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void HtmlText_From_IsReadable(string html, string expected) => Assert.Equal(expected, HtmlText.From(html));

    private static HandlebarsRenderer Renderer(Dictionary<string, string> files) => new(new Memory(files), "en", DateTimeZoneProviders.Tzdb["Europe/Sofia"]);

    private sealed class Memory(Dictionary<string, string> files) : ITemplateSource
    {
        public string? Read(string template, string locale) => files.GetValueOrDefault($"{template}/{locale}");

        public IReadOnlyList<string> Locales(string template) => [.. files.Keys.Where(k => k.StartsWith(template + "/", StringComparison.Ordinal)).Select(k => k.Split('/')[1])];

        public string Describe(string template, string locale) => $"templates/{template}/{locale}.hbs";
    }
}
