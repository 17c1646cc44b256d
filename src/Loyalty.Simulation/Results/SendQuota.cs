using System.Globalization;

namespace Loyalty.Simulation.Results;

/// <summary>How many messages the provider takes; null: no limit of that kind.</summary>
/// <param name="PerMinute">1 or more.</param>
/// <param name="PerHour">1 or more.</param>
/// <param name="PerDay">1 or more.</param>
public sealed record SendQuota(int? PerMinute, int? PerHour, int? PerDay)
{
    private const int MinutesPerDay = 24 * 60;

    /// <summary>Reads <c>100/hour</c> and the like (<c>minute</c>, <c>hour</c>, <c>day</c>); null: none is given, or it is wrong and why.</summary>
    public static (SendQuota? Quota, string? Wrong) Parse(IEnumerable<string> texts)
    {
        SendQuota? quota = null;
        foreach (var text in texts)
        {
            var parts = text.Split('/');
            if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1)
                return (null, $"{text}: expected a number and a unit, e.g. 100/hour.");
            quota ??= new SendQuota(null, null, null);
            switch (parts[1])
            {
                case "minute": quota = quota with { PerMinute = count }; break;
                case "hour": quota = quota with { PerHour = count }; break;
                case "day": quota = quota with { PerDay = count }; break;
                default: return (null, $"{text}: expected minute, hour or day behind the slash.");
            }
        }

        return (quota, null);
    }

    /// <summary>What the quota would do to sends that would go at these minutes: first come, first served.</summary>
    /// <param name="sendsPerMinute">Sends by minute.</param>
    public QuotaOutcome Delay(IReadOnlyList<int> sendsPerMinute)
    {
        long waiting = 0, delayed = 0, mostWaiting = 0, hour = 0, day = 0;
        int longest = 0, oldest = 0;
        var left = sendsPerMinute.Select(static count => (long)count).ToArray();
        for (var minute = 0; minute < left.Length || waiting > 0; minute++)
        {
            if (minute % 60 == 0) hour = 0;
            if (minute % MinutesPerDay == 0) day = 0;
            // A backlog of more than a year: the quota can never carry it.
            if (minute > left.Length + 366 * MinutesPerDay) return new QuotaOutcome(delayed + waiting, longest, mostWaiting, waiting);
            if (minute < left.Length) waiting += left[minute];
            var may = Math.Min(PerMinute ?? long.MaxValue, Math.Min((PerHour ?? long.MaxValue) - hour, (PerDay ?? long.MaxValue) - day));
            var goes = Math.Min(waiting, Math.Max(0, may));
            (waiting, hour, day) = (waiting - goes, hour + goes, day + goes);
            while (goes > 0)
            {
                var taken = Math.Min(goes, left[oldest]);
                if (taken > 0 && minute > oldest) (delayed, longest) = (delayed + taken, Math.Max(longest, minute - oldest));
                goes -= taken;
                left[oldest] -= taken;
                if (left[oldest] == 0) oldest++;
            }

            mostWaiting = Math.Max(mostWaiting, waiting);
        }

        return new QuotaOutcome(delayed, longest, mostWaiting, 0);
    }
}

/// <summary>What a quota does.</summary>
/// <param name="Delayed">Messages that go later than they would.</param>
/// <param name="LongestMinutes">The longest such delay.</param>
/// <param name="MostWaiting">The longest queue.</param>
/// <param name="Never">Messages that do not go within a year.</param>
public sealed record QuotaOutcome(long Delayed, int LongestMinutes, long MostWaiting, long Never);
