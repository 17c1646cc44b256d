using Loyalty.Core.Offers;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Offers;

/// <summary>Gives codes away on behalf of journeys and referrals.</summary>
public sealed class StoreOfferSource(IDocumentStore store, IProgramSource programs, CodeIssuer issuer, IClock clock) : IOfferSource
{
    private const int Tries = 8;

    /// <summary>With nothing outside: no shop, the system's chance.</summary>
    public StoreOfferSource(IDocumentStore store, IProgramSource programs, IClock clock)
        : this(store, programs, new CodeIssuer(store, programs, new SharedLimits(store, clock), new NoShopCodes(), new SystemChance(), clock), clock)
    {
    }

    /// <inheritdoc/>
    public async Task<OfferAnswer> IssueAsync(OfferRequest request, CancellationToken cancellation = default)
    {
        if (programs.Current.Offers.GetValueOrDefault(request.Offer) is not { } offer) return new OfferAnswer.Failed("unknown-offer");
        var note = await issuer.FindAsync(request.Key, cancellation);
        if (note is null)
        {
            if (!await issuer.IsOpenAsync(offer, cancellation)) return new OfferAnswer.Failed("offer-closed");
            var noted = await Attempts.UntilCommittedAsync(() => TryNoteAsync(request, offer, cancellation));
            if (noted.Refused is { } refused) return refused;
            note = noted.Code!;
        }

        await issuer.ConfirmAsync(request.Key, offer, cancellation);
        for (var attempt = 0; attempt < Tries; attempt++)
        {
            if (note.VoidedAt is not null) return new OfferAnswer.Failed("voided");
            var wrong = await issuer.MakeAsync(request.Key, note, offer, cancellation);
            if (wrong is null) return new OfferAnswer.Issued(note.Code, note.ValidUntil);
            if (wrong != "taken" || offer.Codes == CodeOrigin.Pool) return new OfferAnswer.Failed(wrong);
            // Somebody else drew the same code, one in billions: the note gets another.
            await issuer.RedrawAsync(request.Key, note, offer, cancellation);
            note = (await issuer.FindAsync(request.Key, cancellation))!;
        }

        return new OfferAnswer.Failed("no-free-code");
    }

    /// <inheritdoc/>
    public async Task VoidAsync(OfferKey key, CancellationToken cancellation = default)
    {
        if (await issuer.FindAsync(key, cancellation) is { Code.Length: > 0 } note) await issuer.VoidAsync(key, note, cancellation);
    }

    private async Task<Noted?> TryNoteAsync(OfferRequest request, OfferRule offer, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(request.Key.CustomerId));
        var plan = await issuer.PlanAsync(session, request, offer, grant: null, cancellation);
        if (plan.Known is { } known) return new Noted(known, null);
        if (!plan.IsAllowed)
        {
            await issuer.ReleaseAsync(request.Key, offer, cancellation);
            return new Noted(null, new OfferAnswer.SoldOut("per-customer"));
        }

        if (await issuer.TakeAsync(request.Key, offer, cancellation) is not { } grant)
            return new Noted(null, new OfferAnswer.SoldOut(offer.Codes == CodeOrigin.Pool ? "pool" : "stock"));
        var note = issuer.Put(session, request, offer, grant, plan);
        if (clock.GetCurrentInstant() - grant.At > SharedLimits.CommitWithin) return null;
        return await session.CommitAsync(cancellation) ? new Noted(note, null) : null;
    }

    private sealed record Noted(CustomerCode? Code, OfferAnswer? Refused);
}
