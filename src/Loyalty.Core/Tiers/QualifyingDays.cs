using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Tiers;

/// <summary>What counts towards tiers, by the day (of the program's calendar) of the order or event that earned it.</summary>
/// <param name="Day">The day.</param>
/// <param name="Points">Points that became usable, less those returned.</param>
/// <param name="SpendMinor">Net goods kept, minor units of the program's currency.</param>
/// <param name="Orders">Paid orders.</param>
public sealed record QualifyingDay(LocalDate Day, long Points, long SpendMinor, int Orders);

/// <summary>
/// Days with anything to count, sorted. A return is counted at the day of the original order, so sums are the same whatever came when.
/// </summary>
public static class QualifyingDays
{
    /// <summary>Days before the latest that are kept: more than twice the longest window.</summary>
    public const int DaysKept = 1_500;

    /// <summary>
    /// The days after so much more (or less) of one of them. No day falls below nothing: points of before the program counted them were never added, so that their return takes
    /// nothing away.
    /// </summary>
    public static ImmutableArray<QualifyingDay> Add(ImmutableArray<QualifyingDay> days, QualifyingDay more)
    {
        var index = 0;
        while (index < days.Length && days[index].Day < more.Day) index++;
        var isKnown = index < days.Length && days[index].Day == more.Day;
        var known = isKnown ? days[index] : new QualifyingDay(more.Day, 0, 0, 0);
        var sum = new QualifyingDay(more.Day, Math.Max(0, known.Points + more.Points), Math.Max(0, known.SpendMinor + more.SpendMinor), Math.Max(0, known.Orders + more.Orders));
        var isNothing = sum is { Points: 0, SpendMinor: 0, Orders: 0 };
        if (isKnown) return isNothing ? days.RemoveAt(index) : days.SetItem(index, sum);
        return isNothing ? days : Trimmed(days.Insert(index, sum));
    }

    /// <summary>The days with at least so much on one of them.</summary>
    public static ImmutableArray<QualifyingDay> Raise(ImmutableArray<QualifyingDay> days, QualifyingDay least)
    {
        var known = days.FirstOrDefault(day => day.Day == least.Day) ?? new QualifyingDay(least.Day, 0, 0, 0);
        return Add(
            days,
            new QualifyingDay(
                least.Day, Math.Max(0, least.Points - known.Points), Math.Max(0, least.SpendMinor - known.SpendMinor), Math.Max(0, least.Orders - known.Orders)));
    }

    /// <summary>The days of two people who are one.</summary>
    public static ImmutableArray<QualifyingDay> Join(ImmutableArray<QualifyingDay> days, ImmutableArray<QualifyingDay> others) =>
        others.Aggregate(days, Add);

    /// <summary>The sum from one day to another, both included.</summary>
    public static long Sum(ImmutableArray<QualifyingDay> days, LocalDate from, LocalDate to, TierMeasure measure)
    {
        var sum = 0L;
        foreach (var day in days)
        {
            if (day.Day < from || day.Day > to) continue;
            sum += measure switch
            {
                TierMeasure.Points => day.Points,
                TierMeasure.Spend => day.SpendMinor,
                _ => day.Orders,
            };
        }

        return sum;
    }

    private static ImmutableArray<QualifyingDay> Trimmed(ImmutableArray<QualifyingDay> days)
    {
        var oldest = days[^1].Day.PlusDays(-DaysKept);
        return days[0].Day < oldest ? days.RemoveAll(day => day.Day < oldest) : days;
    }
}
