using System.Collections.Immutable;
using Loyalty.Core.Earning;
using Loyalty.Core.Events;
using Loyalty.Core.Games;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using Loyalty.Core.Tiers;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>Two people who turn out to be one: what the one who stays is afterwards. Pure.</summary>
public static class PersonMerge
{
    /// <summary>The name of the reason that entries made by a merge carry.</summary>
    public const string Reason = "merged";

    /// <summary>
    /// Who stays: the record that was opened first, of two opened at one instant the smaller id. Neither ever changes, so everybody who asks, whenever,
    /// is told the same, and no two merges can point at each other.
    /// </summary>
    public static (CustomerState Survivor, CustomerState Absorbed) Order(CustomerState one, CustomerState other)
    {
        var order = one.KnownSince.CompareTo(other.KnownSince);
        if (order == 0) order = string.CompareOrdinal(one.CustomerId, other.CustomerId);
        return order <= 0 ? (one, other) : (other, one);
    }

    /// <summary>Whether the list of absorbed people would become longer than it may.</summary>
    public static bool IsTooMany(CustomerState survivor, CustomerState absorbed) =>
        survivor.Absorbed.Length + absorbed.Absorbed.Length + 1 > CustomerLimits.Absorbed;

    /// <summary>
    /// Whether the shop itself says that they are two: both have an account at the same shop, under different ids. Then an order told of both is no
    /// reason to merge them.
    /// </summary>
    public static bool HaveTwoAccounts(IEnumerable<string> one, IEnumerable<string> other)
    {
        var accounts = Accounts(one).ToLookup(static account => account.Shop, static account => account.Id, StringComparer.Ordinal);
        return Accounts(other).GroupBy(static account => account.Shop, static account => account.Id, StringComparer.Ordinal)
            .Any(shop => accounts.Contains(shop.Key) && !accounts[shop.Key].Intersect(shop, StringComparer.Ordinal).Any());
    }

    /// <summary>What remains of the one who goes, when everything has arrived: where to go on.</summary>
    public static CustomerState Tombstone(CustomerState absorbed) => new()
    {
        CustomerId = absorbed.CustomerId,
        CreatedAt = absorbed.CreatedAt,
        KnownSince = absorbed.KnownSince,
        Absorbed = absorbed.Absorbed,
        MergedInto = absorbed.MergedInto,
    };

    /// <summary>
    /// Joins facts, consents, carts, purchases, wallets and live runs. What both were granted once only is taken back from the younger.
    /// </summary>
    /// <param name="survivor">Customer, person and every wallet of the one who stays.</param>
    /// <param name="absorbed">The same of the one who goes.</param>
    /// <param name="runs">The live runs of the one who goes.</param>
    /// <param name="program">The program.</param>
    /// <param name="now">The present.</param>
    /// <param name="settings">The run protocol's times.</param>
    public static JoinedPerson Join(
        CustomerSnapshot survivor,
        CustomerSnapshot absorbed,
        ImmutableArray<RunDocument> runs,
        ProgramModel program,
        Instant now,
        RunProtocolSettings settings)
    {
        var stays = survivor.Customer ?? throw new ArgumentException("Only people with a record are merged.", nameof(survivor));
        var goes = absorbed.Customer ?? throw new ArgumentException("Only people with a record are merged.", nameof(absorbed));
        var person = Names(survivor, absorbed);
        stays = stays with { Consents = OptInMerge.Readdressed(stays, survivor.Person, person, program.Contact, now) };
        goes = goes with { Consents = OptInMerge.Readdressed(goes, absorbed.Person, person, program.Contact, now) };
        var moved = RunMerge.Join(stays, goes, runs, now, settings);
        var customer = Facts(stays, goes) with { Runs = moved.Live, Entries = moved.Entries, Followed = moved.Followed };
        var draft = new CustomerDraft(
            survivor with { Customer = customer, Person = person, Wallets = Wallets(survivor, absorbed) }, program, now, now, advances: false);
        foreach (var key in stays.OnceGranted.Intersect(goes.OnceGranted, StringComparer.Ordinal)) TakeBack(draft, goes, key);
        var applied = draft.Close();
        return new JoinedPerson
        {
            Customer = applied.Customer,
            Person = draft.Person,
            Wallets = draft.AllWallets,
            Entries = applied.Entries,
            RetiredLots = applied.RetiredLots,
            Runs = moved.Documents,
            Announced = moved.Announced,
            SequenceBases = absorbed.Wallets.ToImmutableSortedDictionary(
                static wallet => wallet.Name,
                wallet => survivor.Wallets.FirstOrDefault(own => own.Name == wallet.Name)?.Sequence ?? 0,
                StringComparer.Ordinal),
        };
    }

    /// <summary>Everything has arrived: the change of stage and <c>customer.merged</c> are told.</summary>
    /// <param name="survivor">The one who stays.</param>
    /// <param name="absorbedId">The one who went.</param>
    /// <param name="asked">Topics that wait for a confirmation because of it (<see cref="OptInMerge.AskedBy"/>).</param>
    /// <param name="program">The program.</param>
    /// <param name="now">The present.</param>
    public static CustomerDecision.Applied Finish(CustomerSnapshot survivor, string absorbedId, ImmutableArray<string> asked, ProgramModel program, Instant now)
    {
        var customer = survivor.Customer ?? throw new ArgumentException("The survivor has no record.", nameof(survivor));
        var draft = new CustomerDraft(survivor with { Customer = customer with { Joining = customer.Joining.Remove(absorbedId) } }, program, now, now);
        draft.Tell(Occurrences.Merged(absorbedId, now));
        if (!asked.IsEmpty) draft.Tell(Occurrences.AskedByMerge(absorbedId, asked, now));
        draft.SettleStage(now, 0);
        return draft.Close();
    }

    private static CustomerState Facts(CustomerState stays, CustomerState goes)
    {
        var gone = goes.Absorbed.Add(goes.CustomerId);
        return stays with
        {
            CreatedAt = Instant.Min(stays.CreatedAt, goes.CreatedAt),
            Identifiers = [.. Sorted(stays.Identifiers, goes.Identifiers).Take(CustomerLimits.Identifiers)],
            SignedUpAt = Earliest(stays.SignedUpAt, goes.SignedUpAt),
            Profile = Profiles(stays.Profile, goes.Profile),
            Consents = ConsentMerge.Join(stays.Consents, goes.Consents),
            Contact = Contact.ContactState.Join(stays.Contact, goes.Contact),
            // What either of them asked for holds for the one they are.
            RestrictedAt = Earliest(stays.RestrictedAt, goes.RestrictedAt),
            Former = FormerName.Join(stays.Former, goes.Former),
            Facts = FactsOf(stays, goes),
            Purchases = stays.Purchases.Join(goes.Purchases),
            Categories = CategoryRhythm.Join(stays.Categories, goes.Categories),
            Unearned = UnearnedOrder.Join(stays.Unearned, goes.Unearned),
            LastActivityAt = Latest(stays.LastActivityAt, goes.LastActivityAt),
            LastPlacedAt = Latest(stays.LastPlacedAt, goes.LastPlacedAt),
            Carts = Carts.Join(stays.Carts, goes.Carts),
            Told = new ToldMoments
            {
                ReorderFor = Latest(stays.Told.ReorderFor, goes.Told.ReorderFor),
                InactiveFor = Latest(stays.Told.InactiveFor, goes.Told.InactiveFor),
                BirthdayFor = goes.Told.BirthdayFor is { } day && (stays.Told.BirthdayFor is not { } own || day > own) ? day : stays.Told.BirthdayFor,
                AnniversaryFor = goes.Told.AnniversaryFor is { } year && (stays.Told.AnniversaryFor is not { } known || year > known)
                    ? year
                    : stays.Told.AnniversaryFor,
            },
            Earned = Usage(stays.Earned, goes.Earned),
            OnceGranted = [.. Sorted(stays.OnceGranted, goes.OnceGranted)],
            HasReferral = stays.HasReferral ?? goes.HasReferral,
            Draws = KeptDraws.Join(stays.Draws, goes.Draws),
            Assets = CustomerAssets.Join(stays.Assets, goes.Assets),
            Measures = MeasureCounter.Join(stays.Measures, goes.Measures),
            Sent = [.. stays.Sent.Concat(goes.Sent).GroupBy(static sent => sent.Topic).Select(static topic => topic.MaxBy(static sent => sent.At)!)],
            Absorbed = [.. Sorted(stays.Absorbed, gone)],
            Qualifying = stays.Qualifying is null && goes.Qualifying is null ? null : QualifyingDays.Join(stays.Qualifying ?? [], goes.Qualifying ?? []),
            Tier = (stays.Tier?.Since ?? Instant.MaxValue) <= (goes.Tier?.Since ?? Instant.MaxValue) ? stays.Tier : goes.Tier,
            Games = stays.Games is null && goes.Games is null ? null : GameDecider.Join(stays.Games ?? [], goes.Games ?? []),
            Joining = [.. Sorted(stays.Joining, goes.Joining.Add(goes.CustomerId))],
        };
    }

    /// <summary>Caps and pauses are one person's: what both were given counts together.</summary>
    private static ImmutableArray<RuleUsage>? Usage(ImmutableArray<RuleUsage>? one, ImmutableArray<RuleUsage>? other)
    {
        if (one is null || other is null) return one ?? other;
        return
        [
            .. one.Value.Concat(other.Value)
                .GroupBy(static usage => usage.RuleId, StringComparer.Ordinal)
                .Select(static rule => new RuleUsage
                {
                    RuleId = rule.Key,
                    Lifetime = rule.Sum(static usage => usage.Lifetime),
                    Times = rule.Sum(static usage => usage.Times),
                    LastAt = rule.Max(static usage => usage.LastAt),
                    Periods =
                    [
                        .. rule.SelectMany(static usage => usage.Periods)
                            .GroupBy(static period => period.Key, StringComparer.Ordinal)
                            .Select(static period => new PeriodPoints(period.Key, period.Sum(static points => points.Points)))
                            .OrderBy(static period => period.Key, StringComparer.Ordinal)
                            .TakeLast(RuleUsage.PeriodsKept),
                    ],
                })
                .OrderBy(static usage => usage.RuleId, StringComparer.Ordinal),
        ];
    }

    private static Profile Profiles(Profile one, Profile other) => one with
    {
        Locale = Later(one.Locale, other.Locale),
        Zone = Later(one.Zone, other.Zone),
        Country = Later(one.Country, other.Country),
        Birthday = Told.Later(one.Birthday, other.Birthday, static day => NodaTime.Text.LocalDatePattern.Iso.Format(day)),
        Tags = Told.Later(one.Tags, other.Tags, static tags => string.Join('\n', tags)),
        FirstTouch = other.FirstTouch is { } touch ? ProfileMerge.Earlier(one.FirstTouch, touch) : one.FirstTouch,
    };

    private static PersonState Names(CustomerSnapshot stays, CustomerSnapshot goes)
    {
        var one = stays.Person ?? new PersonState { CustomerId = stays.CustomerId };
        if (goes.Person is not { } other) return one;
        return one with
        {
            Email = Later(one.Email, other.Email),
            Phone = Later(one.Phone, other.Phone),
            FirstName = Later(one.FirstName, other.FirstName),
            LastName = Later(one.LastName, other.LastName),
        };
    }

    private static ImmutableArray<CustomerFact> FactsOf(CustomerState stays, CustomerState goes) =>
    [
        .. stays.Facts.Concat(goes.Facts)
            .GroupBy(static fact => fact.Name, StringComparer.Ordinal)
            .Select(static name => name.OrderByDescending(static fact => fact.At).ThenByDescending(static fact => fact.Value.ToString(), StringComparer.Ordinal).First())
            .OrderBy(static fact => fact.Name, StringComparer.Ordinal),
    ];

    private static ImmutableArray<WalletState> Wallets(CustomerSnapshot stays, CustomerSnapshot goes)
    {
        var wallets = stays.Wallets.ToBuilder();
        foreach (var wallet in goes.Wallets)
        {
            var own = stays.Wallets.FirstOrDefault(one => one.Name == wallet.Name);
            if (own is not null) wallets.Remove(own);
            wallets.Add(WalletMerge.Join(own ?? new WalletState { CustomerId = stays.CustomerId, Name = wallet.Name }, wallet));
        }

        return wallets.ToImmutable();
    }

    /// <summary>The lot of the younger's grant; one that ended long ago and has left the wallet is left alone.</summary>
    private static void TakeBack(CustomerDraft draft, CustomerState absorbed, string key)
    {
        foreach (var wallet in draft.AllWallets)
        {
            foreach (var owner in absorbed.Absorbed.Add(absorbed.CustomerId))
            {
                if (wallet.Lot(LedgerCommand.LotIdOf(owner, wallet.Name, key)) is not { } lot || lot.Granted == lot.Undone) continue;
                var cause = new EntryCause { RuleId = lot.RuleId, Reason = Reason };
                draft.MustPost(wallet.Name, new LedgerCommand.Reverse($"once:{absorbed.CustomerId}|{key}", lot.Granted - lot.Undone, [lot.LotId], cause));
                return;
            }
        }
    }

    private static IEnumerable<(string Shop, string Id)> Accounts(IEnumerable<string> identifiers) => identifiers
        .Where(static text => !(text.StartsWith("email:", StringComparison.Ordinal) || text.StartsWith("phone:", StringComparison.Ordinal)
            || text.StartsWith("id:", StringComparison.Ordinal)))
        .Select(static text => (text.LastIndexOf(':'), text))
        .Where(static one => one.Item1 > 0)
        .Select(static one => (one.text[..one.Item1], one.text[(one.Item1 + 1)..]));

    private static Told<string>? Later(Told<string>? one, Told<string>? other) => Told.Later(one, other, static text => text);

    private static Instant? Latest(Instant? one, Instant? other) => one is null || other > one ? other ?? one : one;

    private static Instant? Earliest(Instant? one, Instant? other) => one is null || other < one ? other ?? one : one;

    private static IEnumerable<string> Sorted(IEnumerable<string> one, IEnumerable<string> other) =>
        one.Concat(other).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
}

/// <summary>Two people as one, to be committed in one batch of the survivor's partition.</summary>
public sealed record JoinedPerson
{
    public required CustomerState Customer { get; init; }
    public required PersonState Person { get; init; }
    public required ImmutableArray<WalletState> Wallets { get; init; }

    /// <summary>What was due, and what was taken back.</summary>
    public required ImmutableArray<LedgerEntry> Entries { get; init; }

    /// <summary>Ended lots that left their wallet's document.</summary>
    public ImmutableArray<RetiredLot> RetiredLots { get; init; } = [];

    /// <summary>The younger's live runs, in their new place.</summary>
    public required ImmutableArray<RunDocument> Runs { get; init; }

    /// <summary>Those that need a hand of their new generation.</summary>
    public required ImmutableArray<RunDocument> Announced { get; init; }

    /// <summary>By wallet: the sequence behind which the absorbed person's entries are placed.</summary>
    public required ImmutableSortedDictionary<string, long> SequenceBases { get; init; }
}
