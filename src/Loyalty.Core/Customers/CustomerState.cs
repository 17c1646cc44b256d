using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>
/// What the program knows of a customer, without names and addresses (<see cref="PersonState"/>). Everything told by the shop merges to the same
/// record in whatever order it arrives.
/// </summary>
public sealed record CustomerState
{
    /// <summary>The program's own opaque id.</summary>
    public required string CustomerId { get; init; }

    /// <summary>When the first thing known of the customer occurred.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>When the program opened this record; it never changes. Of two people who turn out to be one the older record stays.</summary>
    public Instant KnownSince { get; init; }

    /// <summary>All identifiers that were ever told, sorted; of very many the first <see cref="CustomerLimits.Identifiers"/>.</summary>
    public ImmutableArray<string> Identifiers { get; init; } = [];

    /// <summary>When the customer signed up (the earliest told); null: known, but not signed up.</summary>
    public Instant? SignedUpAt { get; init; }

    /// <summary>Locale, zone, country, birthday, tags, first touch.</summary>
    public Profile Profile { get; init; } = new();

    /// <summary>By topic, sorted by topic; <c>*</c> stands for all.</summary>
    public ImmutableArray<TopicConsent> Consents { get; init; } = [];

    /// <summary>Facts that journeys and events set, by name, sorted.</summary>
    public ImmutableArray<CustomerFact> Facts { get; init; } = [];

    /// <summary>Paid orders: how many, when, how regular, for how much.</summary>
    public PurchaseHistory Purchases { get; init; } = new();

    /// <summary>How regularly goods of each category are bought, sorted by category; null: the program does not follow it, or nothing was bought.</summary>
    public ImmutableArray<CategoryRhythm>? Categories { get; init; }

    /// <summary>The latest paid orders that earned nothing, and why; at most <see cref="UnearnedOrder.Limit"/>.</summary>
    public ImmutableArray<UnearnedOrder> Unearned { get; init; } = [];

    /// <summary>The last time the customer did something: came, filled a cart, ordered, answered.</summary>
    public Instant? LastActivityAt { get; init; }

    /// <summary>When the latest order was placed, paid or not.</summary>
    public Instant? LastPlacedAt { get; init; }

    /// <summary>The latest carts, at most <see cref="CustomerLimits.Carts"/>.</summary>
    public ImmutableArray<CartState> Carts { get; init; } = [];

    /// <summary>The stage that was last told.</summary>
    public CustomerStage Stage { get; init; }

    /// <summary>What was told of the customer's own moments.</summary>
    public ToldMoments Told { get; init; } = new();

    /// <summary>A copy of each wallet's balance and next moment, so that a turn needs no wallet to read them.</summary>
    public ImmutableArray<WalletSummary> Wallets { get; init; } = [];

    /// <summary>
    /// The wallets themselves, by name. They change with the customer in every posting, so they are one document: half as many writes, and a balance that
    /// never disagrees with <see cref="Wallets"/>.
    /// </summary>
    public ImmutableArray<Ledger.WalletState> WalletStates { get; init; } = [];

    /// <summary>Keys of grants that a person gets once, sorted.</summary>
    public ImmutableArray<string> OnceGranted { get; init; } = [];

    /// <summary>What counts towards tiers, by day; null: nothing.</summary>
    public ImmutableArray<Tiers.QualifyingDay>? Qualifying { get; init; }

    /// <summary>Where the customer stands; null: never had a tier.</summary>
    public Tiers.TierState? Tier { get; init; }

    /// <summary>How far the customer is in games, by name; null: in none.</summary>
    public ImmutableArray<Games.GameProgress>? Games { get; init; }

    /// <summary>What earning rules with caps, a pause or "once" gave, by rule; null: nothing.</summary>
    public ImmutableArray<Earning.RuleUsage>? Earned { get; init; }

    /// <summary>When a marketing message was last handed over, by topic.</summary>
    public ImmutableArray<TopicSent> Sent { get; init; } = [];

    /// <summary>What the arbiter remembers: suppressed addresses, latest messages; null: nothing.</summary>
    public Contact.ContactState? Contact { get; init; }

    /// <summary>Since when the person's data may only be stored (GDPR, article 18): no journeys, no messages, no corrections; null: not restricted.</summary>
    public Instant? RestrictedAt { get; init; }

    /// <summary>Names that led here and were corrected: erasure looks for what came in under them; null: none.</summary>
    public ImmutableArray<FormerName>? Former { get; init; }

    /// <summary>Live runs, at most <see cref="CustomerLimits.LiveRuns"/>.</summary>
    public ImmutableArray<LiveRun> Runs { get; init; } = [];

    /// <summary>The last entry into each (journey, key), at most <see cref="CustomerLimits.JourneyEntries"/>.</summary>
    public ImmutableArray<PreviousEntry> Entries { get; init; } = [];

    /// <summary>
    /// Ended runs that are in <see cref="Entries"/> no more and whose goal may still be told, at most <see cref="CustomerLimits.OpenGoals"/>; null: none.
    /// </summary>
    public ImmutableArray<FollowedRun>? Followed { get; init; }

    /// <summary>What the customer drew in holdouts and splits and keeps, at most <see cref="CustomerLimits.Draws"/>.</summary>
    public ImmutableArray<KeptDraw> Draws { get; init; } = [];

    /// <summary>Things bought that need service, at most <see cref="CustomerLimits.Assets"/>.</summary>
    public ImmutableArray<CustomerAsset> Assets { get; init; } = [];

    /// <summary>What the program's measures have counted, by name, sorted.</summary>
    public ImmutableArray<MeasureState> Measures { get; init; } = [];

    /// <summary>Ids of the people who were merged into this one, theirs included; sorted; at most <see cref="CustomerLimits.Absorbed"/>.</summary>
    public ImmutableArray<string> Absorbed { get; init; } = [];

    /// <summary>Those of <see cref="Absorbed"/> whose history is still on its way here: no event is applied before it has arrived. Sorted.</summary>
    public ImmutableArray<string> Joining { get; init; } = [];

    /// <summary>Who this person was merged into: the record is sealed, nothing writes to it and reads go on there. Null: nobody.</summary>
    public string? MergedInto { get; init; }

    /// <summary>Somebody brought this customer, and orders can still change what follows from it; null: no.</summary>
    public bool? HasReferral { get; init; }

    /// <summary>Told inactive, and nothing done since.</summary>
    [JsonIgnore]
    public bool IsInactive => Told.InactiveFor is { } spell && spell == LastActivityAt;
}

/// <summary>Bounds of the customer record.</summary>
public static class CustomerLimits
{
    public const int LiveRuns = 20;
    public const int JourneyEntries = 200;

    /// <summary>
    /// Goals of one customer that are open at once and counted; an entry beyond them is not measured. One event may be the goal of all of them, and they
    /// change in one batch with it.
    /// </summary>
    public const int OpenGoals = 50;
    public const int Absorbed = 16;
    public const int Carts = 8;
    public const int CartLines = 10;
    public const int Identifiers = 100;
    public const int Hops = 16;
    public const int Draws = 300;
    public const int Assets = 50;
    public const int OrderLines = 1000;
    public const long OrderMinor = 10_000_000_000_000;
}

/// <summary>What a shop tells about a customer, each value on its own.</summary>
public sealed record Profile
{
    /// <summary>BCP 47.</summary>
    public Told<string>? Locale { get; init; }

    /// <summary>IANA id.</summary>
    public Told<string>? Zone
    {
        get;
        init
        {
            field = value;
            // Asked for a dozen times in a decision, so it is looked up once.
            TimeZone = value is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(value.Value);
        }
    }

    /// <summary>The zone of <see cref="Zone"/>; null: not told, or there is none of that name.</summary>
    internal DateTimeZone? TimeZone { get; private init; }

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public Told<string>? Country { get; init; }
    public Told<LocalDate>? Birthday { get; init; }

    /// <summary>The whole set as last told, sorted.</summary>
    public Told<ImmutableArray<string>>? Tags { get; init; }

    /// <summary>Where the customer came from; the earliest told stays.</summary>
    public FirstTouch? FirstTouch { get; init; }
}

/// <summary>How a customer was won.</summary>
public sealed record FirstTouch(Instant At, string? Source, string? Campaign, long? CostMinor = null);

/// <summary>Consent to one topic; the latest decision counts, at the same time the withdrawal.</summary>
public sealed record TopicConsent(string Topic, bool IsGiven, Instant At)
{
    /// <summary>Stands for every topic; it overrules what was decided before it.</summary>
    public const string Everything = "*";

    /// <summary>Asked for, and not yet confirmed from the address itself (double opt-in); <see cref="IsGiven"/> is false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsPending { get; init; }
}

/// <summary>A named fact, as last told.</summary>
public sealed record CustomerFact(string Name, AttributeValue Value, Instant At);

/// <summary>The last hand-over of a topic.</summary>
public sealed record TopicSent(string Topic, Instant At);

/// <summary>What was told of moments that come once per spell.</summary>
public sealed record ToldMoments
{
    /// <summary>The last order for which <c>customer.reorder-due</c> was told.</summary>
    public Instant? ReorderFor { get; init; }

    /// <summary>The last activity after which <c>customer.inactive</c> was told.</summary>
    public Instant? InactiveFor { get; init; }

    /// <summary>The last birthday that was told.</summary>
    public LocalDate? BirthdayFor { get; init; }

    /// <summary>The last anniversary of the sign-up that was told.</summary>
    public LocalDate? AnniversaryFor { get; init; }
}

/// <summary>A wallet at a glance.</summary>
/// <param name="Name">The point type.</param>
/// <param name="Available">Usable points.</param>
/// <param name="Pending">Points not usable yet.</param>
/// <param name="NextMoment">The next activation, warning, expiry or lapse.</param>
/// <param name="NextExpiryAt">When usable points end next.</param>
/// <param name="NextExpiryPoints">How many.</param>
public sealed record WalletSummary(
    string Name,
    long Available,
    long Pending,
    Instant? NextMoment,
    Instant? NextExpiryAt,
    long NextExpiryPoints);

/// <summary>Where a customer stands; exactly one at a time.</summary>
public enum CustomerStage
{
    /// <summary>Known, not signed up.</summary>
    Attract,

    /// <summary>Signed up, no paid order.</summary>
    NotBought,

    /// <summary>One paid order.</summary>
    Refer,

    /// <summary>Two or more.</summary>
    Repeat,

    /// <summary>Bought, and inactive by the own rhythm.</summary>
    Lapsed,
}
