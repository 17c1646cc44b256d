using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Offers;
using Loyalty.Core.Orders;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>Codes at a checkout: quote, hold, commit, release. Each wish is one, however often it is sent with its idempotency key.</summary>
public sealed class OfferCodes(IDocumentStore store, IProgramSource programs, SharedLimits limits, OfferGifts gifts, IClock clock)
{
    /// <summary>Budget that a hold has taken is looked at after every hold has lapsed.</summary>
    private static Duration SettleBudgetAfter { get; } = Duration.FromMinutes(Core.Ledger.LedgerLimits.HoldMinutes + 10);

    /// <summary>What the code would give. Nothing changes.</summary>
    public async Task<CodeAnswer> QuoteAsync(string typed, CodeRequest request, CancellationToken cancellation = default)
    {
        var looked = await LookAsync(typed, request, holdId: null, cancellation);
        if (looked.Refused is { } refused) return refused;
        // What a hold could not take now is not promised; a quote takes nothing, so it may be gone all the same when the hold asks.
        return looked.Offer!.Budget is { } budget && looked.Quote!.Budgeted > await limits.LeftAsync(SharedLimits.BudgetOf(looked.Offer.Name), budget, cancellation)
            ? new CodeAnswer.Refused(RefusalCode.BudgetExhausted)
            : Answer(looked, "quoted", null);
    }

    /// <summary>Reserves the code, and what it gives of the offer's budget.</summary>
    public async Task<CodeAnswer> HoldAsync(string typed, CodeRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("offer-hold", key, request) is not { } idempotent) return new CodeAnswer.Refused(RefusalCode.MissingHeader);
        var holdId = Hashing.Id(20, "hold", CodePattern.Normal(typed), idempotent.Key);
        if (await RepeatedAsync(typed, idempotent, cancellation) is { } before) return before;
        var looked = await LookAsync(typed, request, holdId, cancellation);
        if (looked.Refused is { } refused) return refused;
        var (offer, quote) = (looked.Offer!, looked.Quote!);
        var takes = offer.Budget is not null && quote.Budgeted > 0;
        if (takes && await TakeBudgetAsync(offer, looked.State!, holdId, quote.Budgeted, cancellation) is null) return new CodeAnswer.Refused(RefusalCode.BudgetExhausted);
        var held = await ChangeAsync(
            typed,
            idempotent,
            state =>
            {
                var now = clock.GetCurrentInstant();
                var hold = new CodeHold(holdId, now + Duration.FromMinutes(request.Minutes), quote.Budgeted);
                return (CodeDecider.Hold(state, hold, now), Answer(looked, "held", hold));
            },
            cancellation);
        if (takes && held.Answer is CodeAnswer.Refused) await limits.ReleaseAsync(SharedLimits.BudgetOf(offer.Name), holdId, cancellation);
        return held.Answer;
    }

    /// <summary>Redeems what was reserved. What is given to the customer is with the customer when this answers, or soon after a crash.</summary>
    public async Task<CodeAnswer> CommitAsync(string typed, CodeCommitRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("offer-commit", key, request) is not { } idempotent) return new CodeAnswer.Refused(RefusalCode.MissingHeader);
        if (await gifts.RefusalAsync(typed, cancellation) is { } closed) return new CodeAnswer.Refused(closed);
        var done = await ChangeAsync(
            typed,
            idempotent,
            state =>
            {
                var offer = programs.Current.Offers.GetValueOrDefault(state.Offer);
                var decision = CodeDecider.Commit(state, request.HoldId, request.OrderId, isOwed: offer?.Gift.IsDiscount == false, clock.GetCurrentInstant());
                return (decision, Of(state, offer, "redeemed", request.HoldId));
            },
            cancellation);
        if (done.State is not { RedeemedBy: { } by } redeemed || by != request.HoldId) return done.Answer;
        await limits.ConfirmAsync(SharedLimits.BudgetOf(redeemed.Offer), by, cancellation);
        if (redeemed.IsOwed) await gifts.GiveAsync(redeemed.Code, cancellation);
        return done.Answer;
    }

    /// <summary>Gives a reservation back; one that lapsed or never was is success.</summary>
    public async Task<CodeAnswer> ReleaseAsync(string typed, CodeCommitRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("offer-release", key, request) is not { } idempotent) return new CodeAnswer.Refused(RefusalCode.MissingHeader);
        var done = await ChangeAsync(
            typed,
            idempotent,
            state => (CodeDecider.Release(state, request.HoldId), Of(state, programs.Current.Offers.GetValueOrDefault(state.Offer), "released", request.HoldId)),
            cancellation);
        if (done.Answer is CodeAnswer.Done && done.State is { } state) await limits.ReleaseAsync(SharedLimits.BudgetOf(state.Offer), request.HoldId, cancellation);
        return done.Answer;
    }

    private static CodeAnswer.Done Answer(Looked looked, string status, CodeHold? hold) => new()
    {
        Code = looked.State!.Code,
        Offer = looked.Offer!.Name,
        Title = looked.Offer.Title,
        Status = status,
        DiscountMinor = looked.Quote!.Minor,
        Currency = looked.Currency,
        Gives = looked.Offer.Gift,
        HoldId = hold?.HoldId,
        ExpiresAt = hold?.ExpiresAt,
    };

    private static CodeAnswer.Done Of(CodeState state, OfferRule? offer, string status, string holdId) => new()
    {
        Code = state.Code,
        Offer = state.Offer,
        Title = offer?.Title ?? state.Offer,
        Status = status,
        DiscountMinor = offer?.Gift.IsDiscount == true ? state.Hold?.Value ?? state.Value ?? 0 : 0,
        Gives = offer?.Gift,
        HoldId = holdId,
    };

    private Task<LimitGrant?> TakeBudgetAsync(OfferRule offer, CodeState state, string holdId, long amount, CancellationToken cancellation) => limits.AcquireAsync(
        new LimitRequest(
            SharedLimits.BudgetOf(offer.Name),
            holdId,
            amount,
            offer.Budget!.Value,
            new TakeOutcome(Keys.CodePartition(state.Code), CodeIssuer.CodeId, holdId))
        { SettleAfter = SettleBudgetAfter },
        cancellation);

    private async Task<Looked> LookAsync(string typed, CodeRequest request, string? holdId, CancellationToken cancellation)
    {
        var (live, now) = (programs.Current, clock.GetCurrentInstant());
        if (await FindAsync(typed, cancellation) is not { } state || live.Offers.GetValueOrDefault(state.Offer) is not { } offer) return Looked.Not(RefusalCode.NotFound);
        if (request.CustomerId is { } customer
            && await store.SurvivorAsync(customer, cancellation) != await store.SurvivorAsync(state.CustomerId, cancellation)) return Looked.Not(RefusalCode.CodeNotYours);
        if (CodeDecider.Refusal(state, now) is { } wrong && (holdId is null || state.RedeemedBy != holdId)) return Looked.Not(wrong);
        if (offer.RedeemAt == RedeemAt.Shop) return Looked.Not(RefusalCode.OfferClosed, "Its codes are redeemed in the shop.");
        if (!offer.IsOpen(now, live.Model.TimeZone)) return Looked.Not(RefusalCode.OfferClosed);
        if (await gifts.RefusalAsync(offer, cancellation) is { } closed) return Looked.Not(closed);
        // Before anything of the budget is taken: who asks for a code that somebody holds is not told that the budget is used up.
        if (state.Hold is { } held && held.HoldId != holdId && now < held.ExpiresAt) return Looked.Not(RefusalCode.CodeHeld);
        var others = ImmutableArray.CreateBuilder<OfferRule>();
        foreach (var other in request.With.IsDefault ? [] : request.With)
        {
            if (CodePattern.Normal(other) == state.Code) continue;
            if (await FindAsync(other, cancellation) is { } beside && live.Offers.GetValueOrDefault(beside.Offer) is { } rule) others.Add(rule);
        }

        var basket = request.Basket is { } asked ? new OfferBasket(asked.ToOrder(live.Model.Currency, now), asked.DeliveryMinor) : null;
        return OfferQuote.Of(offer, basket, others.ToImmutable(), live.Model.Currency) switch
        {
            OfferQuote.Applies applies => new Looked(state, offer, applies, null, basket?.Goods.Currency),
            OfferQuote.Refused refused => Looked.Not(refused.Code, refused.Reason),
            _ => throw new InvalidOperationException("A quote of no known kind."),
        };
    }

    private async Task<CodeState?> FindAsync(string typed, CancellationToken cancellation)
    {
        var code = CodePattern.Normal(typed);
        if (code.Length is 0 or > CodePools.MostCharacters) return null;
        var session = new PartitionSession(store, Keys.CodePartition(code));
        return await session.ReadAsync<CodeState>(CodeIssuer.CodeId, cancellation);
    }

    private async Task<CodeAnswer?> RepeatedAsync(string typed, IdempotentRequest request, CancellationToken cancellation)
    {
        if (await FindAsync(typed, cancellation) is not { } state) return null;
        try
        {
            return (await request.FindAsync(new PartitionSession(store, Keys.CodePartition(state.Code)), cancellation))?.Read<CodeAnswer.Done>();
        }
        catch (IdempotencyKeyReusedException)
        {
            return new CodeAnswer.Refused(RefusalCode.IdempotencyKeyReused);
        }
    }

    /// <summary>Decides on fresh reads; the change and the remembered answer are one commit.</summary>
    private async Task<Changed> ChangeAsync(
        string typed, IdempotentRequest request, Func<CodeState, (CodeDecision Decision, CodeAnswer.Done Answer)> decide, CancellationToken cancellation)
    {
        if (await FindAsync(typed, cancellation) is not { } found) return new Changed(null, new CodeAnswer.Refused(RefusalCode.NotFound));
        return await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CodePartition(found.Code));
            var state = (await session.ReadAsync<CodeState>(CodeIssuer.CodeId, cancellation))!;
            try
            {
                if (await request.FindAsync(session, cancellation) is { } before) return new Changed(state, before.Read<CodeAnswer.Done>());
            }
            catch (IdempotencyKeyReusedException)
            {
                return new Changed(null, new CodeAnswer.Refused(RefusalCode.IdempotencyKeyReused));
            }

            var (decision, answer) = decide(state);
            if (decision is CodeDecision.Refused refused) return new Changed(null, new CodeAnswer.Refused(refused.Code));
            var now = clock.GetCurrentInstant();
            if (decision is CodeDecision.Changed changed)
            {
                state = changed.State;
                session.Put(CodeIssuer.CodeId, Kinds.Code, state, state.IsOwed ? now + OfferGifts.OwedFor : null);
            }

            request.Remember(session, answer, now);
            return await session.CommitAsync(cancellation) ? new Changed(state, answer) : null;
        });
    }

    private sealed record Changed(CodeState? State, CodeAnswer Answer);

    private sealed record Looked(CodeState? State, OfferRule? Offer, OfferQuote.Applies? Quote, CodeAnswer.Refused? Refused, string? Currency)
    {
        public static Looked Not(RefusalCode code, string? detail = null) => new(null, null, null, new CodeAnswer.Refused(code, detail), null);
    }
}
