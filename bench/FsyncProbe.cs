using System.Diagnostics;

namespace Loyalty.Bench;

/// <summary>What the disk can do at this moment: appends of 4 KB, each followed by fsync, by one thread.</summary>
internal static class FsyncProbe
{
    public static string Measure(string folder)
    {
        var path = Path.Combine(folder, "fsync.probe");
        var block = new byte[4096];
        var times = new List<double>();
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1))
        {
            var all = Stopwatch.StartNew();
            while (all.ElapsedMilliseconds < 1000)
            {
                var one = Stopwatch.GetTimestamp();
                file.Write(block);
                file.Flush(flushToDisk: true);
                times.Add(Stopwatch.GetElapsedTime(one).TotalMilliseconds);
            }
        }

        File.Delete(path);
        times.Sort();
        return $"fsync probe: {times.Count:N0}/s, median {times[times.Count / 2]:0.00} ms, p99 {times[times.Count * 99 / 100]:0.00} ms";
    }
}
