using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Functions.Settings;

/// <summary>
/// The names of all settings. A name in one of our namespaces that is none of them is refused with the nearest one: a misspelt setting that is
/// silently left out is found weeks later. Names that are not ours (the environment is full of them) are let alone.
/// </summary>
internal static partial class SettingNames
{
    private const int NearestDistance = 2;

    /// <summary><c>*</c> is any one segment, <c>#</c> a number. Add a setting here when you add it to docs/reference/settings.md.</summary>
    private static readonly string[] Known =
    [
        "Store", "Bus", "Mail",
        "Durable:ParkLongerThan",
        "Program:Path", "Program:Zone",
        "Cosmos:Database", "Cosmos:Regions", "Cosmos:ConnectionMode",
        "Connectors:*:Secrets:#", "Connectors:*:Source", "Connectors:*:Shop", "Connectors:*:Currency",
        "Connectors:*:Api:Url", "Connectors:*:Api:Key", "Connectors:*:Api:Token", "Connectors:*:ClientIds:#", "Connectors:*:TakesTestMode",
        "Me:Keys:#",
        "Keys:*",
        "RateLimits:Ingest", "RateLimits:Key", "RateLimits:Address", "RateLimits:Link", "RateLimits:Token", "RateLimits:Refused",
        "Quota:*:PerMinute", "Quota:*:PerHour", "Quota:*:PerDay", "Quota:*:WarmUpFrom", "Quota:*:WarmUpPerDay",
        "Links:Url", "Links:Keys:#",
        "Smtp:User", "Smtp:Password", "Smtp:Tls",
        "Channels:*:Secret",
        "Privacy:MasterKey", "Privacy:Retention:IntakeDays", "Privacy:Retention:KeptDays", "Privacy:Retention:MessagesDays", "Privacy:Retention:FeedbackDays",
        "Privacy:Retention:AuditDays", "Privacy:Retention:RunsDays", "Privacy:Retention:OrdersDays", "Privacy:Retention:InactiveDays",
    ];

    /// <summary>Connectors and roles have checks of their own that name what there is.</summary>
    public static void Check(IConfiguration configuration, List<string> findings)
    {
        var roots = Known.Select(static name => name.Split(':')[0]).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var (key, value) in configuration.AsEnumerable())
        {
            if (value is null || Known.Any(pattern => Matches(key, pattern))) continue;
            var root = key.Split(':')[0];
            var isOurs = roots.Contains(root, StringComparer.OrdinalIgnoreCase)
                || (key.Contains(':', StringComparison.Ordinal) && roots.Exists(known => Distance(root, known) is > 0 and <= NearestDistance && root.Length >= 4));
            if (!isOurs) continue;
            var nearest = Known.MinBy(pattern => Distance(key, Filled(pattern, key)))!;
            findings.Add($"{Written(key)} is no setting; expected {Written(Filled(nearest, key))}, e.g. one of docs/reference/settings.md");
        }
    }

    private static bool Matches(string key, string pattern)
    {
        var (one, other) = (key.Split(':'), pattern.Split(':'));
        return one.Length == other.Length && one.Zip(other).All(static pair =>
            pair.Second == "*" || (pair.Second == "#" && NumberPattern().IsMatch(pair.First)) || string.Equals(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A pattern with the segments of a name where it leaves them open.</summary>
    private static string Filled(string pattern, string key)
    {
        var segments = key.Split(':');
        return string.Join(':', pattern.Split(':').Select((segment, at) => segment switch
        {
            "*" => at < segments.Length ? segments[at] : "<name>",
            "#" => at < segments.Length && NumberPattern().IsMatch(segments[at]) ? segments[at] : "0",
            _ => segment,
        }));
    }

    private static string Written(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Levenshtein's distance, letters compared without case.</summary>
    internal static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }

    [GeneratedRegex("^[0-9]{1,4}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NumberPattern();
}
