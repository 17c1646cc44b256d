using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using NodaTime;
using NodaTime.TimeZones;

namespace Loyalty.Core.Contact;

/// <summary>When and how often people are written to: <c>contact:</c> of program.yaml. Transactional messages are exempt from all of it.</summary>
public sealed record ContactPolicy
{
    /// <summary>No quiet hours, no caps, no budgets: the default.</summary>
    public static ContactPolicy None { get; } = new();

    /// <summary>By the person's clock; null: none.</summary>
    public QuietHours? Quiet { get; init; }

    /// <summary>How many messages at most; a message has to fit under every cap that counts it.</summary>
    public ImmutableArray<FrequencyCap> Caps { get; init; } = [];

    /// <summary>The same template goes to a person again only after this; null: whenever a journey says so.</summary>
    public CalendarDuration? RepeatAfter { get; init; }

    /// <summary>How many marketing messages the whole program sends, by channel.</summary>
    public ImmutableArray<SendBudget> Budgets { get; init; } = [];

    /// <summary>Topics whose consent counts only after it was confirmed from the address itself.</summary>
    public ImmutableSortedSet<string> DoubleOptIn { get; init; } = [];

    /// <summary>Channels beside <see cref="Consents.Email"/> whose messages go to the person's e-mail address.</summary>
    public ImmutableSortedSet<string> ToEmail { get; init; } = [];

    /// <summary>Channels whose messages go to the person's number.</summary>
    public ImmutableSortedSet<string> ToPhone { get; init; } = [];

    /// <summary>Whether a decision has to be confirmed anew where the person has another address or number.</summary>
    /// <param name="key">What the decision is kept under (<see cref="Consents.Key"/>).</param>
    /// <param name="isMail">The e-mail address is another.</param>
    /// <param name="isPhone">The number is.</param>
    public bool IsAsked(string key, bool isMail, bool isPhone)
    {
        if (!isMail && !isPhone) return false;
        var (channel, topic) = Consents.Parse(key);
        if (!DoubleOptIn.Contains(topic)) return false;
        return (isMail && (channel == Consents.Email || ToEmail.Contains(channel))) || (isPhone && ToPhone.Contains(channel));
    }

    /// <summary>Where complaints are worked on.</summary>
    public ComplaintDesk Complaints { get; init; } = new();

    /// <summary>Whether a person's latest messages have to be remembered.</summary>
    public bool KeepsHistory => !Caps.IsEmpty || RepeatAfter is not null;
}

/// <summary>Hours in which nothing goes, by the person's clock; they may cross midnight.</summary>
/// <param name="From">The first quiet local time.</param>
/// <param name="To">The first local time that is not quiet any more; never equal to <paramref name="From"/>.</param>
public sealed record QuietHours(LocalTime From, LocalTime To)
{
    private readonly SendWindow _loud = new(Weekdays.All, To, From);

    /// <summary>The moment itself where it is not quiet, else the first moment after the quiet hours.</summary>
    public Instant NextLoud(Instant moment, DateTimeZone zone) => _loud.NextOpening(moment, zone) ?? moment;

    /// <inheritdoc/>
    public bool Equals(QuietHours? other) => other is not null && From == other.From && To == other.To;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(From, To);
}

/// <summary>At most so many marketing messages to one person in a calendar period of the person's zone.</summary>
/// <param name="AtMost">1 to <see cref="Most"/>.</param>
/// <param name="Per">The period.</param>
/// <param name="Topic">Only messages of this topic count; null: all.</param>
/// <param name="Channel">Only messages of this channel count; null: all.</param>
public sealed record FrequencyCap(int AtMost, CapPeriod Per, string? Topic = null, string? Channel = null)
{
    /// <summary>The highest cap.</summary>
    public const int Most = 100;

    /// <summary>Whether a message counts towards this cap.</summary>
    public bool Counts(string? topic, string channel) => (Topic is null || Topic == topic) && (Channel is null || Channel == channel);
}

/// <summary>A calendar period.</summary>
public enum CapPeriod
{
    /// <summary>From local midnight to local midnight.</summary>
    Day,

    /// <summary>From Monday to Monday.</summary>
    Week,

    /// <summary>From the first to the first.</summary>
    Month,
}

/// <summary>Marketing messages of the whole program in a calendar period of the program's zone.</summary>
/// <param name="Channel">Which channel.</param>
/// <param name="AtMost">0 or more.</param>
/// <param name="Per">The period.</param>
public sealed record SendBudget(string Channel, int AtMost, CapPeriod Per);

/// <summary>Where complaints go.</summary>
/// <param name="Queue">The queue of the task. Default <c>complaints</c>.</param>
/// <param name="Due">From when the complaint came. Default 2d.</param>
public sealed record ComplaintDesk(string Queue, CalendarDuration Due)
{
    public ComplaintDesk()
        : this("complaints", CalendarDuration.Days(2))
    {
    }
}

/// <summary>The calendar periods of caps and budgets.</summary>
public static class CapPeriods
{
    // The first moment of a day: where midnight comes twice, the first; where it never comes (or the whole day does not), the first moment after it.
    private static readonly ZoneLocalMappingResolver Midnight = Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    /// <summary>The start of the period that a moment lies in.</summary>
    public static Instant Start(CapPeriod period, Instant moment, DateTimeZone zone) => Of(period, moment, zone).Start;

    /// <summary>The start of the next period; later than the moment.</summary>
    public static Instant Next(CapPeriod period, Instant moment, DateTimeZone zone) => Of(period, moment, zone).Next;

    private static (Instant Start, Instant Next) Of(CapPeriod period, Instant moment, DateTimeZone zone)
    {
        var first = First(period, moment, zone);
        while (true)
        {
            var next = period switch { CapPeriod.Day => first.PlusDays(1), CapPeriod.Week => first.PlusWeeks(1), _ => first.PlusMonths(1) };
            var end = StartOf(next, zone);
            // Clocks that are set back soon after midnight show the day before once more: the period has begun all the same.
            if (end > moment) return (StartOf(first, zone), end);
            first = next;
        }
    }

    private static Instant StartOf(LocalDate date, DateTimeZone zone) => zone.ResolveLocal(date.AtMidnight(), Midnight).ToInstant();

    private static LocalDate First(CapPeriod period, Instant moment, DateTimeZone zone)
    {
        var date = LocalClock.Date(moment, zone);
        return period switch
        {
            CapPeriod.Day => date,
            CapPeriod.Week => date.PlusDays(1 - (int)date.DayOfWeek),
            _ => new LocalDate(date.Year, date.Month, 1),
        };
    }
}
