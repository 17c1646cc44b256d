using Loyalty.Core.Events;
using Loyalty.Engine.Offers;

namespace Loyalty.Engine.Customers;

/// <summary>
/// What follows from an order outside its customer's partition: codes that were used. After the commit, at least once, each idempotent: a redelivery
/// finds the event applied and does it again.
/// </summary>
public sealed class OrderReactions(CodeUse codes)
{
    /// <summary>After an event was applied, now or before.</summary>
    public async Task ReactAsync(string customerId, CanonicalEvent e, ApplyOutcome outcome, CancellationToken cancellation = default)
    {
        if (e.Data is EventData.Order) await codes.LearnAsync(e, cancellation);
    }
}
