using System.Text;
using Loyalty.Core.Journeys;

namespace Loyalty.Simulation.Results;

/// <summary>A step's type as the language writes it: the case's name in kebab-case.</summary>
internal static class StepNames
{
    public static string Of(JourneyStep step)
    {
        var name = step.GetType().Name;
        var text = new StringBuilder(name.Length + 2);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('-');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
