using Loyalty.Core.Calendars;
using Loyalty.Core.Earning;
using Loyalty.Core.Programs;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>Kinds of a customer's own moments, in the order in which those of one instant come.</summary>
internal enum CustomerMomentKind
{
    CartAbandoned,
    Birthday,
    ReorderDue,
    CategoryDue,
    Inactive,
    Anniversary,
}

/// <summary>A moment that is not told yet.</summary>
internal sealed record CustomerMoment(Instant At, CustomerMomentKind Kind)
{
    public CartState? Cart { get; init; }
    public LocalDate? Birthday { get; init; }
    public CategoryRhythm? Category { get; init; }
}

/// <summary>When something of a customer is due by itself.</summary>
public static class CustomerMoments
{
    /// <summary>
    /// The customer's <c>wakeAt</c>: the earliest of wallets, carts, birthday, reorder and inactivity; null: nothing is due ever.
    /// </summary>
    public static Instant? Next(CustomerState customer, ProgramModel program)
    {
        var next = OwnNext(customer, program);
        foreach (var wallet in customer.Wallets) next = Earlier(next, wallet.NextMoment);
        if (program.Tiers is not null && customer.Tier?.EndsAt is { } review) next = Earlier(next, review);
        return next;
    }

    /// <summary>When the customer is expected to order again; null: too little is known.</summary>
    public static Instant? ReorderAt(CustomerState customer, ProgramModel program)
    {
        if (customer.Purchases.LastAt is not { } last) return null;
        var signals = program.Signals;
        if (customer.Purchases.MeanInterval is { } mean)
            return last + Clamp(mean, signals.ReorderAtLeastDays, signals.ReorderAtMostDays);
        return signals.ReorderAfterOneOrderDays is { } days ? last + Duration.FromDays(days) : null;
    }

    /// <summary>When the customer counts as inactive by the own rhythm; null: never.</summary>
    public static Instant? InactiveAt(CustomerState customer, ProgramModel program)
    {
        if (customer.LastActivityAt is not { } last) return null;
        if (customer.SignedUpAt is null && customer.Purchases.Count == 0) return null;
        var signals = program.Signals;
        if (customer.Purchases.MeanInterval is not { } mean)
            return signals.InactiveAfterDays is { } days ? last + Duration.FromDays(days) : null;
        var interval = Clamp(mean, signals.ReorderAtLeastDays, signals.ReorderAtMostDays) * (double)signals.InactiveAfterIntervals;
        var least = Duration.FromDays(signals.InactiveAtLeastDays);
        return last + (interval > least ? interval : least);
    }

    /// <summary>The zone of the customer, else the program's.</summary>
    public static DateTimeZone ZoneOf(CustomerState? customer, ProgramModel program) =>
        customer?.Profile.TimeZone ?? program.TimeZone;

    /// <summary>The earliest that is not told yet, found without making any of them: it is asked whenever a customer is written.</summary>
    private static Instant? OwnNext(CustomerState customer, ProgramModel program)
    {
        Instant? next = null;
        foreach (var cart in customer.Carts) next = Earlier(next, AbandonedAt(customer, cart, program));
        if (customer.Profile.Birthday is not null) next = Earlier(next, Birthday(customer, program)?.At);
        if (Anniversary(customer, program) is { } anniversary) next = Earlier(next, anniversary.At);
        var byCategory = false;
        if (program.Signals.ReorderByCategory && customer.Categories is { } categories)
        {
            foreach (var rhythm in categories)
            {
                if (rhythm.DueAt(program.Signals) is not { } due) continue;
                byCategory = true;
                if (rhythm.ToldFor != rhythm.LastAt) next = Earlier(next, due);
            }
        }

        if (!byCategory && customer.Told.ReorderFor != customer.Purchases.LastAt) next = Earlier(next, ReorderAt(customer, program));
        return customer.IsInactive ? next : Earlier(next, InactiveAt(customer, program));
    }

    /// <summary>What is due and not told yet; null: nothing.</summary>
    internal static List<CustomerMoment>? Due(CustomerState customer, ProgramModel program, Instant now)
    {
        List<CustomerMoment>? due = null;
        foreach (var cart in customer.Carts)
        {
            if (AbandonedAt(customer, cart, program) is { } at && at <= now) Add(new CustomerMoment(at, CustomerMomentKind.CartAbandoned) { Cart = cart });
        }

        if (Birthday(customer, program) is { } birthday && birthday.At <= now) Add(new CustomerMoment(birthday.At, CustomerMomentKind.Birthday) { Birthday = birthday.Day });
        if (Anniversary(customer, program) is { } yearly && yearly.At <= now) Add(new CustomerMoment(yearly.At, CustomerMomentKind.Anniversary) { Birthday = yearly.Day });
        // Whose goods have rhythms of their own is told of those; the rhythm of all orders is for everybody else.
        var byCategory = false;
        if (program.Signals.ReorderByCategory && customer.Categories is { } categories)
        {
            foreach (var rhythm in categories)
            {
                if (rhythm.DueAt(program.Signals) is not { } at) continue;
                byCategory = true;
                if (rhythm.ToldFor != rhythm.LastAt && at <= now) Add(new CustomerMoment(at, CustomerMomentKind.CategoryDue) { Category = rhythm });
            }
        }

        if (!byCategory && customer.Told.ReorderFor != customer.Purchases.LastAt && ReorderAt(customer, program) is { } reorder && reorder <= now)
            Add(new CustomerMoment(reorder, CustomerMomentKind.ReorderDue));
        if (!customer.IsInactive && InactiveAt(customer, program) is { } inactive && inactive <= now)
            Add(new CustomerMoment(inactive, CustomerMomentKind.Inactive));
        return due;

        void Add(CustomerMoment moment) => (due ??= []).Add(moment);
    }

    private static Instant? AbandonedAt(CustomerState customer, CartState cart, ProgramModel program)
    {
        if (program.Signals.CartAbandonedAfterMinutes is not { } minutes) return null;
        if (cart.UpdatedAt is not { } at || cart.Lines.IsEmpty || cart.ClosedAt is not null || cart.AbandonedFor == at) return null;
        return customer.LastPlacedAt >= at ? null : at + Duration.FromMinutes(minutes);
    }

    /// <summary>The first birthday after the last one told (or after the customer became known).</summary>
    internal static (Instant At, LocalDate Day)? Birthday(CustomerState customer, ProgramModel program)
    {
        if (customer.Profile.Birthday is not { } told) return null;
        var zone = ZoneOf(customer, program);
        var after = customer.Told.BirthdayFor;
        var year = (after ?? customer.CreatedAt.InZone(zone).Date).Year;
        for (var ahead = 0; ahead <= 2; ahead++)
        {
            var day = told.Value.PlusYears(year + ahead - told.Value.Year);
            var at = At(day, program.Signals, zone);
            if (after is null ? at > customer.CreatedAt : day > after)
                return (at, day);
        }

        return null;
    }

    /// <summary>The first anniversary of the sign-up after the last one told; none where no rule listens to it.</summary>
    private static (Instant At, LocalDate Day)? Anniversary(CustomerState customer, ProgramModel program)
    {
        if (customer.SignedUpAt is not { } signedUp || !program.Earning.HearsEvent(DerivedEventTypes.CustomerAnniversary)) return null;
        var zone = ZoneOf(customer, program);
        var first = signedUp.InZone(zone).Date;
        var day = first.PlusYears(Math.Max(0, (customer.Told.AnniversaryFor?.Year ?? first.Year) - first.Year) + 1);
        var at = LocalClock.Resolve(day.At(new LocalTime(program.Signals.BirthdayAtHour, 0)), zone);
        return (at, day);
    }

    private static Instant At(LocalDate day, SignalRules signals, DateTimeZone zone) =>
        LocalClock.Resolve(day.PlusDays(-signals.BirthdayBeforeDays).At(new LocalTime(signals.BirthdayAtHour, 0)), zone);

    private static Duration Clamp(Duration value, int leastDays, int mostDays) =>
        Duration.Min(Duration.Max(value, Duration.FromDays(leastDays)), Duration.FromDays(mostDays));

    private static Instant? Earlier(Instant? a, Instant? b) => a is null || b < a ? b ?? a : a;
}
