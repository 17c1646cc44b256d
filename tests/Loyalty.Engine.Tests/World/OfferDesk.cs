using System.Collections.Concurrent;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Redemptions;
using Loyalty.Engine.Referrals;
using Loyalty.Engine.Runs;

namespace Loyalty.Engine.Tests.World;

/// <summary>The use cases of offers and redemptions over a world's store.</summary>
internal sealed class OfferDesk
{
    public OfferDesk(EngineWorld world, RunProtocolSettings settings)
    {
        var (store, programs, clock) = (world.Store, world.Programs, world.Clock);
        var chance = new SystemChance();
        Limits = new SharedLimits(store, clock);
        Budgets = new PointsBudgets(Limits, clock);
        Pools = new CodePools(store);
        Points = new PointsUseCase(store, programs, settings, clock);
        var issuer = new CodeIssuer(store, programs, Limits, Shop, chance, clock);
        Source = new StoreOfferSource(store, programs, issuer, clock);
        Draws = new PrizeDraws(store, programs, chance, clock);
        var gifts = new OfferGifts(store, programs, Points, Draws, settings, clock);
        Codes = new OfferCodes(store, programs, Limits, gifts, clock);
        Claims = new ClaimOffer(store, programs, Source, issuer, Points, clock);
        Queries = new OfferQueries(store, programs, issuer, Limits, clock);
        Redemptions = new RedeemPoints(store, programs, Points, clock);
        var events = new ReferralEvents(world.Intake);
        Links = new ReferralLinks(store, programs, chance, events, clock);
        var referrals = new ReferralProcess(store, programs, Points, Source, events, clock);
        Joins = new JoinReferral(store, programs, world.People, Links, referrals, clock);
        Referrals = new ReferralQueries(store);
        Review = new ReviewReferral(store, referrals, clock);
        Reactions = new OrderReactions(store, programs, new CodeUse(store), referrals);
        Due = new OwnDue(Limits, gifts, Claims, referrals);
    }

    public ShopCounter Shop { get; } = new();
    public SharedLimits Limits { get; }
    public PointsBudgets Budgets { get; }
    public CodePools Pools { get; }
    public PointsUseCase Points { get; }
    public StoreOfferSource Source { get; }
    public PrizeDraws Draws { get; }
    public OfferCodes Codes { get; }
    public ClaimOffer Claims { get; }
    public OfferQueries Queries { get; }
    public RedeemPoints Redemptions { get; }
    public ReferralLinks Links { get; }
    public JoinReferral Joins { get; }
    public ReferralQueries Referrals { get; }
    public ReviewReferral Review { get; }
    public OrderReactions Reactions { get; }
    public OwnDue Due { get; }
}

/// <summary>A shop that keeps the codes it was told.</summary>
internal sealed class ShopCounter : IShopCodes
{
    public ConcurrentDictionary<string, bool> Codes { get; } = new(StringComparer.Ordinal);

    /// <summary>How often it was asked to make one.</summary>
    public int Asked { get; private set; }

    public Task<ShopCodeAnswer> CreateAsync(ShopCode code, CancellationToken cancellation = default)
    {
        Asked++;
        Codes.TryAdd(code.Code, true);
        return Task.FromResult<ShopCodeAnswer>(new ShopCodeAnswer.Done());
    }

    public Task<ShopCodeAnswer> DisableAsync(ShopCode code, CancellationToken cancellation = default)
    {
        Codes[code.Code] = false;
        return Task.FromResult<ShopCodeAnswer>(new ShopCodeAnswer.Done());
    }
}
