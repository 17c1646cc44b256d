using Loyalty.Engine.Limits;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Referrals;
using Loyalty.Engine.State;

namespace Loyalty.Engine.Runs;

/// <summary>Works off what is due beside runs and customers: takes that nobody confirmed, gifts that are owed, codes that were bought and not made, referrals, erasures.</summary>
public sealed class OwnDue(SharedLimits limits, OfferGifts gifts, ClaimOffer claims, ReferralProcess referrals, Privacy.EraseUseCase? erasures = null, Privacy.PrivacyRequests? requests = null)
{
    /// <summary>One document; what is not due any more is success.</summary>
    public async Task TakeAsync(DueItem item, CancellationToken cancellation = default)
    {
        switch (item.Kind)
        {
            case Kinds.LimitTake: await limits.SettleAsync(item.CustomerId, item.Id, cancellation); break;
            // The code's own document in its own partition, or the customer's note of it.
            case Kinds.Code when item.Id == CodeIssuer.CodeId: await gifts.GiveAsync(item.CustomerId, cancellation); break;
            case Kinds.Code: await claims.FinishAsync(item.CustomerId, item.Id, cancellation); break;
            case Kinds.Referral: await referrals.AdvanceAsync(item.CustomerId, cancellation); break;
            case Kinds.Erasure when erasures is not null: await erasures.AdvanceAsync(item.CustomerId, cancellation); break;
            case Kinds.PrivacyRequest when requests is not null: await requests.AdvanceAsync(item.Id, cancellation); break;
            default: break;
        }
    }
}
