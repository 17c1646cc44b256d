using Loyalty.Core;
using Loyalty.Core.Ledger;
using Loyalty.Core.Offers;
using Loyalty.Core.Programs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>A wish for a code of an offer.</summary>
public sealed record ClaimRequest
{
    /// <summary>Name in offers.yaml.</summary>
    public string Offer { get; init; } = "";
}

/// <summary>What became of it; a closed set.</summary>
public abstract record ClaimAnswer
{
    private ClaimAnswer()
    {
    }

    /// <summary>The customer has the code.</summary>
    public sealed record Done(string Offer, string Code, Instant? ValidUntil, long? Price) : ClaimAnswer;

    /// <summary>Nothing is done.</summary>
    public sealed record Refused(RefusalCode Code, string? Detail = null) : ClaimAnswer;
}

/// <summary>
/// Gives a customer a code that was asked for, for points where the offer has a price: the points are spent and the code is noted in one commit, so
/// nobody pays without a code or gets one without paying.
/// </summary>
public sealed class ClaimOffer(IDocumentStore store, IProgramSource programs, StoreOfferSource source, CodeIssuer issuer, PointsUseCase points, IClock clock)
{
    private const string Step = "claim";

    /// <summary>When the due scan makes a code that a crash has left unmade.</summary>
    private static Duration MadeWithin { get; } = Duration.FromMinutes(2);

    /// <summary>
    /// Refused: <c>MissingHeader</c>, <c>NotFound</c> (customer or offer), <c>OfferClosed</c>, <c>SoldOut</c>, <c>LimitReached</c>,
    /// <c>InsufficientPoints</c>, <c>IdempotencyKeyReused</c>, <c>CustomerErased</c>, <c>CustomerRestricted</c>.
    /// </summary>
    public async Task<ClaimAnswer> ClaimAsync(string customerId, ClaimRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("claim", key, request) is not { } idempotent) return new ClaimAnswer.Refused(RefusalCode.MissingHeader);
        if (programs.Current.Offers.GetValueOrDefault(request.Offer) is not { } offer) return new ClaimAnswer.Refused(RefusalCode.NotFound, "There is no such offer.");
        if (await store.FindCustomerAsync(customerId, cancellation) is not { MergedInto: null } customer) return new ClaimAnswer.Refused(RefusalCode.NotFound, "There is no such customer.");
        var wish = new OfferRequest(new OfferKey(customerId, "claim" + Hashing.Id(24, "claim", idempotent.Key), Step, 1), offer.Name, null);
        var note = await issuer.FindAsync(wish.Key, cancellation);
        if (IsOfAnother(note, offer)) return new ClaimAnswer.Refused(RefusalCode.IdempotencyKeyReused);
        // What is bought the ledger refuses; what is free is no less a reward.
        if (note is null && customer.Contact?.ErasedAt is not null) return new ClaimAnswer.Refused(RefusalCode.CustomerErased);
        if (note is null && customer.RestrictedAt is not null) return new ClaimAnswer.Refused(RefusalCode.CustomerRestricted);
        if (note is null && offer.Price is { } price)
        {
            if (!await issuer.IsOpenAsync(offer, cancellation)) return new ClaimAnswer.Refused(RefusalCode.OfferClosed);
            if (await BuyAsync(wish, offer, price, cancellation) is { } refused) return new ClaimAnswer.Refused(refused);
        }

        var answer = await source.IssueAsync(wish, cancellation);
        // The same key may have come with another offer while this was under way: that code is not what was asked for here.
        if (note is null && IsOfAnother(await issuer.FindAsync(wish.Key, cancellation), offer)) return new ClaimAnswer.Refused(RefusalCode.IdempotencyKeyReused);
        if (offer.Price is not null && answer is OfferAnswer.Issued) await MadeAsync(wish.Key, cancellation);
        return answer switch
        {
            OfferAnswer.Issued issued => new ClaimAnswer.Done(offer.Name, issued.Code, issued.ValidUntil, offer.Price),
            OfferAnswer.SoldOut { Why: "per-customer" } => new ClaimAnswer.Refused(RefusalCode.LimitReached),
            OfferAnswer.SoldOut => new ClaimAnswer.Refused(RefusalCode.SoldOut),
            OfferAnswer.Failed { Why: "offer-closed" } => new ClaimAnswer.Refused(RefusalCode.OfferClosed),
            OfferAnswer.Failed { Why: "voided" } => new ClaimAnswer.Refused(RefusalCode.CodeVoid),
            OfferAnswer.Failed failed => new ClaimAnswer.Refused(RefusalCode.Unavailable, failed.Why),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    /// <summary>The due scan found a bought code that nobody saw made.</summary>
    public async Task FinishAsync(string customerId, string documentId, CancellationToken cancellation = default)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        if (await session.ReadAsync<CustomerCode>(documentId, cancellation) is not { } note) return;
        var key = new OfferKey(customerId, note.RunId, note.Step, note.Visit);
        await source.IssueAsync(new OfferRequest(key, note.Offer, null), cancellation);
        await MadeAsync(key, cancellation);
    }

    /// <returns>Why not; null: it is bought, and noted.</returns>
    private async Task<RefusalCode?> BuyAsync(OfferRequest wish, OfferRule offer, long price, CancellationToken cancellation)
    {
        while (true)
        {
            if (await issuer.TakeAsync(wish.Key, offer, cancellation) is not { } grant) return RefusalCode.SoldOut;
            NotePlan? plan = null;
            var cause = new EntryCause { Reason = "offer:" + offer.Name, RuleVersion = offer.Version, RedemptionId = wish.Key.RunId };
            var posting = new PointsPosting(
                "buy:" + wish.Key.RunId,
                async (session, _) =>
                {
                    plan = await issuer.PlanAsync(session, wish, offer, grant, cancellation);
                    if (IsOfAnother(plan.Known, offer)) return null;
                    return plan.Known is null && (plan.IsStale || !plan.IsAllowed) ? null : new LedgerCommand.Spend("buy:" + wish.Key.RunId, price, cause);
                },
                session => issuer.Put(session, wish, offer, grant, plan!, clock.GetCurrentInstant() + MadeWithin));
            var answer = await points.PostAsync(wish.Key.CustomerId, WalletRule.Spendable, posting, request: null, cancellation);
            if (answer is PointsAnswer.Done) return null;
            if (plan is { IsStale: true }) continue;
            await issuer.ReleaseAsync(wish.Key, offer, cancellation);
            if (IsOfAnother(plan?.Known, offer)) return RefusalCode.IdempotencyKeyReused;
            return plan is { IsAllowed: false } ? RefusalCode.LimitReached : ((PointsAnswer.Refused)answer).Code;
        }
    }

    private static bool IsOfAnother(CustomerCode? note, OfferRule offer) => note is not null && note.Offer != offer.Name;

    private Task MadeAsync(OfferKey key, CancellationToken cancellation) => Attempts.UntilCommittedAsync(async () =>
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(key.CustomerId));
        if (await session.ReadAsync<CustomerCode>(CodeIssuer.NoteId(key), cancellation) is not { } note) return new object();
        session.Put(CodeIssuer.NoteId(key), Kinds.Code, note);
        return await session.CommitAsync(cancellation) ? new object() : null;
    });
}
