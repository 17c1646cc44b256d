namespace Loyalty.Delivery.Templates;

/// <summary>Where templates come from.</summary>
public interface ITemplateSource
{
    /// <summary>
    /// The text of a template in one locale, or null where there is none; nothing is fallen back to here.
    /// </summary>
    /// <param name="template">Its folder's name; partials begin with an underscore.</param>
    /// <param name="locale">BCP 47, or <c>default</c>.</param>
    string? Read(string template, string locale);

    /// <summary>The locales a template exists in.</summary>
    IReadOnlyList<string> Locales(string template);

    /// <summary>What to call a template in an error, e.g. <c>templates/welcome/ru.hbs</c>.</summary>
    string Describe(string template, string locale);
}

/// <summary>Templates in a folder: <c>&lt;name&gt;/&lt;locale&gt;.hbs</c>.</summary>
/// <param name="root">E.g. <c>program/templates</c>.</param>
public sealed class FolderTemplateSource(string root) : ITemplateSource
{
    /// <inheritdoc/>
    public string? Read(string template, string locale)
    {
        var path = Locate(template, locale);
        return path is not null && File.Exists(path) ? File.ReadAllText(path) : null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Locales(string template)
    {
        var folder = Path.Combine(root, template);
        if (!IsName(template) || !Directory.Exists(folder)) return [];
        var files = Directory.EnumerateFiles(folder, "*.hbs");
        return [.. files.Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public string Describe(string template, string locale) =>
        $"{root.Replace('\\', '/').TrimEnd('/')}/{template}/{locale}.hbs";

    /// <summary>Names come from journeys and locales from shops: neither may walk out of the folder.</summary>
    private string? Locate(string template, string locale) =>
        IsName(template) && IsName(locale) ? Path.Combine(root, template, locale + ".hbs") : null;

    private static bool IsName(string text) =>
        text.Length is > 0 and <= 100 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
