using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Earning;
using Loyalty.Core.Ledger;
using Loyalty.Core.Offers;
using Loyalty.Core.Orders;
using Loyalty.Core.Programs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Redemptions;

/// <summary>Points (and deposits) at a checkout: quote, hold, commit, release, restore. A wish is one however often it is sent with its idempotency key.</summary>
public sealed class RedeemPoints(IDocumentStore store, IProgramSource programs, PointsUseCase points, IClock clock)
{
    private const char Separator = '~';

    /// <summary>What the basket could be paid with. Refused: <c>NotFound</c>, <c>UnknownWallet</c>.</summary>
    public async Task<RedemptionAnswer> QuoteAsync(RedemptionRequest request, CancellationToken cancellation = default)
    {
        var (available, refused) = await AvailableAsync(request, cancellation);
        return refused ?? (RedemptionAnswer)Quote(request, available);
    }

    /// <summary>Reserves points. Refused: <c>UnknownWallet</c>, <c>InvalidAmount</c> (minimum, step, more than the basket takes), <c>InsufficientPoints</c>, <c>TooManyHolds</c>, …</summary>
    public async Task<RedemptionAnswer> HoldAsync(RedemptionRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("redeem-hold", key, request) is not { } idempotent) return new RedemptionAnswer.Refused(RefusalCode.MissingHeader);
        var wallet = WalletOf(request.Wallet);
        var customerId = await store.SurvivorAsync(request.CustomerId, cancellation);
        if (programs.Current.Model.Wallet(wallet) is null) return new RedemptionAnswer.Refused(RefusalCode.UnknownWallet);
        if (Wrong(request, wallet) is { } wrong) return new RedemptionAnswer.Refused(RefusalCode.InvalidAmount, wrong);
        if (!await store.TryClaimAsync(idempotent, clock.GetCurrentInstant(), cancellation)) return new RedemptionAnswer.Refused(RefusalCode.IdempotencyKeyReused);
        var hold = Hashing.Id(20, "redemption", request.CustomerId, idempotent.Key);
        var minutes = Duration.FromMinutes(request.Minutes);
        var command = new LedgerCommand.Hold(HoldKey(hold), request.Points, clock.GetCurrentInstant() + minutes, new EntryCause { Reason = "checkout" });
        var answer = await points.PostAsync(customerId, wallet, command, idempotent, cancellation);
        if (answer is PointsAnswer.Refused) await store.ReleaseAsync(idempotent, clock.GetCurrentInstant(), cancellation);
        return answer switch
        {
            PointsAnswer.Done done => Done(string.Join(Separator, request.CustomerId, wallet, hold), "held", done, wallet) with { ExpiresAt = done.At + minutes },
            PointsAnswer.Refused refused => new RedemptionAnswer.Refused(refused.Code),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    /// <summary>Redeems what was reserved; with an order, its refunds give points back. Refused: <c>NotFound</c>, <c>HoldExpired</c>, <c>KeyConflict</c> (committed before, for another order), …</summary>
    public async Task<RedemptionAnswer> CommitAsync(string redemptionId, RedemptionCommitRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("redeem-commit:" + redemptionId, key, request) is not { } idempotent) return new RedemptionAnswer.Refused(RefusalCode.MissingHeader);
        if (Parse(redemptionId) is not { } parts) return new RedemptionAnswer.Refused(RefusalCode.NotFound);
        if (request.ValueMinor is < 1 or > Core.Customers.CustomerLimits.OrderMinor || request.OrderId is { Length: 0 or > 200 })
            return new RedemptionAnswer.Refused(RefusalCode.InvalidField, "valueMinor is 1 or more; orderId has at most 200 characters.");
        var customerId = await store.SurvivorAsync(parts.CustomerId, cancellation);
        OrderState? order = null;
        var paidAnother = false;
        var posting = new PointsPosting(
            "commit:" + parts.Hold,
            async (session, program) =>
            {
                // A repetition is answered as before, but nobody may take it for the payment of another order.
                var before = await session.ReadAsync<RedemptionState>(Keys.Redemption(HoldKey(parts.Hold)), cancellation);
                paidAnother = before is not null && before.OrderId != request.OrderId;
                if (paidAnother) return null;
                order = await PaidAsync(session, customerId, parts, request, program, cancellation);
                return new LedgerCommand.Commit("commit:" + parts.Hold, HoldKey(parts.Hold), new EntryCause { OrderId = request.OrderId, RedemptionId = HoldKey(parts.Hold) });
            },
            session =>
            {
                if (order is not null) session.Put(Keys.Order(order.OrderId), Kinds.Order, order);
            });
        var answer = await points.PostAsync(customerId, parts.Wallet, posting, idempotent, cancellation);
        return paidAnother && answer is PointsAnswer.Refused
            ? new RedemptionAnswer.Refused(RefusalCode.KeyConflict, "The redemption was committed before, for another order or for none.")
            : Answer(answer, redemptionId, "redeemed", parts.Wallet);
    }

    /// <summary>Gives a reservation back. Refused: <c>NotFound</c>, <c>HoldExpired</c> (it lapsed: the points are usable already).</summary>
    public async Task<RedemptionAnswer> ReleaseAsync(string redemptionId, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("redeem-release:" + redemptionId, key, redemptionId) is not { } idempotent) return new RedemptionAnswer.Refused(RefusalCode.MissingHeader);
        if (Parse(redemptionId) is not { } parts) return new RedemptionAnswer.Refused(RefusalCode.NotFound);
        var command = new LedgerCommand.Release("release:" + parts.Hold, HoldKey(parts.Hold), new EntryCause { Reason = "checkout" });
        var customerId = await store.SurvivorAsync(parts.CustomerId, cancellation);
        var answer = Answer(await points.PostAsync(customerId, parts.Wallet, command, idempotent, cancellation), redemptionId, "released", parts.Wallet);
        // The ledger holds nothing under the key either way; who asks is told which of the two it was.
        return answer is RedemptionAnswer.Refused { Code: RefusalCode.HoldExpired } && await IsCommittedAsync(customerId, parts.Hold, cancellation)
            ? new RedemptionAnswer.Refused(RefusalCode.HoldExpired, "The redemption was committed; its restore gives points back.")
            : answer;
    }

    /// <summary>Gives redeemed points back to the lots they came from. Refused: <c>NotFound</c>, <c>ExceedsRedemption</c>, …</summary>
    public async Task<RedemptionAnswer> RestoreAsync(string redemptionId, RedemptionRestoreRequest request, string? key, CancellationToken cancellation = default)
    {
        if (IdempotentRequest.Of("redeem-restore:" + redemptionId, key, request) is not { } idempotent) return new RedemptionAnswer.Refused(RefusalCode.MissingHeader);
        if (Parse(redemptionId) is not { } parts) return new RedemptionAnswer.Refused(RefusalCode.NotFound);
        if (request.Reason is { Length: > LedgerLimits.ReasonCharacters }) return new RedemptionAnswer.Refused(RefusalCode.InvalidField, "reason has at most 200 characters.");
        var customerId = await store.SurvivorAsync(parts.CustomerId, cancellation);
        var cause = new EntryCause { Reason = request.Reason ?? "cancelled", RedemptionId = HoldKey(parts.Hold) };
        var restored = await points.RestoreAsync(
            customerId, parts.Wallet, HoldKey(parts.Hold), request.Points, "restore:" + Hashing.Id(24, redemptionId, idempotent.Key), cause, idempotent, cancellation);
        return Answer(restored, redemptionId, "restored", parts.Wallet);
    }

    private async Task<bool> IsCommittedAsync(string customerId, string hold, CancellationToken cancellation) =>
        await new PartitionSession(store, Keys.CustomerPartition(customerId)).ReadAsync<RedemptionState>(Keys.Redemption(HoldKey(hold)), cancellation) is not null;

    /// <summary>Whose a redemption is; null: it is no id of one.</summary>
    public static string? CustomerOf(string redemptionId) => Parse(redemptionId)?.CustomerId;

    private static string HoldKey(string hold) => "redeem:" + hold;

    private static Parts? Parse(string redemptionId)
    {
        var parts = redemptionId.Split(Separator);
        return parts.Length == 3 && parts.All(static part => part.Length is > 0 and <= 64) ? new Parts(parts[0], parts[1], parts[2]) : null;
    }

    private RedemptionAnswer Answer(PointsAnswer answer, string redemptionId, string status, string wallet) => answer switch
    {
        PointsAnswer.Done done => Done(redemptionId, status, done, wallet),
        PointsAnswer.Refused refused => new RedemptionAnswer.Refused(refused.Code),
        _ => throw new InvalidOperationException("An answer of no known kind."),
    };

    private RedemptionAnswer.Done Done(string redemptionId, string status, PointsAnswer.Done done, string wallet) => new()
    {
        RedemptionId = redemptionId,
        Status = status,
        Points = done.Points,
        ValueMinor = Worth(wallet, done.Points, programs.Current.Model.Currency),
        Available = done.Available,
    };

    private string WalletOf(string? asked) => asked ?? programs.Current.Model.Pay?.Wallet ?? WalletRule.Spendable;

    /// <summary>Deposits of gift cards and trade credits: one unit is one minor unit.</summary>
    private bool IsDeposit(string wallet) => programs.Current.Offers.Values.Any(offer => offer.Gift is OfferGift.Credit credit && credit.Wallet == wallet);

    private long? Worth(string wallet, long amount, string currency)
    {
        var program = programs.Current.Model;
        if (IsDeposit(wallet)) return currency == program.Currency ? amount : null;
        return program.Pay?.Wallet == wallet ? PayQuote.Worth(amount, currency, program, clock.GetCurrentInstant()) : null;
    }

    private RedemptionAnswer.Quoted Quote(RedemptionRequest request, long available)
    {
        var (program, now) = (programs.Current.Model, clock.GetCurrentInstant());
        var order = request.Basket!.ToOrder(program.Currency, now);
        var wallet = WalletOf(request.Wallet);
        if (IsDeposit(wallet))
        {
            var payable = OrderValue.Lines(order, []).Sum(static line => line.GrossMinor);
            if (order.Currency != program.Currency) return new RedemptionAnswer.Quoted(0, 0, payable, available, EarningReasons.NoRate);
            var most = Math.Min(payable, available);
            return new RedemptionAnswer.Quoted(most, most, payable, available, most > 0 ? null : payable == 0 ? "no-payable-goods" : "insufficient-points");
        }

        if (program.Pay?.Wallet != wallet) return new RedemptionAnswer.Quoted(0, 0, 0, available, "pay-not-offered");
        var quote = PayQuote.Of(order, available, program, now);
        return new RedemptionAnswer.Quoted(quote.MostPoints, quote.MostMinor, quote.PayableMinor, available, quote.Reason);
    }

    /// <summary>Why so many points cannot pay, in words; null: they can (whether they are there, the ledger tells).</summary>
    private string? Wrong(RedemptionRequest request, string wallet)
    {
        if (request.Points < 1) return "points: 1 or more is expected.";
        if (programs.Current.Model.Pay is { } pay && pay.Wallet == wallet)
        {
            if (request.Points < pay.Minimum) return string.Create(CultureInfo.InvariantCulture, $"points: at least {pay.Minimum} pay.");
            if (request.Points % pay.Step != 0) return string.Create(CultureInfo.InvariantCulture, $"points: they pay in steps of {pay.Step}.");
        }

        if (request.Basket is null) return null;
        var most = Quote(request, long.MaxValue / 2);
        if (request.Points <= most.MostPoints) return null;
        return most.Reason is { } reason
            ? $"basket: nothing of it can be paid from the wallet '{wallet}' ({reason})."
            : string.Create(CultureInfo.InvariantCulture, $"points: at most {most.MostPoints} pay this basket.");
    }

    private async Task<(long Available, RedemptionAnswer.Refused? Refused)> AvailableAsync(RedemptionRequest request, CancellationToken cancellation)
    {
        var wallet = WalletOf(request.Wallet);
        if (programs.Current.Model.Wallet(wallet) is null) return (0, new RedemptionAnswer.Refused(RefusalCode.UnknownWallet));
        var customer = await store.FindCustomerAsync(await store.SurvivorAsync(request.CustomerId, cancellation), cancellation);
        return customer is null
            ? (0, new RedemptionAnswer.Refused(RefusalCode.NotFound))
            : (customer.Wallets.FirstOrDefault(one => one.Name == wallet)?.Available ?? 0, null);
    }

    /// <summary>The order with what is paid of it: known before the shop tells the order, so that it earns and is refunded right.</summary>
    private async ValueTask<OrderState?> PaidAsync(
        PartitionSession session, string customerId, Parts parts, RedemptionCommitRequest request, ProgramModel program, CancellationToken cancellation)
    {
        if (request.OrderId is not { } orderId) return null;
        var wallet = (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation))?.WalletStates.FirstOrDefault(one => one.Name == parts.Wallet);
        var held = wallet?.Holds.FirstOrDefault(hold => hold.HoldId == HoldKey(parts.Hold))?.Parts.Sum(static part => part.Points) ?? 0;
        var known = await session.ReadAsync<OrderState>(Keys.Order(orderId), cancellation);
        var currency = known?.Facts.Latest?.Currency ?? program.Currency;
        if (held == 0 || (request.ValueMinor ?? Worth(parts.Wallet, held, currency)) is not ({ } value and > 0)) return null;
        var order = known ?? new OrderState { OrderId = orderId, CustomerId = customerId };
        var payments = order.PointsPaid ?? [];
        if (payments.Any(payment => payment.RedemptionId == HoldKey(parts.Hold))) return null;
        var payment = new PointsPayment
        {
            RedemptionId = HoldKey(parts.Hold),
            Wallet = parts.Wallet,
            Points = held,
            ValueMinor = value,
            IsInPrices = request.IsInPrices,
            Excluded = program.Pay?.Wallet == parts.Wallet ? program.Pay.Excluded : null,
        };
        return order with { PointsPaid = payments.Add(payment) };
    }

    private sealed record Parts(string CustomerId, string Wallet, string Hold);
}
