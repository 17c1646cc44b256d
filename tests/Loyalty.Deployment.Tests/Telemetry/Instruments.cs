using System.Text.RegularExpressions;

namespace Loyalty.Deployment.Tests.Telemetry;

/// <summary>Everything that the sources measure, and what docs/operations/metrics.md says of it.</summary>
internal static partial class Instruments
{
    /// <summary>Names of instruments with the tags that their file gives, as the sources create them.</summary>
    public static IReadOnlyList<(string Name, string File)> InCode { get; } =
        [.. Production().SelectMany(static file => Instrument().Matches(House.Read(file)).Select(match => (match.Groups["name"].Value, file)))];

    /// <summary>Names of the meters that the sources create.</summary>
    public static IReadOnlyList<string> Meters { get; } =
        [.. Production().SelectMany(static file => MetersOf(House.Read(file), file)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Documented metrics with their tags.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Documented { get; } =
        Row().Matches(House.Read("docs/operations/metrics.md")).ToDictionary(
            static match => match.Groups["name"].Value,
            static match => (IReadOnlyList<string>)[.. Quoted().Matches(match.Groups["tags"].Value).Select(static tag => tag.Groups["tag"].Value)],
            StringComparer.Ordinal);

    /// <summary>The keys that a file puts on what it measures.</summary>
    public static IReadOnlyList<string> TagsOf(string file) => [.. Tag().Matches(House.Read(file)).Select(static match => match.Groups["key"].Value).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<string> Production() =>
        House.CSharp().Where(static file => file.StartsWith("src/", StringComparison.Ordinal) || file.StartsWith("functions/", StringComparison.Ordinal) || file.StartsWith("local/", StringComparison.Ordinal));

    /// <summary>The name stands in the constructor's call, or in a constant of the same file.</summary>
    private static IEnumerable<string> MetersOf(string source, string file)
    {
        foreach (Match match in NewMeter().Matches(source))
        {
            if (match.Groups["text"].Success)
            {
                yield return match.Groups["text"].Value;
                continue;
            }

            var constant = Regex.Match(source, $"const string {match.Groups["constant"].Value} = \"(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
            Assert.True(constant.Success, $"{file}: the name of a meter is neither text nor a constant of the file.");
            yield return constant.Groups["name"].Value;
        }
    }

    [GeneratedRegex("""\.Create(?:Counter|UpDownCounter|Histogram|Gauge|Observable\w+)(?:<\w+>)?\(\s*"(?<name>[^"]+)""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Instrument();

    [GeneratedRegex("""\bMeter\s+\w+\s*=\s*new(?:\s+Meter)?\((?:"(?<text>[^"]+)"|(?<constant>\w+))""", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex NewMeter();

    [GeneratedRegex("""^\| `(?<name>[a-z_.]+)` \| (?:counter|gauge|histogram)[^|]*\|(?<tags>[^|]*)\|""", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 5000)]
    private static partial Regex Row();

    [GeneratedRegex("`(?<tag>[^`]+)`", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Quoted();

    [GeneratedRegex("""(?:\{ |new(?:<[^>]*>|\s+KeyValuePair<[^>]*>)?\()"(?<key>[a-z._]+)", """, RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Tag();
}
