using System.Collections.Immutable;

namespace Loyalty.Engine.Programs;

/// <summary>The templates of a program: what can be read, and what each of them shows, its partials included.</summary>
/// <param name="Templates">By name; partials (folders that begin with an underscore) are none.</param>
/// <param name="Readable">Path → bytes of everything that can be a template at all, partials too.</param>
internal sealed record ProgramTemplates(
    ImmutableSortedDictionary<string, TemplateFiles> Templates, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> Readable)
{
    private const string Folder = "templates/";
    private const string Extension = ".hbs";
    private const string PartialMark = "_";
    private const string AnyLocale = "default";

    /// <summary>The names of the templates among a program's files.</summary>
    public static ImmutableSortedSet<string> NamesIn(IEnumerable<string> paths) =>
        [.. paths.Select(static path => IsTemplate(path, out var name, out _) ? name : string.Empty).Where(static name => name.Length > 0 && !IsPartial(name))];

    /// <summary>Reads the templates among a program's files.</summary>
    /// <param name="files">All files by path.</param>
    /// <param name="defaultLocale">The program's first language; null: it is not known.</param>
    /// <param name="findings">What cannot be a template.</param>
    public static ProgramTemplates Read(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string? defaultLocale, FindingList findings)
    {
        var templates = ImmutableSortedDictionary.CreateBuilder<string, TemplateFiles>(StringComparer.Ordinal);
        var readable = ImmutableSortedDictionary.CreateBuilder<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        var scans = new Dictionary<(string Name, string Locale), TemplateText>();
        foreach (var (path, bytes) in files.OrderBy(static file => file.Key, StringComparer.Ordinal))
        {
            if (!IsTemplate(path, out var name, out var locale)) continue;
            if (!IsPartial(name)) templates[name] = templates.GetValueOrDefault(name, new TemplateFiles()).WithLocale(locale);
            if (!TemplateFiles.IsReadable(bytes.Span, new FileFindings(path, findings))) continue;
            var text = TemplateFiles.Scan(path, bytes);
            scans[(name, locale)] = text;
            if (!IsTooMuch(text, bytes.Span, new FileFindings(path, findings))) readable[path] = bytes;
        }

        foreach (var ((name, locale), text) in scans.OrderBy(static one => one.Key.Name, StringComparer.Ordinal).ThenBy(static one => one.Key.Locale, StringComparer.Ordinal))
        {
            if (IsPartial(name)) continue;
            templates[name] = templates[name].With(text.Variables.Concat(Behind(text, locale, defaultLocale, scans)));
        }

        return new ProgramTemplates(templates.ToImmutable(), readable.ToImmutable());
    }

    /// <summary>Whether it would take too long to compile, with a finding.</summary>
    private static bool IsTooMuch(TemplateText text, ReadOnlySpan<byte> bytes, FileFindings findings)
    {
        var (tags, values) = (bytes.Count("}}"u8), text.Variables.Length);
        if (tags <= TemplateFiles.MaxTags && values <= TemplateFiles.MaxVariables) return false;
        findings.Error(
            1,
            1,
            FindingCodes.TooLarge,
            $"the template has {tags} tags that show {values} different values; at most {TemplateFiles.MaxTags} and {TemplateFiles.MaxVariables} are taken",
            "show fewer, or write several templates");
        return true;
    }

    private static bool IsTemplate(string path, out string name, out string locale)
    {
        (name, locale) = (string.Empty, string.Empty);
        if (!path.StartsWith(Folder, StringComparison.Ordinal) || !path.EndsWith(Extension, StringComparison.Ordinal)) return false;
        if (path[Folder.Length..^Extension.Length].Split('/') is not [var first, var second]) return false;
        (name, locale) = (first, second);
        return true;
    }

    private static bool IsPartial(string name) => name.StartsWith(PartialMark, StringComparison.Ordinal);

    /// <summary>What the partials show that a text asks for, and those that they ask for.</summary>
    private static IEnumerable<TemplateVariable> Behind(
        TemplateText text, string locale, string? defaultLocale, Dictionary<(string Name, string Locale), TemplateText> scans)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(text.Partials);
        while (open.TryPop(out var partial))
        {
            if (!known.Add(partial)) continue;
            var found = Locales(locale, defaultLocale).Select(one => scans.GetValueOrDefault((PartialMark + partial, one))).FirstOrDefault(static one => one is not null);
            if (found is null) continue;
            foreach (var variable in found.Variables) yield return variable;
            foreach (var inner in found.Partials) open.Push(inner);
        }
    }

    /// <summary>Where delivery looks for a partial, in this order.</summary>
    private static IEnumerable<string> Locales(string locale, string? defaultLocale)
    {
        for (var at = locale; at.Length > 0; at = Wider(at)) yield return at;
        for (var at = defaultLocale ?? ""; at.Length > 0; at = Wider(at)) yield return at;
        yield return AnyLocale;
    }

    private static string Wider(string locale) => locale[..Math.Max(0, locale.LastIndexOf('-'))];
}
