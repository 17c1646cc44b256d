using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>When a <c>wait</c> is over; a closed set.</summary>
public abstract record WaitRule
{
    private WaitRule()
    {
    }

    /// <summary>A duration.</summary>
    public sealed record For(CalendarDuration Span) : WaitRule;

    /// <summary>The next local time, weekday or date.</summary>
    public sealed record Until(MomentRule Rule) : WaitRule;

    /// <summary>A date of the customer or the entry, with an offset.</summary>
    /// <param name="Path">The attribute.</param>
    /// <param name="IsAnnual">It returns every year: the next one.</param>
    /// <param name="Offset">null: the date itself.</param>
    /// <param name="IsBefore">The offset is subtracted.</param>
    /// <param name="At">The local time on that day; null: of a date 00:00, of a moment its own.</param>
    /// <param name="NotBefore">Not sooner than this long after the start.</param>
    public sealed record Date(
        string Path, bool IsAnnual, CalendarDuration? Offset, bool IsBefore, LocalTime? At, CalendarDuration? NotBefore) : WaitRule;

    /// <summary>When a wait that began at <paramref name="began"/> is over.</summary>
    /// <returns>null: a one-off moment that is unset or was past already, or a rule that never comes.</returns>
    public Instant? DueAt(IAttributeSource source, Instant began, DateTimeZone zone) => this switch
    {
        For wait => wait.Span.After(began, zone),
        Until until => until.Rule.Next(began, zone),
        Date date => Of(date, source.Look(date.Path), began, zone),
        _ => null,
    };

    private static Instant? Of(Date rule, AttributeValue value, Instant began, DateTimeZone zone)
    {
        var floor = rule.NotBefore?.After(began, zone) ?? began;
        switch (value)
        {
            case AttributeValue.Day day when rule.IsAnnual:
                var annual = new AnnualDate(day.Value.Month, day.Value.Day);
                var year = LocalClock.Date(floor, zone).Year;
                for (var y = year - 1; y <= year + 101; y++)
                {
                    var moment = Shift(rule, annual.InYear(y), zone);
                    if (moment > began && moment >= floor) return moment;
                }

                return null;
            case AttributeValue.Day day:
                return OneOff(Shift(rule, LocalClock.Clamp(day.Value), zone), began, floor);
            case AttributeValue.Moment moment when rule.At is null:
                var shifted = rule.Offset is { } offset
                    ? rule.IsBefore ? offset.Before(moment.Value, zone) : offset.After(moment.Value, zone)
                    : LocalClock.Clamp(moment.Value);
                return OneOff(shifted, began, floor);
            case AttributeValue.Moment moment:
                return OneOff(Shift(rule, LocalClock.Date(moment.Value, zone), zone), began, floor);
            default: return null;
        }
    }

    private static Instant? OneOff(Instant moment, Instant began, Instant floor) =>
        moment < began ? null : Instant.Max(moment, floor);

    private static Instant Shift(Date rule, LocalDate day, DateTimeZone zone)
    {
        var moment = LocalClock.Resolve(day + (rule.At ?? LocalTime.Midnight), zone);
        if (rule.Offset is not { } offset) return moment;
        return rule.IsBefore ? offset.Before(moment, zone) : offset.After(moment, zone);
    }
}
