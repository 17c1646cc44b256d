using System.Globalization;

namespace Loyalty.Bench;

/// <summary>Processor time of the whole machine, so that a peer's server counts like what runs in this process.</summary>
internal static class MachineClock
{
    private const string Source = "/proc/stat";

    /// <summary>Ticks a second of <c>/proc/stat</c> on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Seconds that all cores together were busy since the machine's start; null where nobody tells.</summary>
    public static double? BusySeconds()
    {
        if (!File.Exists(Source)) return null;
        using var reader = new StreamReader(Source);
        var fields = reader.ReadLine()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // user, nice, system, (idle, iowait), irq, softirq
        return new[] { 1, 2, 3, 6, 7 }.Sum(at => long.Parse(fields[at], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
