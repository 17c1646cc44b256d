using System.Diagnostics;
using System.Globalization;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Tests.Programs;
using Loyalty.Functions.Journeys;

namespace Loyalty.Bench;

/// <summary>How long the loader takes over files that were made to break it: what <c>validate</c> and <c>publish</c> do, templates compiled too.</summary>
internal static class HostileBench
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(1);

    /// <returns>false: a file took longer than a second.</returns>
    public static bool Run()
    {
        // What is compiled at the first call is not the file's.
        foreach (var file in HostileFiles.All.Where(static file => file.Bytes.Length < 10_000)) Check(file);
        var isFast = true;
        foreach (var file in HostileFiles.All)
        {
            var watch = Stopwatch.StartNew();
            var findings = Check(file);
            var took = watch.Elapsed;
            isFast &= took < Bound;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{took.TotalMilliseconds,8:N1} ms  {findings.Count,5:N0} findings  {(took < Bound ? "" : "TOO SLOW  ")}{file} ({file.Bytes.Length:N0} bytes){First(findings)}"));
        }

        Console.WriteLine(isFast ? "hostile: every file below 1 s" : "hostile: a file took longer than 1 s");
        return isFast;
    }

    private static IReadOnlyList<Finding> Check(HostileFile file) => HostileFiles.Load(file).FindingsWith(new TemplateCheck());

    private static string First(IReadOnlyList<Finding> findings) => findings.Count == 0 ? "" : $"; first: {findings[0].File}:{findings[0].Line}:{findings[0].Column} {findings[0].Code}";
}
