using System.Text.RegularExpressions;

namespace Loyalty.Repository.Tests;

/// <summary>An HTTP function as its source declares it.</summary>
/// <param name="Place">File and line.</param>
/// <param name="Name">As Azure shows it.</param>
/// <param name="Methods">In upper case; empty: any.</param>
/// <param name="Route">Below <c>/api/</c>; null: not declared.</param>
/// <param name="IsAnonymous">To Azure; our middleware checks.</param>
/// <param name="Roles">Of its <c>[Access(…)]</c>; null where it has none.</param>
internal sealed partial record HttpFunction(string Place, string Name, IReadOnlyList<string> Methods, string? Route, bool IsAnonymous, string? Roles)
{
    public static IReadOnlyList<HttpFunction> All { get; } = [.. House.CSharp("functions/").SelectMany(Of)];

    public IReadOnlyList<string> Segments => Route is null ? [] : Route.Split('/');

    private static IEnumerable<HttpFunction> Of(string file)
    {
        var source = House.Read(file);
        // Texts are blanked out in the code and read from the source at the same place.
        var code = CSharpText.Code(source);
        var begin = 0;
        foreach (Match trigger in TriggerPattern().Matches(code))
        {
            var function = code.LastIndexOf("[Function(", trigger.Index, StringComparison.Ordinal);
            var head = function < begin ? "" : source[function..trigger.Index];
            var arguments = source.Substring(trigger.Groups[1].Index, trigger.Groups[1].Length);
            var route = RoutePattern().Match(arguments);
            yield return new HttpFunction(
                $"{file}:{CSharpText.Line(code, trigger.Index)}",
                NamePattern().Match(head).Groups[1].Value.Trim('"'),
                [.. TextPattern().Matches(RoutePattern().Replace(arguments, "")).Select(text => text.Groups[1].Value.ToUpperInvariant())],
                route.Success ? route.Groups[1].Value : null,
                arguments.Contains("AuthorizationLevel.Anonymous", StringComparison.Ordinal),
                AccessPattern().Match(head) is { Success: true } access ? access.Groups[1].Value : null);
            begin = trigger.Index;
        }
    }

    [GeneratedRegex(@"\[HttpTrigger\(([^\]]*)\)\]")]
    private static partial Regex TriggerPattern();

    [GeneratedRegex("""Route\s*=\s*"([^"]*)"\s*""")]
    private static partial Regex RoutePattern();

    [GeneratedRegex("""
        "([^"]*)"
        """)]
    private static partial Regex TextPattern();

    [GeneratedRegex(@"\[Function\((?:nameof\()?([^)]*)\)")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\[Access\(([^)]*)\)\]")]
    private static partial Regex AccessPattern();
}
