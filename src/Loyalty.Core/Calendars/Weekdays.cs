using NodaTime;

namespace Loyalty.Core.Calendars;

/// <summary>A set of weekdays; Monday is the lowest bit.</summary>
[Flags]
public enum Weekdays
{
    None = 0,
    Monday = 1,
    Tuesday = 2,
    Wednesday = 4,
    Thursday = 8,
    Friday = 16,
    Saturday = 32,
    Sunday = 64,
    All = 127,
}

/// <summary>Names and membership of <see cref="Weekdays"/>.</summary>
public static class WeekdayNames
{
    /// <summary><c>mon</c> to <c>sun</c>.</summary>
    public static IReadOnlyList<string> All { get; } = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// <summary>The day of a name; null where it is none.</summary>
    public static Weekdays? Parse(string name)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i] == name) return (Weekdays)(1 << i);
        }

        return null;
    }

    /// <summary>True where the set has that day.</summary>
    public static bool Has(this Weekdays days, IsoDayOfWeek day) => ((int)days & (1 << ((int)day - 1))) != 0;
}
