using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Core.Customers;

/// <summary>Points about to end: who is warned when.</summary>
/// <param name="ExpiresAt">When they end.</param>
/// <param name="Days">The declared number of days before.</param>
/// <param name="At">When the warning is due.</param>
/// <param name="Points">How many.</param>
/// <param name="Key">
/// Names the warning: the first of its lots and the day on which they end. Not the moment, which may be some minutes later where a bonus was given late: the
/// journeys that start from it would be others then.
/// </param>
public sealed record ExpiryWarning(Instant ExpiresAt, int Days, Instant At, long Points, string Key);

/// <summary>What lies ahead of a wallet.</summary>
public static class WalletOutlook
{
    // No clock is ever moved by more than a day: so far a day of the calendar may lie from 24 hours, with room to spare.
    private static readonly Duration MostMoved = Duration.FromDays(2);

    /// <summary>The wallet at a glance.</summary>
    public static WalletSummary Summary(WalletState wallet, ProgramModel program)
    {
        var next = wallet.NextMoment;
        Instant? expiry = null;
        foreach (var lot in wallet.Lots)
        {
            if (lot.Available == 0 || lot.ExpiresAt is not { } at) continue;
            // Whoever has usable points that end has a next moment.
            if (NextWarning(lot, program, next!.Value) is { } warning && warning.At < next) next = warning.At;
            if (expiry is null || at < expiry) expiry = at;
        }

        var points = 0L;
        if (expiry is not null)
        {
            foreach (var lot in wallet.Lots)
            {
                if (lot.ExpiresAt == expiry) points += lot.Available;
            }
        }

        return new WalletSummary(wallet.Name, wallet.Balances.Available, wallet.Balances.Pending, next, expiry, points);
    }

    /// <summary>The warnings due at <paramref name="now"/>, one per end and number of days, and the wallet that remembers them.</summary>
    public static (WalletState Wallet, ImmutableArray<ExpiryWarning> Warnings) Warn(WalletState wallet, ProgramModel program, Instant now)
    {
        List<ExpiryWarning>? warnings = null;
        var lots = wallet.Lots;
        for (var i = 0; i < lots.Length; i++)
        {
            (Instant At, int Days)? due = null;
            while (NextWarning(lots[i], program, now) is { } next && next.At <= now)
            {
                due = next;
                lots = lots.SetItem(i, lots[i] with { WarnedBeforeDays = next.Days });
            }

            if (due is { } told) (warnings ??= []).Add(Warning(lots[i], told.Days, told.At, program));
        }

        return warnings is null ? (wallet, []) : (wallet with { Lots = lots }, Joined(warnings));
    }

    /// <summary>One per end and number of days, named by the first lot; the earliest first, of one moment as they stood.</summary>
    private static ImmutableArray<ExpiryWarning> Joined(List<ExpiryWarning> warnings)
    {
        var joined = ImmutableArray.CreateBuilder<ExpiryWarning>(warnings.Count);
        foreach (var warning in warnings)
        {
            var at = 0;
            while (at < joined.Count && (joined[at].ExpiresAt, joined[at].Days, joined[at].At) != (warning.ExpiresAt, warning.Days, warning.At)) at++;
            if (at == joined.Count)
            {
                while (at > 0 && joined[at - 1].At > warning.At) at--;
                joined.Insert(at, warning);
                continue;
            }

            var known = joined[at];
            var key = string.CompareOrdinal(warning.Key, known.Key) < 0 ? warning.Key : known.Key;
            joined[at] = known with { Points = known.Points + warning.Points, Key = key };
        }

        return joined.DrainToImmutable();
    }

    /// <summary>The lot's next warning; one whose moment lay before the points became usable never comes.</summary>
    /// <param name="lot">The lot.</param>
    /// <param name="program">Which warnings there are.</param>
    /// <param name="latest">A warning after this moment may be left out: nobody asks for it, and most lie months ahead, so that no calendar need be asked.</param>
    private static (Instant At, int Days)? NextWarning(LotState lot, ProgramModel program, Instant latest)
    {
        if (lot.Available == 0 || lot.ExpiresAt is not { } end) return null;
        (Instant At, int Days)? next = null;
        foreach (var days in program.Signals.PointsExpiringBeforeDays)
        {
            if (days >= (lot.WarnedBeforeDays ?? int.MaxValue) || days <= (next?.Days ?? 0)) continue;
            if (end - Duration.FromDays(days) - MostMoved > latest) continue;
            var at = Before(end, days, program.TimeZone);
            if (at > (lot.AvailableAt ?? lot.GrantedAt)) next = (at, days);
        }

        return next;
    }

    private static ExpiryWarning Warning(LotState lot, int days, Instant at, ProgramModel program)
    {
        var end = lot.ExpiresAt!.Value;
        return new ExpiryWarning(end, days, at, lot.Available, KeyOf(lot, end.InZone(program.TimeZone).Date));
    }

    private static string KeyOf(LotState lot, LocalDate end) => $"{lot.LotId}:{LocalDatePattern.Iso.Format(end)}";

    private static Instant Before(Instant end, int days, DateTimeZone zone) => LocalClock.PlusDays(end, -days, zone);
}
