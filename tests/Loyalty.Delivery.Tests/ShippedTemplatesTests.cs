using Loyalty.Core;
using Loyalty.Delivery.Templates;
using NodaTime;

namespace Loyalty.Delivery.Tests;

/// <summary>Every template of the shipped program renders in every language.</summary>
public sealed class ShippedTemplatesTests
{
    private static readonly Dictionary<string, AttributeValue> Values = new()
    {
        ["program.name"] = "Corner Shop",
        ["program.url"] = "https://shop.example",
        ["customer.first-name"] = "Ann & Bob",
        ["points"] = 21,
        ["links.unsubscribe"] = "https://shop.example/u?token=1",
        ["links.preferences"] = "https://shop.example/p?token=2",
        ["links.feedback"] = "https://shop.example/f?token=3",
    };

    public static TheoryData<string, string> All
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var folder in Directory.EnumerateDirectories(Root()).Where(f => !Path.GetFileName(f).StartsWith('_')))
            {
                foreach (var locale in new[] { "en", "ru" }) data.Add(Path.GetFileName(folder), locale);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Render_ShippedTemplate_IsALetterWithItsLinks(string template, string locale)
    {
        var renderer = new HandlebarsRenderer(new FolderTemplateSource(Root()), "en", DateTimeZone.Utc);

        var message = renderer.Render(template, locale, Values);
        var anonymous = renderer.Render(template, locale, Values.Where(v => v.Key.StartsWith("program.", StringComparison.Ordinal)).ToDictionary());

        Assert.Equal(locale, message.Locale);
        Assert.InRange(message.Subject.Length, 5, 70);
        Assert.DoesNotContain("{{", message.Subject + message.Html + message.Text, StringComparison.Ordinal);
        Assert.Contains("Ann &amp; Bob", message.Html, StringComparison.Ordinal);
        Assert.Contains("https://shop.example/u?token", message.Html, StringComparison.Ordinal);
        Assert.Contains("Corner Shop", message.Text, StringComparison.Ordinal);
        Assert.Contains(locale == "ru" ? "Здравствуйте!" : "Hello,", anonymous.Text, StringComparison.Ordinal);
        if (locale == "ru") Assert.DoesNotContain("баллов", message.Subject, StringComparison.Ordinal); // 21 балл
    }

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "LoyaltyFunctions.sln"))) return Path.Combine(at.FullName, "program", "templates");
        }

        throw new DirectoryNotFoundException("The folder of LoyaltyFunctions.sln was not found above the tests.");
    }
}
