using System.Text;

namespace Loyalty.Delivery.Templates;

/// <summary>Templates among the files of a program: <c>templates/&lt;name&gt;/&lt;locale&gt;.hbs</c> → bytes.</summary>
public sealed class FileTemplateSource : ITemplateSource
{
    private const string Folder = "templates/";
    private readonly Dictionary<(string Template, string Locale), ReadOnlyMemory<byte>> _files = [];

    /// <param name="files">By path; others than templates are not looked at.</param>
    public FileTemplateSource(IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> files)
    {
        foreach (var (path, bytes) in files)
        {
            if (!path.StartsWith(Folder, StringComparison.Ordinal) || !path.EndsWith(".hbs", StringComparison.Ordinal)) continue;
            if (path[Folder.Length..^".hbs".Length].Split('/') is [var template, var locale]) _files[(template, locale)] = bytes;
        }
    }

    /// <inheritdoc/>
    public string? Read(string template, string locale)
    {
        if (!_files.TryGetValue((template, locale), out var bytes)) return null;
        var text = Encoding.UTF8.GetString(bytes.Span);
        return text.Length > 0 && text[0] == '\uFEFF' ? text[1..] : text;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Locales(string template) =>
        [.. _files.Keys.Where(one => one.Template == template).Select(static one => one.Locale).Order(StringComparer.Ordinal)];

    /// <inheritdoc/>
    public string Describe(string template, string locale) => $"{Folder}{template}/{locale}.hbs";
}
