using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Contact;

/// <summary>What a provider takes; null: no limit of that kind. Minutes, hours and days are those of UTC.</summary>
/// <param name="PerMinute">1 or more.</param>
/// <param name="PerHour">1 or more.</param>
/// <param name="PerDay">1 or more.</param>
public sealed record ProviderQuota(int? PerMinute = null, int? PerHour = null, int? PerDay = null)
{
    /// <summary>The first day of a new sender; null: no warm-up.</summary>
    public LocalDate? WarmUpFrom { get; init; }

    /// <summary>Messages on the first day of the warm-up; the number doubles every day until <see cref="PerDay"/>, or for 30 days. Default 50.</summary>
    public int WarmUpPerDay { get; init; } = 50;

    /// <summary>Nothing is limited.</summary>
    public bool IsEmpty => PerMinute is null && PerHour is null && PerDay is null && WarmUpFrom is null;

    /// <summary>What may go on a day; null: no limit.</summary>
    public int? DayLimit(LocalDate day)
    {
        if (WarmUpFrom is not { } from) return PerDay;
        var days = Period.DaysBetween(from, day);
        // Before its first day a new sender sends as on that day.
        var ramp = days >= 30 ? int.MaxValue : (int)Math.Min(int.MaxValue, (long)WarmUpPerDay << Math.Max(0, days));
        if (days >= 30 && PerDay is null) return null;
        return Math.Min(ramp, PerDay ?? int.MaxValue);
    }

    /// <summary>The pause between two messages that uses the quota up evenly.</summary>
    public Duration Interval(LocalDate day)
    {
        var pause = Duration.Zero;
        if (PerMinute is { } minute) pause = Duration.Max(pause, Duration.FromMinutes(1) / minute);
        if (PerHour is { } hour) pause = Duration.Max(pause, Duration.FromHours(1) / hour);
        if (DayLimit(day) is { } most) pause = Duration.Max(pause, Duration.FromDays(1) / Math.Max(1, most));
        return pause;
    }
}

/// <summary>Who goes first when not everybody can.</summary>
public enum SendLane
{
    Transactional,
    High,
    Normal,
    Low,
}

/// <summary>What was handed over in the running minute, hour, day and budget period, and to whom turns were given.</summary>
public sealed record PacingState
{
    /// <summary>Start of the running minute.</summary>
    public Instant Minute { get; init; }
    public int InMinute { get; init; }
    public Instant Hour { get; init; }
    public int InHour { get; init; }
    public Instant Day { get; init; }
    public int InDay { get; init; }

    /// <summary>Start of the budget's period.</summary>
    public Instant Period { get; init; }
    public int InPeriod { get; init; }

    /// <summary>By lane: the next turn that is free.</summary>
    public ImmutableArray<Instant> Turns { get; init; } = [default, default, default, default];
}

/// <summary>
/// Paces what goes to a provider: within its quota and the program's budget, by priority. Whoever does not get through is given a turn, a moment to come
/// back at; a turn of a higher lane pushes the turns of lower ones back. The state has one size, however many wait.
/// </summary>
public static class SendPacing
{
    /// <summary>Asks for messages.</summary>
    /// <param name="state">What has gone.</param>
    /// <param name="quota">What may go.</param>
    /// <param name="budget">The channel's budget; null: none. Transactional messages do not use it.</param>
    /// <param name="zone">The program's: budgets are counted in it.</param>
    /// <param name="ask">For what, and when.</param>
    public static PacingAnswer Ask(PacingState state, ProviderQuota quota, SendBudget? budget, DateTimeZone zone, PacingAsk ask)
    {
        var now = ask.Now;
        state = Roll(state, budget, zone, now);
        var pays = budget is not null && ask.Lane != SendLane.Transactional;
        var affordable = pays ? budget!.AtMost - state.InPeriod : int.MaxValue;
        if (affordable <= 0) return new PacingAnswer(state, 0, CapPeriods.Next(budget!.Per, now, zone), WithholdReasons.Budget);
        var (room, free) = Room(state, quota, now);
        var lane = (int)ask.Lane;
        // While a higher lane still has turns to come, it goes first.
        var opens = state.Turns.Take(lane).Append(now).Max();
        if (room > 0 && opens <= now && (ask.HasTurn || state.Turns[lane] <= now))
        {
            var granted = Math.Min(Math.Min(ask.Wanted, room), affordable);
            return new PacingAnswer(
                state with
                {
                    InMinute = state.InMinute + granted,
                    InHour = state.InHour + granted,
                    InDay = state.InDay + granted,
                    InPeriod = pays ? state.InPeriod + granted : state.InPeriod,
                },
                granted,
                null,
                null);
        }

        var last = Instant.Max(state.Turns[lane], free);
        // Whoever had a turn and found it taken by a higher lane stands in the queue already: some place of its lane, so that no place is given twice.
        if (ask.HasTurn)
        {
            var first = Instant.Max(free, opens);
            return new PacingAnswer(state, 0, first + (Instant.Max(last, first) - first) * ask.Draw, WithholdReasons.ProviderQuota);
        }

        // Who would come too late does not stand in the queue.
        if (last >= ask.Latest) return new PacingAnswer(state, 0, last, WithholdReasons.ProviderQuota);
        var pause = quota.Interval(last.InUtc().Date);
        var turns = state.Turns.ToBuilder();
        for (var other = lane; other < turns.Count; other++) turns[other] = Instant.Max(turns[other], free) + pause;
        return new PacingAnswer(state with { Turns = turns.ToImmutable() }, 0, last, WithholdReasons.ProviderQuota);
    }

    private static PacingState Roll(PacingState state, SendBudget? budget, DateTimeZone zone, Instant now)
    {
        var (minute, hour, day) = (Floor(now, 60), Floor(now, 3600), Floor(now, 86_400));
        var period = budget is null ? state.Period : CapPeriods.Start(budget.Per, now, zone);
        return state with
        {
            Minute = minute,
            InMinute = minute == state.Minute ? state.InMinute : 0,
            Hour = hour,
            InHour = hour == state.Hour ? state.InHour : 0,
            Day = day,
            InDay = day == state.Day ? state.InDay : 0,
            Period = period,
            InPeriod = period == state.Period ? state.InPeriod : 0,
        };
    }

    /// <summary>How many may go now, and when the next may.</summary>
    private static (int Room, Instant Free) Room(PacingState state, ProviderQuota quota, Instant now)
    {
        var (room, free) = (int.MaxValue, now);
        if (quota.PerMinute is { } minute) Limit(minute - state.InMinute, state.Minute + Duration.FromMinutes(1));
        if (quota.PerHour is { } hour) Limit(hour - state.InHour, state.Hour + Duration.FromHours(1));
        if (quota.DayLimit(now.InUtc().Date) is { } day) Limit(day - state.InDay, state.Day + Duration.FromDays(1));
        return (room, free);

        void Limit(int left, Instant next)
        {
            room = Math.Min(room, left);
            if (left <= 0) free = Instant.Max(free, next);
        }
    }

    private static Instant Floor(Instant now, long seconds)
    {
        var at = now.ToUnixTimeSeconds();
        return Instant.FromUnixTimeSeconds(at - (((at % seconds) + seconds) % seconds));
    }
}

/// <param name="Lane">Who goes first.</param>
/// <param name="HasTurn">It was given a turn, which has come.</param>
/// <param name="Now">The clock.</param>
/// <param name="Wanted">At most so many, 1 or more.</param>
/// <param name="Draw">0 to 1, another at each asking: where in its lane somebody stands whose turn was taken.</param>
public sealed record PacingAsk(SendLane Lane, bool HasTurn, Instant Now, int Wanted = 1, double Draw = 0.5)
{
    /// <summary>From then on it is of no use; null: always of use.</summary>
    public Instant? Latest { get; init; }
}

/// <param name="State">Afterwards.</param>
/// <param name="Granted">How many may go; 0: none now.</param>
/// <param name="Turn">When to come back, if none.</param>
/// <param name="Reason"><c>budget</c> or <c>provider-quota</c>, if none.</param>
public sealed record PacingAnswer(PacingState State, int Granted, Instant? Turn, string? Reason);
