using System.Collections.Immutable;
using Loyalty.Core.Tiers;
using NodaTime;

namespace Loyalty.Simulation.Import;

/// <summary>Where somebody stood in another installation of the program: the tier, and what counted for it.</summary>
public sealed record Standing
{
    /// <summary>On which the record begins, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The record's own name, or file and place.</summary>
    public required string EventId { get; init; }

    /// <summary>The file's own id of the person; null: known by e-mail only.</summary>
    public string? CustomerId { get; init; }
    public string? Email { get; init; }

    /// <summary>What is brought.</summary>
    public required TierStanding Brought { get; init; }

    /// <summary>The key under which the person's other records are found.</summary>
    public string Person => CustomerId ?? Email!;

    internal static readonly string[] Fields = ["id", "customerId", "email", "tier", "since", "until", "steps", "counted"];

    private static readonly string[] StepFields = ["tier", "day", "kept"];
    private static readonly string[] DayFields = ["day", "points", "spendMinor", "orders"];

    /// <summary>Reads a record.</summary>
    /// <exception cref="PurchaseFileException">A property is not as it should be.</exception>
    internal static Standing Of(RecordFields fields, string id)
    {
        var (customer, email) = JsonHistory.Who(fields);
        var (tier, until) = (fields.Text("tier", 40), fields.Moment("until"));
        if (tier is not null && until is null) throw fields.Wrong("until", "the moment at which the tier is looked at again", "");
        return new Standing
        {
            EventId = id,
            Line = fields.Line,
            CustomerId = customer,
            Email = email,
            Brought = new TierStanding
            {
                Tier = tier,
                Since = fields.Moment("since"),
                Until = tier is null ? null : until,
                Steps = [.. fields.Records("steps", StepFields, QualifyingDays.DaysKept).Select(static step => new TierStep(step.Text("tier", 40) ?? throw step.Wrong("tier", "a tier", ""), Day(step), step.Flag("kept")))],
                Counted = [.. fields.Records("counted", DayFields, QualifyingDays.DaysKept).Select(static day => new QualifyingDay(Day(day), Whole(day, "points"), Whole(day, "spendMinor"), (int)Whole(day, "orders", 1_000_000)))],
            },
        };
    }

    private static LocalDate Day(RecordFields fields) => fields.Day("day") is { } day ? day.Date : throw fields.Wrong("day", HistoryDay.Expected, "");

    private static long Whole(RecordFields fields, string name, long most = 1_000_000_000_000_000)
    {
        var number = fields.Number(name) ?? 0;
        return number >= 0 && number <= most && decimal.Truncate(number) == number
            ? (long)number
            : throw fields.Wrong(name, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"a whole number from 0 to {most:N0}"), number.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
