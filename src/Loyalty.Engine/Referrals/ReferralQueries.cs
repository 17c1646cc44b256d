using Loyalty.Core;
using Loyalty.Core.Ledger;
using Loyalty.Core.Referrals;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Referrals;

/// <summary>Reads referrals; changes nothing.</summary>
public sealed class ReferralQueries(IDocumentStore store)
{
    /// <summary>Referrals that are told at once.</summary>
    public const int Most = 200;

    /// <summary>The referral of a friend; null: none brought this person.</summary>
    public async Task<ReferralView?> FindAsync(string friendId, CancellationToken cancellation = default)
    {
        var id = await store.SurvivorAsync(friendId, cancellation);
        return await new PartitionSession(store, Keys.CustomerPartition(id)).ReadAsync<ReferralState>(Keys.ReferralId, cancellation) is { } state ? ReferralView.Of(state) : null;
    }

    /// <summary>The friends whom a customer brought, the latest first.</summary>
    public async Task<IReadOnlyList<ReferralView>> OfReferrerAsync(string customerId, CancellationToken cancellation = default) =>
        await ReadAsync(Keys.CustomerPartition(await store.SurvivorAsync(customerId, cancellation)), Keys.ReferredPrefix, cancellation);

    /// <summary>The review queue: what is held, the oldest first.</summary>
    public async Task<IReadOnlyList<ReferralView>> HeldAsync(CancellationToken cancellation = default) =>
        [.. (await ReadAsync(Keys.ReviewPartition, Keys.HeldPrefix, cancellation)).Where(static one => one.Outcome == ReferralOutcome.Hold).OrderBy(static one => one.JoinedAt)];

    private async Task<IReadOnlyList<ReferralView>> ReadAsync(string partition, string prefix, CancellationToken cancellation)
    {
        var views = new List<ReferralView>();
        var page = await store.QueryAsync(new DocumentQuery(partition, prefix, Most), cancellation);
        foreach (var item in page.Items)
        {
            if (await FindAsync(LoyaltyJson.Read<ReferredFriend>(item.Body.Span).FriendId, cancellation) is { } view) views.Add(view);
        }

        return [.. views.OrderByDescending(static view => view.JoinedAt)];
    }
}

/// <summary>What became of a decision; a closed set.</summary>
public abstract record VerdictAnswer
{
    private VerdictAnswer()
    {
    }

    /// <summary>The referral after it, money included.</summary>
    public sealed record Done(ReferralView Referral) : VerdictAnswer;

    /// <summary>Nothing is decided.</summary>
    public sealed record Refused(RefusalCode Code, string Detail) : VerdictAnswer;
}

/// <summary>Decisions of the review; each can be reversed by the other, and the money follows.</summary>
public sealed class ReviewReferral(IDocumentStore store, ReferralProcess process, IClock clock)
{
    /// <summary>Refused: <c>NotFound</c>, <c>InvalidField</c>, <c>MissingHeader</c>, <c>IdempotencyKeyReused</c>.</summary>
    public async Task<VerdictAnswer> DecideAsync(string friendId, VerdictRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("referral-decision", key, request) is not { } idempotent) return new VerdictAnswer.Refused(RefusalCode.MissingHeader, Refusals.RefusalTable.Remedy(RefusalCode.MissingHeader));
        ReferralOutcome? outcome = request.Decision switch { "allow" => ReferralOutcome.Allow, "refuse" => ReferralOutcome.Refuse, _ => null };
        if (outcome is null || !IsText(request.Actor) || !IsText(request.Reason))
            return new VerdictAnswer.Refused(RefusalCode.InvalidField, "decision is allow or refuse; actor and reason are needed, at most 200 characters each.");
        var id = await store.SurvivorAsync(friendId, cancellation);
        var answer = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(id));
            try
            {
                if (await idempotent.FindAsync(session, cancellation) is not null) return Answer.Go;
            }
            catch (IdempotencyKeyReusedException)
            {
                return new Answer(new VerdictAnswer.Refused(RefusalCode.IdempotencyKeyReused, "The key came with another decision before."));
            }

            if (await session.ReadAsync<ReferralState>(Keys.ReferralId, cancellation) is not { } state)
                return new Answer(new VerdictAnswer.Refused(RefusalCode.NotFound, $"Nobody brought '{friendId}'."));
            var now = clock.GetCurrentInstant();
            var next = ReferralDecider.Decide(state, new ReferralVerdict(outcome.Value, request.Actor.Trim(), request.Reason.Trim(), now));
            session.Put(Keys.ReferralId, Kinds.Referral, next, now + ReferralProcess.FinishedWithin);
            idempotent.Remember(session, request.Decision, now);
            return await session.CommitAsync(cancellation) ? Answer.Go : null;
        });
        if (answer.Refused is { } refused) return refused;
        await process.AdvanceAsync(id, cancellation);
        var after = await new PartitionSession(store, Keys.CustomerPartition(id)).ReadAsync<ReferralState>(Keys.ReferralId, cancellation);
        return new VerdictAnswer.Done(ReferralView.Of(after!));
    }

    private static bool IsText(string text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LedgerLimits.ReasonCharacters;

    private sealed record Answer(VerdictAnswer.Refused? Refused)
    {
        public static Answer Go { get; } = new((VerdictAnswer.Refused?)null);
    }
}
