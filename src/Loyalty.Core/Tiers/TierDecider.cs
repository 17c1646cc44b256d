using System.Collections.Immutable;
using Loyalty.Core.Earning;
using NodaTime;

namespace Loyalty.Core.Tiers;

/// <summary>
/// The rules of tiers: up at once, one step down at the period's end after grace, and a tier that was carried by what came back is corrected at once.
/// Pure: (state, days, plan, now) → state.
/// </summary>
public static class TierDecider
{
    private const int MostPeriods = 200;

    /// <summary>Where the customer stands now.</summary>
    /// <param name="state">As it was; null: never had a tier.</param>
    /// <param name="days">What counts.</param>
    /// <param name="plan">The tiers.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The program's zone.</param>
    public static (TierState? State, TierChange? Change) Settle(
        TierState? state, ImmutableArray<QualifyingDay> days, TierPlan plan, Instant now, DateTimeZone zone)
    {
        var turn = new Turn(state, days, plan, now, zone);
        turn.Redefine();
        turn.Correct();
        turn.EndPeriods();
        turn.Climb();
        return turn.Close();
    }

    /// <summary>The sum that counts on a day: of the rolling window that ends with it, or of its period up to it.</summary>
    public static long SumAt(ImmutableArray<QualifyingDay> days, TierPlan plan, LocalDate day) =>
        QualifyingDays.Sum(days, FirstDay(plan.Window, day), day, plan.Measure);

    internal static LocalDate FirstDay(TierWindow window, LocalDate day) => window switch
    {
        TierWindow.Rolling rolling => day.PlusDays(1 - rolling.Days),
        TierWindow.Calendar calendar => Periods.Start(calendar.Period, day),
        _ => throw new ArgumentOutOfRangeException(nameof(window), window.GetType().Name, null),
    };

    /// <summary>The last day of the period of a tier that was reached on a day.</summary>
    internal static LocalDate LastDay(TierWindow window, LocalDate day) => window switch
    {
        TierWindow.Rolling rolling => day.PlusDays(rolling.Days),
        TierWindow.Calendar calendar => Periods.Next(calendar.Period, day).PlusDays(-1),
        _ => throw new ArgumentOutOfRangeException(nameof(window), window.GetType().Name, null),
    };

    private sealed class Turn(TierState? state, ImmutableArray<QualifyingDay> days, TierPlan plan, Instant now, DateTimeZone zone)
    {
        private readonly LocalDate _today = now.InZone(zone).Date;
        private readonly string? _from = state?.Name;
        private List<TierStep> _steps = [.. state?.Steps ?? []];
        private int _level = plan.IndexOf(state?.Name);
        private Instant? _endsAt = state?.EndsAt;
        private Instant? _at;
        private string _reason = "reached";

        /// <summary>Tiers that the program no longer has bear nothing; the highest of the rest counts.</summary>
        public void Redefine()
        {
            if (_steps.TrueForAll(step => plan.IndexOf(step.Name) >= 0)) return;
            _steps = [.. _steps.Where(step => plan.IndexOf(step.Name) >= 0)];
            _reason = "definition";
            Fall();
        }

        /// <summary>What carried the upgrade is gone: down at once, to what still bears.</summary>
        public void Correct()
        {
            var isCorrected = false;
            while (_steps.Count > 0 && _steps[^1] is { IsKept: false } top && SumAt(days, plan, top.Day) < plan.Levels[plan.IndexOf(top.Name)].Threshold)
            {
                _steps.RemoveAt(_steps.Count - 1);
                isCorrected = true;
            }

            if (!isCorrected) return;
            _reason = "returned";
            Fall();
        }

        public void EndPeriods()
        {
            for (var i = 0; i < MostPeriods && _level >= 0 && _endsAt <= now; i++)
            {
                var end = _endsAt!.Value;
                var lastDay = end.InZone(zone).Date.PlusDays(-1 - plan.GraceDays);
                var reviewedOn = end.InZone(zone).Date.PlusDays(-1);
                var isHeld = plan.Reached(SumAt(days, plan, lastDay)) >= _level || plan.Reached(SumAt(days, plan, reviewedOn)) >= _level;
                if (isHeld)
                {
                    var day = plan.Reached(SumAt(days, plan, lastDay)) >= _level ? lastDay : reviewedOn;
                    _steps = [new TierStep(plan.Levels[_level].Name, day)];
                }
                else
                {
                    _level--;
                    (_at, _reason) = (end, "period-end");
                    _steps = _level < 0 ? [] : [new TierStep(plan.Levels[_level].Name, lastDay, IsKept: true)];
                }

                // The next period begins where this one ended, not where its grace did.
                _endsAt = _level < 0 ? null : EndAfter(LastDay(plan.Window, lastDay.PlusDays(1)));
            }
        }

        public void Climb()
        {
            var reached = plan.Reached(SumAt(days, plan, _today));
            if (reached <= _level) return;
            _level = reached;
            _steps.Add(new TierStep(plan.Levels[reached].Name, _today));
            _endsAt = EndAfter(LastDay(plan.Window, _today));
            (_at, _reason) = (null, "reached");
        }

        public (TierState? State, TierChange? Change) Close()
        {
            var name = _level < 0 ? null : plan.Levels[_level].Name;
            if (state is null && name is null) return (null, null);
            var isChanged = name != _from;
            var next = new TierState
            {
                Name = name,
                Since = isChanged || state is null ? _at ?? now : state.Since,
                EndsAt = _endsAt,
                Steps = [.. _steps],
            };
            return (next, isChanged ? new TierChange(_from, name, _at ?? now, _reason) : null);
        }

        private void Fall()
        {
            _level = _steps.Count == 0 ? -1 : plan.IndexOf(_steps[^1].Name);
            _endsAt = _steps.Count == 0 ? null : EndAfter(LastDay(plan.Window, _steps[^1].Day));
        }

        /// <summary>24:00 of a day and the grace.</summary>
        private Instant EndAfter(LocalDate lastDay) => zone.AtStartOfDay(lastDay.PlusDays(1 + plan.GraceDays)).ToInstant();
    }
}
