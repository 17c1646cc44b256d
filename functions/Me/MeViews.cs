using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Customers;
using Loyalty.Core.Games;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Core.Tiers;
using Loyalty.Engine.Queries;
using NodaTime;

namespace Loyalty.Functions.Me;

/// <summary>What a token is asked for.</summary>
/// <param name="Minutes">1 to 1,440; default 15.</param>
public sealed record MeTokenRequest(int? Minutes = null);

/// <summary>A token and when it ends.</summary>
public sealed record MeTokenView(string Token, Instant ExpiresAt);

/// <summary>What customers see of themselves. What the program does not have is absent.</summary>
public sealed record MeView
{
    public string? Name { get; init; }

    /// <summary>The language of texts: <c>en</c>, <c>ru</c>, <c>uk</c> or <c>bg</c>.</summary>
    public required string Language { get; init; }

    /// <summary>Where moments are days: IANA.</summary>
    public required string Zone { get; init; }
    public required ImmutableArray<MeWalletView> Wallets { get; init; }

    /// <summary>null: the program has no tiers.</summary>
    public TierOutlook? Tier { get; init; }

    /// <summary>null: the program has no games.</summary>
    public ImmutableArray<GameOutlook>? Games { get; init; }

    /// <summary>The link for friends; null: the program has no referrals.</summary>
    public MeReferralView? Referral { get; init; }

    public static MeView Of(CustomerSnapshot snapshot, ProgramModel program, Instant now)
    {
        var customer = snapshot.Customer!;
        return new MeView
        {
            Name = CustomerAttributes.Lookup(snapshot, program)("customer.name") is Core.AttributeValue.Text name ? name.Value : null,
            Language = LanguageOf(customer.Profile.Locale?.Value ?? program.Locale),
            Zone = CustomerMoments.ZoneOf(customer, program).Id,
            Wallets = [.. snapshot.Wallets.Select(MeWalletView.Of)],
            Tier = Standing.Tier(customer, program, now),
            Games = Standing.Games(customer, program, now),
        };
    }

    public static string LanguageOf(string locale)
    {
        var language = locale.Split('-')[0].ToLowerInvariant();
        return LedgerTexts.Languages.Contains(language) ? language : LedgerTexts.Languages[0];
    }
}

/// <summary>One kind of points.</summary>
public sealed record MeWalletView
{
    public required string Name { get; init; }

    /// <summary>Can be spent now.</summary>
    public required long Available { get; init; }

    /// <summary>Will be usable later.</summary>
    public required long Pending { get; init; }

    /// <summary>Reserved at a checkout.</summary>
    public required long Held { get; init; }

    /// <summary>Taken back when they were spent already; 0: nothing is owed.</summary>
    public required long Owed { get; init; }

    /// <summary>When how much becomes usable, the earliest first; <c>at</c> null: when the order is fulfilled.</summary>
    public required ImmutableArray<MePoints> BecomesUsable { get; init; }

    /// <summary>When how much of what can be spent ends, the earliest first.</summary>
    public required ImmutableArray<MePoints> Expires { get; init; }

    public static MeWalletView Of(WalletState wallet) => new()
    {
        Name = wallet.Name,
        Available = wallet.Balances.Available,
        Pending = wallet.Balances.Pending,
        Held = wallet.Balances.Held,
        Owed = Math.Max(0, -wallet.Balances.Arrears),
        BecomesUsable = Sum(wallet.Lots.Where(static lot => lot.Pending > 0).Select(static lot => new MePoints(lot.Pending, lot.AvailableAt))),
        Expires = Sum(wallet.Lots.Where(static lot => lot.Available > 0 && lot.ExpiresAt is not null).Select(static lot => new MePoints(lot.Available, lot.ExpiresAt))),
    };

    private static ImmutableArray<MePoints> Sum(IEnumerable<MePoints> all) =>
        [.. all.GroupBy(static one => one.At).Select(static at => new MePoints(at.Sum(static one => one.Points), at.Key)).OrderBy(static one => one.At ?? Instant.MaxValue)];
}

/// <summary>So many points at a moment.</summary>
public sealed record MePoints(long Points, Instant? At);

/// <summary>A page of the history.</summary>
/// <param name="Entries">The latest first.</param>
/// <param name="Next">Give it as <c>after</c> for what is older; null: that was all.</param>
public sealed record MeHistoryView(ImmutableArray<MeEntryView> Entries, string? Next)
{
    /// <summary>The entries behind a place, at most so many.</summary>
    public static MeHistoryView Of(IEnumerable<WalletExplanation> wallets, string language, int limit, string? after)
    {
        var all = wallets
            .SelectMany(wallet => wallet.Lines.Select(line => (wallet.Wallet, Line: line)))
            .OrderByDescending(static one => one.Line.At)
            .ThenBy(static one => one.Wallet, StringComparer.Ordinal)
            .ThenByDescending(static one => one.Line.Sequence)
            .ToList();
        // Entries are never taken away, so the place of one that was shown is always found again; the text of a stranger is no place.
        var start = after is null ? 0 : all.FindIndex(one => Place(one.Wallet, one.Line) == after) + 1;
        if (after is not null && start == 0) return new MeHistoryView([], null);
        var page = all.Skip(start).Take(limit).ToList();
        return new MeHistoryView(
            [.. page.Select(one => MeEntryView.Of(one.Wallet, one.Line, language))],
            start + page.Count < all.Count && page.Count > 0 ? Place(page[^1].Wallet, page[^1].Line) : null);
    }

    private static string Place(string wallet, ExplainLine line) => string.Create(CultureInfo.InvariantCulture, $"{wallet}.{line.Sequence}");
}

/// <summary>What happened to points, as a sentence.</summary>
public sealed record MeEntryView
{
    public required Instant At { get; init; }
    public required string Wallet { get; init; }
    public required EntryType Type { get; init; }

    /// <summary>What it did to what can be spent.</summary>
    public required long Change { get; init; }

    /// <summary>What could be spent afterwards.</summary>
    public required long Balance { get; init; }
    public required string Text { get; init; }

    public static MeEntryView Of(string wallet, ExplainLine line, string language) => new()
    {
        At = line.At,
        Wallet = wallet,
        Type = line.Type,
        Change = line.AvailableChange,
        Balance = line.AvailableAfter,
        // People know an order by its number in the shop, not by the shop's address.
        Text = LedgerTexts.Of(line with { Cause = line.Cause with { OrderId = line.Cause.OrderId is { } order ? order[(order.LastIndexOf(':') + 1)..] : null } }, language),
    };
}

/// <summary>Tier and games of a customer: the same for support and for themselves.</summary>
public static class Standing
{
    /// <summary>null: the program has no tiers.</summary>
    public static TierOutlook? Tier(CustomerState customer, ProgramModel program, Instant now) =>
        program.Tiers is { } plan ? TierOutlook.Of(customer.Tier, customer.Qualifying ?? [], plan, now, program.TimeZone) : null;

    /// <summary>null: the program has no games.</summary>
    public static ImmutableArray<GameOutlook>? Games(CustomerState customer, ProgramModel program, Instant now) =>
        program.Games.IsEmpty ? null : GameOutlook.Of(customer.Games, program.Games, now, program.TimeZone);
}
