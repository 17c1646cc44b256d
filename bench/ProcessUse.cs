using System.Globalization;

namespace Loyalty.Bench;

/// <summary>What this process has used so far: exact where other processes share the machine.</summary>
/// <param name="Processor">Time of all its threads.</param>
/// <param name="Allocated">Bytes of objects made.</param>
/// <param name="Written">Bytes given to the system to write; 0 where nobody tells.</param>
/// <param name="Calls">Calls that wrote them.</param>
/// <param name="Collections">Garbage collections.</param>
internal sealed record ProcessUse(TimeSpan Processor, long Allocated, long Written, long Calls, int Collections)
{
    private const string Source = "/proc/self/io";

    public static ProcessUse Now()
    {
        var (written, calls) = (0L, 0L);
        if (File.Exists(Source))
        {
            foreach (var line in File.ReadLines(Source))
            {
                if (line.StartsWith("wchar: ", StringComparison.Ordinal)) written = long.Parse(line.AsSpan(7), CultureInfo.InvariantCulture);
                if (line.StartsWith("syscw: ", StringComparison.Ordinal)) calls = long.Parse(line.AsSpan(7), CultureInfo.InvariantCulture);
            }
        }

        return new ProcessUse(Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), written, calls, GC.CollectionCount(0));
    }

    public ProcessUse Since(ProcessUse before) => new(
        Processor - before.Processor, Allocated - before.Allocated, Written - before.Written, Calls - before.Calls, Collections - before.Collections);

    /// <summary>Of one of so many.</summary>
    public string For(long count) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor.TotalMicroseconds / count:N0} µs of processor, {Allocated / 1024d / count:N1} KB of objects, {Written / 1024d / count:N1} KB written in {(double)Calls / count:N1} calls, {Collections} collections");
}
