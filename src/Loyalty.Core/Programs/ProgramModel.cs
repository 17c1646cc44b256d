using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Programs;

/// <summary>One version of the program as the rules read it: what <c>program/program.yaml</c> declares, checked.</summary>
public sealed record ProgramModel
{
    private readonly DateTimeZone? _zone = DateTimeZoneProviders.Tzdb["Etc/UTC"];

    /// <summary>Kebab-case name.</summary>
    public string Name { get; init; } = "program";

    /// <summary>From 1; a published version never changes.</summary>
    public int Version { get; init; } = 1;

    /// <summary>IANA id of the zone in which days end and of every customer without a zone. Default <c>Etc/UTC</c>.</summary>
    public string Zone
    {
        get;
        init
        {
            field = value;
            // Asked for a dozen times in a decision, so it is looked up once.
            _zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(value);
        }
    } = "Etc/UTC";

    /// <summary>ISO 4217; orders in another currency earn nothing, with that reason. Default <c>EUR</c>.</summary>
    public string Currency { get; init; } = "EUR";

    /// <summary>BCP 47. Default <c>en</c>.</summary>
    public string Locale { get; init; } = "en";

    /// <summary>The point types. Default: <c>spendable</c> alone.</summary>
    public ImmutableArray<WalletRule> Wallets { get; init; } = [new WalletRule(WalletRule.Spendable)];

    public EarningPlan Earning { get; init; } = new();

    /// <summary>Rates of other currencies.</summary>
    public CurrencyRates Rates { get; init; } = new();

    /// <summary>How points pay; null: they do not.</summary>
    public PayRule? Pay { get; init; }

    /// <summary>A restored lot that has ended gets so many full days more, once. Default 30.</summary>
    public int RestoreGraceDays { get; init; } = 30;

    /// <summary>Corrections of more points than this, either way, need a second person; null (default): none does.</summary>
    public long? ApprovalAbove { get; init; }

    /// <summary>From then on nothing is earned any more; null: the program is open.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>The tiers; null: the program has none.</summary>
    public Tiers.TierPlan? Tiers { get; init; }

    /// <summary>Badges, challenges and streaks.</summary>
    public ImmutableArray<Games.GameRule> Games { get; init; } = [];

    /// <summary>How customers bring friends; null: the program has no referrals.</summary>
    public Referrals.ReferralPlan? Referrals { get; init; }

    public SignalRules Signals { get; init; } = new();

    /// <summary>When and how often people are written to.</summary>
    public Contact.ContactPolicy Contact { get; init; } = Loyalty.Core.Contact.ContactPolicy.None;

    /// <exception cref="NodaTime.TimeZones.DateTimeZoneNotFoundException">The zone is unknown; validation before publish finds it.</exception>
    [JsonIgnore]
    public DateTimeZone TimeZone => _zone ?? DateTimeZoneProviders.Tzdb[Zone];

    /// <summary>The rule of a wallet, or null.</summary>
    public WalletRule? Wallet(string name)
    {
        foreach (var wallet in Wallets)
        {
            if (wallet.Name == name) return wallet;
        }

        return null;
    }
}

/// <summary>A point type.</summary>
/// <param name="Name">Kebab-case; <c>spendable</c>, <c>qualifying</c>, …</param>
/// <param name="Returns">What a reversal may take. Default <see cref="ReturnPolicy.WithinBalance"/>.</param>
public sealed record WalletRule(string Name, ReturnPolicy Returns = ReturnPolicy.WithinBalance)
{
    /// <summary>The wallet that tiers count, where a program declares it.</summary>
    public const string Qualifying = "qualifying";

    /// <summary>What a granted point is expected to cost, minor units of the program's currency; each grant keeps the sum. null: not told.</summary>
    public decimal? CostMinor { get; init; }

    /// <summary>The wallet that every program has.</summary>
    public const string Spendable = "spendable";
}
