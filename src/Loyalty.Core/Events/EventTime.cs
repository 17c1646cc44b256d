using NodaTime;

namespace Loyalty.Core.Events;

/// <summary>When something may have happened: from 1970 to 2199. What is reckoned from it (the end of a lot, an anniversary) stays within the calendar, and a slip of the pen stands out.</summary>
public static class EventTime
{
    /// <summary>The first moment.</summary>
    public static Instant Earliest { get; } = Instant.FromUtc(1970, 1, 1, 0, 0);

    /// <summary>The first moment that is too late.</summary>
    public static Instant End { get; } = Instant.FromUtc(2200, 1, 1, 0, 0);

    /// <summary>Whether an event may say so.</summary>
    public static bool Has(Instant moment) => moment >= Earliest && moment < End;
}
