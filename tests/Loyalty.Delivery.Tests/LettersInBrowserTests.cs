using System.Text;
using Loyalty.Core;
using Loyalty.Delivery.Templates;
using Microsoft.Playwright;
using NodaTime;

namespace Loyalty.Delivery.Tests;

/// <summary>
/// Every shipped letter in every language, laid out by Chromium at 320 and 600 px, in light and dark: nothing runs out of
/// the page, everything can be read and pressed. With LOYALTY_SCREENSHOTS=FOLDER the pictures are kept.
/// </summary>
public sealed class LettersInBrowserTests
{
    /// <summary>
    /// What a reader would stumble over, measured in the page: sideways scrolling, text below 13 px, buttons below 40 px,
    /// contrast below 4.5 : 1 (WCAG 2.2, 1.4.3), pictures without words.
    /// </summary>
    private const string Stumbles = """
        () => {
          const found = [];
          const wide = document.documentElement.scrollWidth;
          if (wide > window.innerWidth) found.push(`page is ${wide} px wide in a window of ${window.innerWidth}`);
          const parts = color => color.match(/[\d.]+/g).map(Number);
          const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = element => {
            for (let at = element; at; at = at.parentElement) {
              const color = parts(getComputedStyle(at).backgroundColor);
              if (color.length < 4 || color[3] > 0) return color;
            }
            return [255, 255, 255];
          };
          for (const image of document.images) if (!image.alt) found.push('a picture has no alt text');
          for (const element of document.body.querySelectorAll('*')) {
            const own = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join('');
            const box = element.getBoundingClientRect();
            if (element.matches('.button, .choice, .mark') && box.height < 40)
              found.push(`${own}: ${Math.round(box.height)} px high`);
            if (!own) continue;
            const style = getComputedStyle(element);
            if (parseFloat(style.fontSize) < 13) found.push(`${own}: letters of ${style.fontSize}`);
            if (box.right > window.innerWidth + 0.5 || box.left < 0) found.push(`${own}: out of the page`);
            const [a, b] = [light(parts(style.color)), light(behind(element))].sort((x, y) => y - x);
            const contrast = (a + 0.05) / (b + 0.05);
            if (contrast < 4.5) found.push(`${own}: contrast ${contrast.toFixed(2)}`);
          }
          return found;
        }
        """;

    private static readonly string[] Locales = ["en", "ru", "uk", "bg"];

    [ChromiumFact]
    public async Task Layout_EveryLetterInEveryLanguage_IsReadableAtBothWidthsInLightAndDark()
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        var renderer = new HandlebarsRenderer(
            new FolderTemplateSource(ShippedTemplatesTests.Folder), "en", DateTimeZone.Utc);
        var stumbles = new StringBuilder();
        var seen = 0;
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            foreach (var width in new[] { 320, 600 })
            {
                await using var context = await browser.NewContextAsync(new BrowserNewContextOptions
                {
                    ColorScheme = scheme,
                    ViewportSize = new ViewportSize { Width = width, Height = 900 },
                });
                var page = await context.NewPageAsync();
                foreach (var template in ShippedTemplatesTests.Names())
                {
                    foreach (var locale in Locales)
                    {
                        await page.SetContentAsync(renderer.Render(template, locale, Sample).Html);
                        foreach (var found in await page.EvaluateAsync<string[]>(Stumbles))
                            stumbles.AppendLine($"{template}/{locale} at {width} px, {scheme}: {found}");
                        await KeepAsync(page, $"{template}-{locale}-{width}-{scheme}.png");
                        seen++;
                    }
                }
            }
        }

        Assert.Equal("", stumbles.ToString());
        Assert.True(seen >= 4 * 4 * 20, $"only {seen} letters were looked at");
    }

    /// <summary>The longest values that real customers bring.</summary>
    private static Dictionary<string, AttributeValue> Sample { get; } = new(ShippedTemplatesTests.Values)
    {
        ["customer.first-name"] = "Wolfeschlegelsteinhausenbergerdorff-Konstantinopolskaya",
        ["points"] = 12_345_678,
        ["category"] = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk & more",
        ["car"] = "Mercedes-Benz 300 SEL 6.3 W109",
    };

    private static async Task KeepAsync(IPage page, string name)
    {
        if (System.Environment.GetEnvironmentVariable("LOYALTY_SCREENSHOTS") is not { Length: > 0 } folder) return;
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name), FullPage = true });
    }
}
