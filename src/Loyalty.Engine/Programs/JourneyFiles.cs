namespace Loyalty.Engine.Programs;

/// <summary>What would be passed over in silence: files that look like journeys and are none, and a program without any.</summary>
internal static class JourneyFiles
{
    private const string Folder = "journeys/";

    /// <summary>A file under journeys/ that is read by nobody because of its name or place.</summary>
    public static bool IsMisnamed(string path) =>
        path.StartsWith(Folder, StringComparison.Ordinal)
        && (path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase)
            || (path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) && !path.EndsWith(".yaml", StringComparison.Ordinal)));

    /// <summary>Adds a finding for each misnamed file, and one where the program has no journey at all.</summary>
    public static void Check(IEnumerable<string> paths, FindingList findings)
    {
        var hasAny = false;
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            hasAny |= path.StartsWith(Folder, StringComparison.Ordinal);
            if (!IsMisnamed(path)) continue;
            var right = path[..path.LastIndexOf('.')] + ".yaml";
            findings.Add(new Finding(
                FindingSeverity.Error, path, 1, 1, FindingCodes.BadName, "a journey's file ends in .yaml; this one would never be read", $"rename it to {right}"));
        }

        if (hasAny) return;
        findings.Add(new Finding(
            FindingSeverity.Warning,
            "journeys",
            1,
            1,
            FindingCodes.Missing,
            "the program has no journey: nothing will ever be sent",
            "add journeys/NAME.yaml, or name another folder"));
    }
}
