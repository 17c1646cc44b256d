using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Core.Referrals;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Referrals;

/// <summary>
/// Brings a referral to where it belongs: looks at the friend's orders, gives or takes back what each side is to have, tells the events, keeps the review
/// queue. Every step is idempotent, and the document wakes the due scan until all of them are done.
/// </summary>
public sealed class ReferralProcess(
    IDocumentStore store, IProgramSource programs, PointsUseCase points, IOfferSource offers, ReferralEvents events, IClock clock)
{
    private const int MostOrders = 500;

    /// <summary>When the due scan goes on with what a crash has left.</summary>
    public static Duration FinishedWithin { get; } = Duration.FromMinutes(2);

    /// <summary>What waits for a friend whom the shop has not told yet is tried again after this at first.</summary>
    private static Duration Patience { get; } = Duration.FromMinutes(10);

    /// <summary>And never more seldom than this.</summary>
    private static Duration MostPatience { get; } = Duration.FromDays(1);

    /// <summary>After a sign-up or an order of the friend, a decision, or when its moment has come. No referral is success.</summary>
    public async Task AdvanceAsync(string friendId, CancellationToken cancellation = default)
    {
        friendId = await store.SurvivorAsync(friendId, cancellation);
        if (programs.Current.Model.Referrals is not { } plan) return;
        if (await LookAsync(friendId, plan, cancellation) is not { } state) return;
        await IndexAsync(friendId, state, cancellation);
        var friend = await SideAsync(state, "friend", friendId, state.Friend, ReferralDecider.IsFriendDue(state, plan), plan.Friend, cancellation);
        var referrerId = await store.SurvivorAsync(state.ReferrerId, cancellation);
        var referrer = await SideAsync(state, "referrer", referrerId, state.Referrer, ReferralDecider.IsReferrerDue(state, plan), plan.Referrer, cancellation);
        var untold = ReferralDecider.Untold(state);
        foreach (var type in untold) await events.TellAsync(type, referrerId, state.FriendId, state.FriendId, clock.GetCurrentInstant(), cancellation);
        await CloseAsync(friendId, state, plan, friend, referrer, untold, cancellation);
    }

    /// <summary>The referral after a look at the friend's orders, marked with the friend so that further orders find it.</summary>
    private Task<ReferralState?> LookAsync(string friendId, ReferralPlan plan, CancellationToken cancellation) => FindAsync(async () =>
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(friendId));
        if (await session.ReadAsync<ReferralState>(Keys.ReferralId, cancellation) is not { } state) return new Found(null);
        var customer = await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation);
        if (customer is { MergedInto: not null }) return new Found(null);
        var (model, now) = (programs.Current.Model, clock.GetCurrentInstant());
        // The mark first, in the batch that looks: an order that comes later finds it, one that came before is seen here.
        var isClosed = ReferralDecider.IsClosed(state, plan, now);
        if (customer is not null && customer.HasReferral != (isClosed ? null : true))
            CustomerDocuments.PutCustomer(session, customer with { HasReferral = isClosed ? null : true }, model);
        else session.Guard(Keys.CustomerId);
        var next = ReferralDecider.Look(state, await OrdersAsync(session.Partition, cancellation), plan, model.Currency, now) with { IsMarked = customer is not null };
        if (!state.IsLoopChecked)
        {
            // Joins at the same moment do not see each other when they are judged; of a loop they close at least the one that was durable last sees it here.
            var referrerId = await store.SurvivorAsync(state.ReferrerId, cancellation);
            next = ReferralDecider.CheckLoop(next, referrerId != friendId && await store.IsLoopAsync(friendId, referrerId, cancellation), plan);
        }

        session.Put(Keys.ReferralId, Kinds.Referral, next, now + FinishedWithin);
        return await session.CommitAsync(cancellation) ? new Found(next) : null;
    });

    private static async Task<ReferralState?> FindAsync(Func<Task<Found?>> attempt) => (await Attempts.UntilCommittedAsync(attempt)).State;

    private async Task<List<OrderState>> OrdersAsync(string partition, CancellationToken cancellation) =>
        await store.ReadAllAsync<OrderState>(new DocumentQuery(partition, Keys.OrderPrefix), cancellation).Take(MostOrders).ToListAsync(cancellation);

    /// <summary>The referrer's list, and the review queue.</summary>
    private async Task IndexAsync(string friendId, ReferralState state, CancellationToken cancellation)
    {
        var friend = new ReferredFriend(friendId, state.JoinedAt);
        var referrerId = await store.SurvivorAsync(state.ReferrerId, cancellation);
        var listed = LoyaltyJson.Write(friend);
        await store.CommitAsync(Keys.CustomerPartition(referrerId), [new DocumentWrite.Upsert(Keys.ReferredPrefix + state.FriendId, Kinds.Referred, listed)], cancellation);
        var id = Keys.HeldPrefix + state.FriendId;
        if (state.Outcome == ReferralOutcome.Hold) await store.CommitAsync(Keys.ReviewPartition, [new DocumentWrite.Upsert(id, Kinds.Held, listed)], cancellation);
        else if (state.Verdicts.Length > 0) await store.CommitAsync(Keys.ReviewPartition, [new DocumentWrite.Delete(id)], cancellation);
    }

    /// <summary>Gives or takes back what one side is to have; what is so already costs nothing.</summary>
    private async Task<RewardState> SideAsync(
        ReferralState state, string side, string customerId, RewardState reward, bool isDue, ReferralReward? rule, CancellationToken cancellation)
    {
        if (isDue == reward.IsGiven || (isDue && reward.Failed is not null)) return reward;
        if (!isDue) return await TakeBackAsync(state, side, reward, cancellation);
        if (await store.FindCustomerAsync(customerId, cancellation) is null) return reward;
        var next = reward with { Number = reward.Number + 1, IsGiven = true, CustomerId = customerId, Points = rule!.Points, Code = null };
        if (rule.Points is { } number)
        {
            var cause = new EntryCause { Reason = "referral:" + side, RuleVersion = programs.Current.Model.Referrals?.Version, OrderId = state.OrderId };
            var given = await points.PostAsync(
                customerId, WalletRule.Spendable, new LedgerCommand.Grant(KeyOf(state, side, next.Number), number, clock.GetCurrentInstant(), null, cause), cancellation: cancellation);
            return given is PointsAnswer.Done ? next : reward;
        }

        return await offers.IssueAsync(new OfferRequest(OfferKeyOf(state, side, next), rule.Offer!, null), cancellation) switch
        {
            OfferAnswer.Issued issued => next with { Code = issued.Code },
            OfferAnswer.SoldOut soldOut => reward with { Failed = soldOut.Why },
            OfferAnswer.Failed failed => reward with { Failed = failed.Why },
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    private async Task<RewardState> TakeBackAsync(ReferralState state, string side, RewardState reward, CancellationToken cancellation)
    {
        if (reward.Points is { } number)
        {
            var key = KeyOf(state, side, reward.Number);
            var lot = LedgerCommand.LotIdOf(reward.CustomerId!, WalletRule.Spendable, key);
            var cause = new EntryCause { Reason = "referral-voided", OrderId = state.OrderId };
            var owner = await store.SurvivorAsync(reward.CustomerId!, cancellation);
            var taken = await points.PostAsync(owner, WalletRule.Spendable, new LedgerCommand.Reverse(key + ":back", number, [lot], cause), cancellation: cancellation);
            return taken is PointsAnswer.Done ? reward with { IsGiven = false } : reward;
        }

        await offers.VoidAsync(OfferKeyOf(state, side, reward) with { CustomerId = await store.SurvivorAsync(reward.CustomerId!, cancellation) }, cancellation);
        return reward with { IsGiven = false };
    }

    private Task CloseAsync(
        string friendId,
        ReferralState seen,
        ReferralPlan plan,
        RewardState friend,
        RewardState referrer,
        System.Collections.Immutable.ImmutableArray<string> told,
        CancellationToken cancellation) => FindAsync(async () =>
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(friendId));
        if (await session.ReadAsync<ReferralState>(Keys.ReferralId, cancellation) is not { } state) return new Found(null);
        var now = clock.GetCurrentInstant();
        var next = state with { Friend = friend, Referrer = referrer, Told = [.. state.Told.Union(told, StringComparer.Ordinal)] };
        var isOpen = !next.IsMarked || ReferralDecider.IsFriendDue(next, plan) != friend.IsGiven || ReferralDecider.IsReferrerDue(next, plan) != referrer.IsGiven;
        var isGivenUp = friend.Failed is not null || referrer.Failed is not null;
        // Somebody changed it meanwhile (an order, a decision): the next look follows from that.
        var isMoved = state.Outcome != seen.Outcome || state.VoidedAt != seen.VoidedAt || state.QualifiedAt != seen.QualifiedAt;
        Instant? wakeAt = isMoved ? now + FinishedWithin
            : isOpen && !isGivenUp && next.Outcome != ReferralOutcome.Refuse ? now + PatienceAt(now - next.JoinedAt)
            : ReferralDecider.NextMoment(next, plan, now);
        session.Put(Keys.ReferralId, Kinds.Referral, next, wakeAt);
        return await session.CommitAsync(cancellation) ? new Found(next) : null;
    });

    /// <summary>A tenth of its age: who never comes is asked after less and less, and costs next to nothing.</summary>
    private static Duration PatienceAt(Duration age) => Duration.Min(Duration.Max(age / 10, Patience), MostPatience);

    private static string KeyOf(ReferralState state, string side, int number) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"referral:{state.FriendId}:{side}:{number}");

    private static OfferKey OfferKeyOf(ReferralState state, string side, RewardState reward) =>
        new(reward.CustomerId!, "referral" + Hashing.Id(20, "referral", state.FriendId), side, reward.Number);

    private sealed record Found(ReferralState? State);
}
