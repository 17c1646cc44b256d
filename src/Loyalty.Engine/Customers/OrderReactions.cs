using Loyalty.Core.Events;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Referrals;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Customers;

/// <summary>
/// What follows from an order outside its customer's partition: codes that were used, the referral that brought the customer; from a sign-up the referral
/// that waits for it, as the storefront often tells of a join before the shop tells of the account. After the commit, at least once, each idempotent: a
/// redelivery finds the event applied and does it again. An order without codes of a customer whom nobody brought costs nothing.
/// </summary>
public sealed class OrderReactions(IDocumentStore store, IProgramSource programs, CodeUse codes, ReferralProcess referrals)
{
    /// <summary>After an event was applied, now or before.</summary>
    public async Task ReactAsync(string customerId, CanonicalEvent e, ApplyOutcome outcome, CancellationToken cancellation = default)
    {
        if (e.Type == EventTypes.CustomerSignedUp && programs.Current.Model.Referrals is not null) await referrals.AdvanceAsync(customerId, cancellation);
        if (e.Data is not (EventData.Order or EventData.Refund)) return;
        await codes.LearnAsync(e, cancellation);
        if (programs.Current.Model.Referrals is null) return;
        var hasReferral = outcome is ApplyOutcome.Applied applied ? applied.HasReferral : (await store.FindCustomerAsync(customerId, cancellation))?.HasReferral == true;
        if (hasReferral) await referrals.AdvanceAsync(customerId, cancellation);
    }
}
