using Loyalty.Core;
using Loyalty.Delivery.Templates;
using NodaTime;

namespace Loyalty.Delivery.Tests;

/// <summary>Every template of the shipped program renders in every language.</summary>
public sealed class ShippedTemplatesTests
{
    internal static readonly Dictionary<string, AttributeValue> Values = new()
    {
        ["program.name"] = "Corner Shop",
        ["program.url"] = "https://shop.example",
        ["customer.first-name"] = "Ann & Bob",
        ["points"] = 21,
        ["code"] = "BACK-7K2M-9QX4",
        ["link"] = "https://shop.example/r/7K2M",
        ["links.unsubscribe"] = "https://shop.example/u?token=1",
        ["links.preferences"] = "https://shop.example/p?token=2",
        ["links.feedback"] = "https://shop.example/f?token=3",
    };

    private static readonly Dictionary<string, string> Greetings = new()
    {
        ["en"] = "Hello,",
        ["ru"] = "Здравствуйте!",
        ["uk"] = "Вітаємо!",
        ["bg"] = "Здравейте!",
    };

    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in Names())
            {
                foreach (var locale in Greetings.Keys) data.Add(name, locale);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Render_ShippedTemplate_IsALetterWithItsLinks(string template, string locale)
    {
        var renderer = new HandlebarsRenderer(new FolderTemplateSource(Folder), "en", DateTimeZone.Utc);

        var message = renderer.Render(template, locale, Values);
        var anonymous = renderer.Render(template, locale, Values.Where(v => v.Key.StartsWith("program.", StringComparison.Ordinal)).ToDictionary());

        Assert.Equal(locale, message.Locale);
        Assert.InRange(message.Subject.Length, 5, 70);
        Assert.DoesNotContain("{{", message.Subject + message.Html + message.Text, StringComparison.Ordinal);
        Assert.Contains("Ann &amp; Bob", message.Html, StringComparison.Ordinal);
        Assert.Contains("https://shop.example/u?token", message.Html, StringComparison.Ordinal);
        Assert.Contains("Corner Shop", message.Text, StringComparison.Ordinal);
        Assert.Contains(Greetings[locale], anonymous.Text, StringComparison.Ordinal);
        // 21 балл, 21 бал
        Assert.DoesNotContain("баллов", message.Subject, StringComparison.Ordinal);
        Assert.DoesNotContain("балів", message.Subject, StringComparison.Ordinal);
    }

    internal static string Folder { get; } = SourceTree.File("program", "templates");

    /// <summary>The templates, partials left out.</summary>
    internal static IEnumerable<string> Names() =>
        Directory.EnumerateDirectories(Folder).Select(f => Path.GetFileName(f)).Where(name => name[0] != '_').Order(StringComparer.Ordinal);
}
