using System.Globalization;

namespace Loyalty.LocalHost.Time;

/// <summary>One field of a <see cref="CronSchedule"/>: its name, range and names of values.</summary>
internal sealed record CronField(string Name, int Low, int High, IReadOnlyList<string> Names)
{
    private const int NameLetters = 3;

    public static IReadOnlyList<CronField> All { get; } =
    [
        new("second", 0, 59, []),
        new("minute", 0, 59, []),
        new("hour", 0, 23, []),
        new("day", 1, 31, []),
        new("month", 1, 12, [.. CultureInfo.InvariantCulture.DateTimeFormat.MonthNames.Take(12)]),
        new("day-of-week", 0, 6, CultureInfo.InvariantCulture.DateTimeFormat.DayNames),
    ];

    /// <summary>The set of values, bit n for value n.</summary>
    public ulong Parse(string text, string expression)
    {
        ulong set = 0;
        foreach (string part in text.Split(','))
        {
            set |= ParsePart(part, expression);
        }

        return set;
    }

    private ulong ParsePart(string part, string expression)
    {
        string[] stepped = part.Split('/');
        if (part.Length == 0 || stepped.Length > 2)
        {
            throw Fault(part, expression, "a value, a range a-b or *, each with an optional step /n, is expected");
        }

        int step = 1;
        if (stepped.Length == 2
            && (!int.TryParse(stepped[1], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1))
        {
            throw Fault(part, expression, "the step must be a whole number from 1");
        }

        (int low, int high) = ParseRange(stepped[0], hasStep: stepped.Length == 2, expression);
        ulong set = 0;
        for (int value = low; value <= high; value += Math.Min(step, High + 1))
        {
            set |= 1UL << value;
        }

        return set;
    }

    private (int Low, int High) ParseRange(string text, bool hasStep, string expression)
    {
        if (text == "*")
        {
            return (Low, High);
        }

        string[] ends = text.Split('-');
        if (ends.Length > 2)
        {
            throw Fault(text, expression, "a range has two ends");
        }

        int low = ParseValue(ends[0], expression);
        if (ends.Length == 1)
        {
            return (low, hasStep ? High : low);
        }

        int high = ParseValue(ends[1], expression);
        return high >= low ? (low, high) : throw Fault(text, expression, "the range ends before it begins");
    }

    private int ParseValue(string text, string expression)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return number >= Low && number <= High ? number : throw Fault(text, expression, $"{Low} to {High} are allowed");
        }

        for (int index = 0; text.Length >= NameLetters && index < Names.Count; index++)
        {
            if (Names[index].StartsWith(text, StringComparison.OrdinalIgnoreCase))
            {
                return index + Low;
            }
        }

        throw Fault(text, expression, Names.Count == 0 ? "a number is expected" : "a number or an English name is expected");
    }

    private FormatException Fault(string part, string expression, string why) =>
        new($"'{expression}': '{part}' in the field {Name}: {why}.");
}
