using Loyalty.Delivery.Templates;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;

namespace Loyalty.Functions.Journeys;

/// <summary>Compiles each template once: a broken one stops a start or a publish instead of withholding mails later.</summary>
public sealed class TemplateCheck : IProgramCheck
{
    /// <inheritdoc/>
    public IReadOnlyList<Finding> Check(LoyaltyProgram program)
    {
        var renderer = new HandlebarsRenderer(new FileTemplateSource(program.Files), program.DefaultLocale, program.Zone);
        var findings = new List<Finding>();
        var names = program.Files.Keys.Where(static path => path.StartsWith("templates/", StringComparison.Ordinal))
            .Select(static path => path.Split('/')[1]).Where(static name => !name.StartsWith('_')).Distinct(StringComparer.Ordinal);
        foreach (var name in names)
        {
            foreach (var locale in renderer.Locales(name))
            {
                try
                {
                    renderer.Variables(name, locale);
                }
                catch (TemplateException broken)
                {
                    findings.Add(new Finding(
                        FindingSeverity.Error, $"templates/{name}/{locale}.hbs", 1, 1, FindingCodes.Syntax, broken.Message, "mend the template"));
                }
            }
        }

        return findings;
    }
}
