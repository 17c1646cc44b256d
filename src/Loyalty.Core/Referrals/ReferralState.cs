using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Loyalty.Core.Orders;
using NodaTime;

namespace Loyalty.Core.Referrals;

/// <summary>One referral, in the friend's partition: a friend is brought once.</summary>
public sealed record ReferralState
{
    /// <summary>The friend as known when joining; it names the referral for ever.</summary>
    public required string FriendId { get; init; }
    public required string ReferrerId { get; init; }
    public required string Code { get; init; }

    /// <summary>The code was typed; false: the last click.</summary>
    public bool IsTyped { get; init; }
    public required Instant JoinedAt { get; init; }

    /// <summary>As it stands: what the checks said, or the last decision.</summary>
    public required ReferralOutcome Outcome { get; init; }

    /// <summary>What the checks found.</summary>
    public ImmutableArray<string> Reasons { get; init; } = [];

    /// <summary>What people decided, in order.</summary>
    public ImmutableArray<ReferralVerdict> Verdicts { get; init; } = [];

    /// <summary>The order that qualifies it, or will; null: none yet.</summary>
    public string? OrderId { get; init; }
    public Instant? PaidAt { get; init; }

    /// <summary>When its return window is over.</summary>
    public Instant? QualifiesAt { get; init; }
    public Instant? QualifiedAt { get; init; }

    /// <summary>When what qualified was returned.</summary>
    public Instant? VoidedAt { get; init; }

    public RewardState Friend { get; init; } = new();
    public RewardState Referrer { get; init; } = new();

    /// <summary>The events that were told.</summary>
    public ImmutableArray<string> Told { get; init; } = [];

    /// <summary>The friend's record says that there is a referral, so that orders find it.</summary>
    public bool IsMarked { get; init; }

    /// <summary>After it was durable it was looked at once more whether it closes a loop: joins at the same moment do not see each other before.</summary>
    public bool IsLoopChecked { get; init; }

    /// <summary>It counts: allowed and not voided.</summary>
    [JsonIgnore]
    public bool Counts => Outcome == ReferralOutcome.Allow && VoidedAt is null;
}

/// <summary>A decision of the review.</summary>
public sealed record ReferralVerdict(ReferralOutcome Outcome, string Actor, string Reason, Instant At);

/// <summary>What one side has got.</summary>
public sealed record RewardState
{
    /// <summary>How often it was given; names the postings, so that taking back and giving again are postings of their own.</summary>
    public int Number { get; init; }
    public bool IsGiven { get; init; }

    /// <summary>Who got it, as known then.</summary>
    public string? CustomerId { get; init; }
    public long? Points { get; init; }

    /// <summary>Of an offer: the code.</summary>
    public string? Code { get; init; }

    /// <summary>Why it could not be given: <c>stock</c>, <c>offer-closed</c>, …</summary>
    public string? Failed { get; init; }
}

/// <summary>When a referral qualifies, when it is void, and who is to have what. Pure, and the same in whatever order orders and refunds are told.</summary>
public static class ReferralDecider
{
    /// <summary>The referral after looking at the friend's orders.</summary>
    /// <param name="state">As it was.</param>
    /// <param name="orders">All of the friend's.</param>
    /// <param name="plan">The rules.</param>
    /// <param name="currency">The program's; orders in another do not qualify.</param>
    /// <param name="now">The present.</param>
    public static ReferralState Look(ReferralState state, IEnumerable<OrderState> orders, ReferralPlan plan, string currency, Instant now)
    {
        if (state.VoidedAt is not null) return state;
        var all = orders.Where(static order => order.Facts is { IsPaid: true, Latest: not null }).ToList();
        if (state.QualifiedAt is not null) return Void(state, all.FirstOrDefault(order => order.OrderId == state.OrderId), plan, now);
        var first = all.Where(order => Qualifies(order, plan, currency) && order.Facts.PaidAt >= state.JoinedAt - Duration.FromDays(1))
            .OrderBy(static order => order.Facts.PaidAt).ThenBy(static order => order.OrderId, StringComparer.Ordinal).FirstOrDefault();
        if (first is null) return state with { OrderId = null, PaidAt = null, QualifiesAt = null };
        var paidAt = first.Facts.PaidAt!.Value;
        var qualifiesAt = paidAt + Duration.FromDays(plan.ReturnDays);
        var next = state with { OrderId = first.OrderId, PaidAt = paidAt, QualifiesAt = qualifiesAt };
        return now >= qualifiesAt ? next with { QualifiedAt = now } : next;
    }

    /// <summary>What the second look for a loop found. A person's decision stands.</summary>
    public static ReferralState CheckLoop(ReferralState state, bool isLoop, ReferralPlan plan)
    {
        if (!isLoop || state.Verdicts.Length > 0) return state with { IsLoopChecked = true };
        var outcome = plan.OutcomeOf(ReferralReasons.ClosedLoop);
        return state with
        {
            IsLoopChecked = true,
            Outcome = outcome > state.Outcome ? outcome : state.Outcome,
            Reasons = [.. state.Reasons.Append(ReferralReasons.ClosedLoop).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>Somebody decided. The same decision again changes nothing.</summary>
    public static ReferralState Decide(ReferralState state, ReferralVerdict verdict) =>
        state.Verdicts.Length > 0 && state.Verdicts[^1].Outcome == verdict.Outcome
            ? state
            : state with { Outcome = verdict.Outcome, Verdicts = state.Verdicts.Add(verdict) };

    /// <summary>Whether the friend is to have the reward.</summary>
    public static bool IsFriendDue(ReferralState state, ReferralPlan plan) =>
        plan.Friend is not null && state.Counts && (plan.IsFriendAtJoin || state.QualifiedAt is not null);

    /// <summary>Whether the referrer is to have the reward.</summary>
    public static bool IsReferrerDue(ReferralState state, ReferralPlan plan) =>
        plan.Referrer is not null && state.Counts && state.QualifiedAt is not null;

    /// <summary>The events that are true now and not told: <c>referral.joined</c>, <c>referral.qualified</c>, <c>referral.voided</c>.</summary>
    public static ImmutableArray<string> Untold(ReferralState state)
    {
        var due = new List<string>();
        var isKnown = state.Told.Contains("referral.joined");
        if (state.Counts) due.Add("referral.joined");
        if (state is { Counts: true, QualifiedAt: not null }) due.Add("referral.qualified");
        if (isKnown && !state.Counts) due.Add("referral.voided");
        return [.. due.Except(state.Told, StringComparer.Ordinal)];
    }

    /// <summary>When something is due by itself; null: never.</summary>
    public static Instant? NextMoment(ReferralState state, ReferralPlan plan, Instant now)
    {
        if (state.VoidedAt is not null) return null;
        if (state.QualifiedAt is null) return state.QualifiesAt;
        var closesAt = ClosesAt(state, plan);
        return closesAt > now ? closesAt : null;
    }

    /// <summary>Nothing can change it any more but a person.</summary>
    public static bool IsClosed(ReferralState state, ReferralPlan plan, Instant now) =>
        state.VoidedAt is not null || (state.QualifiedAt is not null && now >= ClosesAt(state, plan));

    private static Instant ClosesAt(ReferralState state, ReferralPlan plan) => state.PaidAt!.Value + Duration.FromDays(plan.VoidDays);

    private static bool Qualifies(OrderState order, ReferralPlan plan, string currency) =>
        !order.Facts.IsCancelled && order.Facts.Latest!.Currency == currency && OrderValue.Kept(order.Facts) is var kept && kept > 0 && kept >= plan.MinimumMinor;

    private static ReferralState Void(ReferralState state, OrderState? order, ReferralPlan plan, Instant now)
    {
        if (order is null || Qualifies(order, plan, order.Facts.Latest!.Currency)) return state;
        var returnedAt = order.Facts.Refunds.Select(static refund => refund.At).Append(order.Facts.CancelledAt ?? Instant.MinValue).Max();
        return returnedAt <= ClosesAt(state, plan) ? state with { VoidedAt = now } : state;
    }
}
