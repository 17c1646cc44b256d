using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Offers;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>Gives the customer what a redeemed code gives: points, a deposit, a tier, a ticket. Once for each code, also after a crash.</summary>
public sealed class OfferGifts(
    IDocumentStore store, IProgramSource programs, PointsUseCase points, PrizeDraws draws, RunProtocolSettings settings, IClock clock)
{
    /// <summary>When the due scan gives what a crash has left owed.</summary>
    public static Duration OwedFor { get; } = Duration.FromMinutes(2);

    /// <summary>Why what a code gives cannot be given any more; null: it can.</summary>
    internal async Task<RefusalCode?> RefusalAsync(string typed, CancellationToken cancellation)
    {
        if (await FindAsync(CodePattern.Normal(typed), cancellation) is not { UsedAt: null } state) return null;
        return programs.Current.Offers.GetValueOrDefault(state.Offer) is { } offer ? await RefusalAsync(offer, cancellation) : null;
    }

    internal async Task<RefusalCode?> RefusalAsync(OfferRule offer, CancellationToken cancellation) =>
        offer.Gift is OfferGift.Ticket ticket && await PrizeDraws.IsClosedAsync(store, ticket.Draw, cancellation) ? RefusalCode.OfferClosed : null;

    /// <summary>Gives what is owed for a code; nothing owed is success.</summary>
    public async Task GiveAsync(string code, CancellationToken cancellation = default)
    {
        if (await FindAsync(code, cancellation) is not { IsOwed: true } state) return;
        var customerId = await store.SurvivorAsync(state.CustomerId, cancellation);
        // An offer that was withdrawn meanwhile is honoured no more than its code was: there is nothing that says what it gave.
        var offer = programs.Current.Offers.GetValueOrDefault(state.Offer);
        var key = "offer:" + state.Code;
        var cause = new EntryCause { Reason = "offer:" + state.Offer, RuleVersion = offer?.Version, OrderId = state.OrderId, RedemptionId = state.RedeemedBy };
        switch (offer?.Gift)
        {
            case OfferGift.Points some: await GrantAsync(customerId, some.Wallet, new LedgerCommand.Grant(key, some.Number, clock.GetCurrentInstant(), null, cause), cancellation); break;
            case OfferGift.Credit credit: await GrantAsync(customerId, credit.Wallet, new LedgerCommand.Grant(key, credit.Minor, clock.GetCurrentInstant(), null, cause), cancellation); break;
            case OfferGift.Status status: await RaiseAsync(customerId, status, state.UsedAt!.Value, cancellation); break;
            case OfferGift.Ticket ticket: await draws.AddTicketAsync(ticket.Draw, state.Code, customerId, cancellation); break;
            default: break;
        }

        await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CodePartition(state.Code));
            if (await session.ReadAsync<CodeState>(CodeIssuer.CodeId, cancellation) is not { IsOwed: true } owed) return new object();
            session.Put(CodeIssuer.CodeId, Kinds.Code, owed with { IsOwed = false });
            return await session.CommitAsync(cancellation) ? new object() : null;
        });
    }

    private async Task GrantAsync(string customerId, string wallet, LedgerCommand command, CancellationToken cancellation)
    {
        if (await points.PostAsync(customerId, wallet, command, cancellation: cancellation) is PointsAnswer.Refused { Code: not RefusalCode.UnknownWallet } refused)
            throw new InvalidOperationException($"The ledger refused {command.Key} as {refused.Code}.");
    }

    private async Task RaiseAsync(string customerId, OfferGift.Status status, Instant usedAt, CancellationToken cancellation) =>
        await Attempts.UntilCommittedAsync(async () =>
        {
            var program = programs.Current;
            var now = clock.GetCurrentInstant();
            var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
            var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId: null, cancellation);
            if (snapshot.Customer is not { MergedInto: null } customer || program.Model.Tiers is not { } plan) return new object();
            if (GiftedTier.Raise(customer.Tier, status, plan, usedAt, now, program.Model.TimeZone) is not { } raised) return new object();
            var router = new JourneyRouter(session, programs, snapshot with { Customer = customer with { Tier = raised.State } }, settings, now);
            if (raised.Change is { } change) await router.RouteAsync(GiftedTier.Told(change), mayStart: true, cancellation);
            CustomerDocuments.PutCustomer(session, router.Customer, program.Model);
            if (!router.Announcements.IsEmpty)
            {
                var markerId = Keys.TickMarker(now.ToUnixTimeMilliseconds());
                await session.ReadAsync<EventMarker>(markerId, cancellation);
                session.Put(markerId, Kinds.Marker, new EventMarker { Type = EventMarker.Moments, AppliedAt = now, Open = router.Announcements }, now);
            }

            return await session.CommitAsync(cancellation) ? new object() : null;
        });

    private async Task<CodeState?> FindAsync(string code, CancellationToken cancellation) => code.Length is 0 or > Limits.CodePools.MostCharacters
        ? null
        : await new PartitionSession(store, Keys.CodePartition(code)).ReadAsync<CodeState>(CodeIssuer.CodeId, cancellation);
}
