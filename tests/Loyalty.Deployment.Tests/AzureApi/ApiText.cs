using System.Text;
using System.Text.RegularExpressions;

namespace Loyalty.Deployment.Tests.AzureApi;

/// <summary>
/// Members written as in the packages' documentation, brought to one form: modifiers that a deriver or caller depends on, types without their
/// nullability where they are references, parameters by type, optional ones with <c>=</c>, properties with their accessors.
/// </summary>
internal static partial class ApiText
{
    private static readonly string[] Values =
        ["int", "bool", "long", "double", "Guid", "TimeSpan", "DateTime", "DateTimeOffset", "TaskVersion", "TaskName", "OrchestrationRuntimeStatus"];

    /// <summary>One member's line; null: a line that is no member.</summary>
    public static string? Member(string line, string type)
    {
        var text = AttributePattern().Replace(line.Trim(), "").Replace("public ", "", StringComparison.Ordinal);
        if (text.Length == 0) return null;
        var modifiers = new List<string>();
        while (ModifierPattern().Match(text) is { Success: true } modifier)
        {
            modifiers.Add(modifier.Groups[1].Value);
            text = text[modifier.Length..];
        }

        var open = text.IndexOf('(', StringComparison.Ordinal);
        var brace = text.IndexOf('{', StringComparison.Ordinal);
        var form = brace >= 0 && (open < 0 || brace < open) ? Property(text, brace) : open >= 0 ? Method(text, open, type) : Spaces(Types(text));
        return string.Join(' ', modifiers.Order(StringComparer.Ordinal).Append(form));
    }

    /// <summary>A type's text: no blanks in generics, references without <c>?</c>.</summary>
    public static string Types(string text)
    {
        var plain = Regex.Replace(text.Trim(), @"\s*,\s*", ",");
        plain = Regex.Replace(plain, @"(?<=[>\]])\?", "");
        return Regex.Replace(plain, @"([A-Za-z_]\w*)\?", match => Values.Contains(match.Groups[1].Value) ? match.Value : match.Groups[1].Value);
    }

    private static string Property(string text, int brace)
    {
        var accessors = Regex.Matches(text[brace..], @"(?<!protected )\b(get|set|init)\b").Select(static match => match.Value).Distinct().Order(StringComparer.Ordinal);
        return $"{Spaces(Types(text[..brace]))} {{{string.Join(' ', accessors)}}}";
    }

    private static string Method(string text, int open, string type)
    {
        var head = Spaces(Types(text[..open]));
        var close = text.LastIndexOf(')');
        var list = new StringBuilder();
        foreach (var parameter in Split(text[(open + 1)..close]))
        {
            if (list.Length > 0) list.Append(',');
            list.Append(Parameter(parameter));
        }

        return $"{(head == type ? "new" : head)}({list})";
    }

    private static string Parameter(string text)
    {
        text = text.Trim();
        if (text == "CT") return "CancellationToken=";
        if (text.StartsWith("CT*", StringComparison.Ordinal)) return "CancellationToken";
        var optional = text.Contains('=', StringComparison.Ordinal);
        var declared = optional ? text[..text.IndexOf('=', StringComparison.Ordinal)].Trim() : text;
        declared = Regex.Replace(declared, "^(this|params) ", "");
        var blank = declared.LastIndexOf(' ');
        var type = Types(blank < 0 ? declared : declared[..blank]);
        return optional ? type + "=" : type;
    }

    /// <summary>Parameters, not cut inside a generic.</summary>
    private static IEnumerable<string> Split(string text)
    {
        // A token inside a generic stands for its type.
        text = Regex.Replace(text, @"(?<=[<,]\s*)CT\*(?=\s*[,>])", "CancellationToken");
        var depth = 0;
        var from = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '<') depth++;
            else if (text[i] == '>') depth--;
            else if (text[i] == ',' && depth == 0)
            {
                yield return text[from..i];
                from = i + 1;
            }
        }

        if (text[from..].Trim().Length > 0) yield return text[from..];
    }

    private static string Spaces(string text) => Regex.Replace(text.Trim(), @"\s+", " ");

    [GeneratedRegex(@"^\[[^\]]*\]\s*")]
    private static partial Regex AttributePattern();

    [GeneratedRegex(@"^(static|abstract|virtual|override|protected|const) ")]
    private static partial Regex ModifierPattern();
}
