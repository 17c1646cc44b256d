using Loyalty.Delivery.Templates;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using NodaTime;

namespace Loyalty.Functions.Journeys;

/// <summary>Compiles each template once: a broken one stops a start or a publish instead of withholding mails later.</summary>
public sealed class TemplateCheck : IProgramCheck
{
    private const string Folder = "templates/";

    /// <inheritdoc/>
    public IReadOnlyList<Finding> Check(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string? defaultLocale)
    {
        var source = new FileTemplateSource(files);
        var renderer = new HandlebarsRenderer(source, defaultLocale ?? MostCommonLocale(files.Keys), DateTimeZone.Utc, parsesOnly: true);
        var names = files.Keys.Where(static path => path.StartsWith(Folder, StringComparison.Ordinal))
            .Select(static path => path.Split('/')[1]).Where(static name => !name.StartsWith('_')).Distinct(StringComparer.Ordinal);
        // A layout that many templates share is told once.
        var findings = new HashSet<Finding>();
        foreach (var name in names)
        {
            foreach (var locale in source.Locales(name)) findings.UnionWith(Findings(renderer, name, locale));
        }

        return [.. findings];
    }

    private static IEnumerable<Finding> Findings(HandlebarsRenderer renderer, string name, string locale)
    {
        try
        {
            renderer.Variables(name, locale);
            return [];
        }
        catch (TemplateException broken)
        {
            return broken.Faults.Select(static fault => new Finding(
                FindingSeverity.Error, fault.File, fault.Line, fault.Column, FindingCodes.Syntax, fault.What, "mend the template"));
        }
    }

    /// <summary>Where program.yaml cannot be read: what partials are most often written in.</summary>
    private static string MostCommonLocale(IEnumerable<string> paths) =>
        paths.Where(static path => path.StartsWith(Folder, StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension).OfType<string>()
            .CountBy(static locale => locale, StringComparer.Ordinal).OrderByDescending(static one => one.Value).ThenBy(static one => one.Key, StringComparer.Ordinal)
            .Select(static one => one.Key).FirstOrDefault() ?? "en";
}
