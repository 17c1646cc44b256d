using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Publishing;

/// <summary>The checks before publishing.</summary>
internal static class DraftCheck
{
    /// <summary>What the loader found, and what only other parts can tell.</summary>
    public static IReadOnlyList<Finding> Findings(ProgramLoad load, IProgramCheck check) => load.FindingsWith(check);

    /// <summary>Whether an older version, as it was published, goes together with the newest templates.</summary>
    public static async Task<IEnumerable<Finding>> SuitsAsync(
        IDocumentStore store,
        PublishedVersion published,
        string journey,
        int version,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> newest,
        CancellationToken cancellation)
    {
        var own = await Definitions.ReadFilesAsync(store, published.Files.Where(static file => !IsTemplate(file.Key)), cancellation);
        if (own is null) return [];
        foreach (var (path, bytes) in newest.Where(static file => IsTemplate(file.Key))) own[path] = bytes;
        var name = Definitions.JourneyPath(journey);
        return ProgramLoader.Load(own).Findings
            .Where(finding => finding.File == name && finding is { Severity: FindingSeverity.Error, Code: FindingCodes.UnknownTemplate or FindingCodes.TemplateVariable })
            .Select(finding => finding with { Message = $"version {version}, with people inside: {finding.Message}" });
    }

    private static bool IsTemplate(string path) => path.StartsWith("templates/", StringComparison.Ordinal);
}
