using Loyalty.Core.Calendars;
using NodaTime;

namespace Loyalty.Core.Offers;

/// <summary>An offer of offers.yaml.</summary>
public sealed record OfferRule
{
    /// <summary>Ten random characters out of 30 (2^49 codes) and a check character.</summary>
    public const string DefaultPattern = "#####-#####?";

    /// <summary>Kebab-case.</summary>
    public required string Name { get; init; }

    /// <summary>From 1; grows with each published change.</summary>
    public int Version { get; init; } = 1;

    /// <summary>For people.</summary>
    public required string Title { get; init; }

    /// <summary>What it gives.</summary>
    public required OfferGift Gift { get; init; }

    /// <summary>Its codes, see <see cref="CodePattern"/>.</summary>
    public string Pattern { get; init; } = DefaultPattern;

    /// <summary>Where codes come from. Default: made by <see cref="Pattern"/>.</summary>
    public CodeOrigin Codes { get; init; }

    /// <summary>Where codes are redeemed. Default: over our HTTP interface.</summary>
    public RedeemAt RedeemAt { get; init; }

    /// <summary>How long a code can be used after it was given away; null: as long as the offer.</summary>
    public CalendarDuration? Valid { get; init; }

    /// <summary>First day on which codes are given away and redeemed, in the program's zone; null: always.</summary>
    public LocalDate? From { get; init; }

    /// <summary>Last day, included; null: for ever.</summary>
    public LocalDate? Until { get; init; }

    /// <summary>Codes in all; null: as many as are asked for (or as the pool has).</summary>
    public int? Stock { get; init; }

    /// <summary>What all redemptions together may give: minor units of the program's currency, or points; null: no bound. Counted at the checkout's hold.</summary>
    public long? Budget { get; init; }

    /// <summary>Codes for one customer; null: as many as are asked for.</summary>
    public int? PerCustomer { get; init; }

    /// <summary>What a customer pays for a code, in points of the wallet <c>spendable</c>; null: it is given, not bought.</summary>
    public long? Price { get; init; }

    /// <summary>The least value of the goods, minor units of the program's currency with tax; null: any.</summary>
    public long? MinimumMinor { get; init; }

    /// <summary>How it goes together with other offers on one order. Default: with any.</summary>
    public OfferStacking Stacking { get; init; } = OfferStacking.WithAny;

    /// <summary>The first instant at which it is open; null: always was.</summary>
    public Instant? OpensAt(DateTimeZone zone) => From is { } day ? zone.AtStartOfDay(day).ToInstant() : null;

    /// <summary>The instant from which on it is over; null: never.</summary>
    public Instant? ClosesAt(DateTimeZone zone) => Until is { } day ? zone.AtStartOfDay(day.PlusDays(1)).ToInstant() : null;

    /// <summary>Whether codes can be given away and redeemed now.</summary>
    public bool IsOpen(Instant now, DateTimeZone zone) => !(now < OpensAt(zone)) && !(now >= ClosesAt(zone));

    /// <summary>When a code that is given away now ends: the earlier of its own time and the offer's; null: never.</summary>
    /// <param name="asked">What a journey asked for; null: the offer's own time.</param>
    /// <param name="now">The present.</param>
    /// <param name="zone">The program's.</param>
    public Instant? EndOf(Instant? asked, Instant now, DateTimeZone zone)
    {
        var own = asked ?? Valid?.After(now, zone);
        var offer = ClosesAt(zone);
        return own is null || offer < own ? offer ?? own : own;
    }
}

/// <summary>Where an offer's codes come from.</summary>
public enum CodeOrigin
{
    /// <summary>Made by the pattern; at a shop made there through the connector's outbound port.</summary>
    Pattern,

    /// <summary>Imported from a file.</summary>
    Pool,
}

/// <summary>Where an offer's codes are redeemed.</summary>
public enum RedeemAt
{
    /// <summary>Over our HTTP interface: quote, hold, commit, release.</summary>
    Api,

    /// <summary>In the shop's own checkout; the use is learned from the order's discount codes.</summary>
    Shop,
}

/// <summary>How an offer goes together with others.</summary>
/// <param name="IsAlone">With no other at all.</param>
/// <param name="Group">With none of the same group; null: it is in no group.</param>
public sealed record OfferStacking(bool IsAlone, string? Group = null)
{
    /// <summary>With any other.</summary>
    public static OfferStacking WithAny { get; } = new(IsAlone: false);

    /// <summary>Whether two different offers may stand on one order.</summary>
    public static bool GoTogether(OfferRule one, OfferRule other) =>
        !one.Stacking.IsAlone && !other.Stacking.IsAlone && (one.Stacking.Group is null || one.Stacking.Group != other.Stacking.Group);
}

/// <summary>A prize draw of offers.yaml; its tickets are given by offers.</summary>
/// <param name="Name">Kebab-case.</param>
/// <param name="Title">For people.</param>
/// <param name="Prizes">Tickets that win, 1 to 1,000.</param>
public sealed record DrawRule(string Name, string Title, int Prizes);
