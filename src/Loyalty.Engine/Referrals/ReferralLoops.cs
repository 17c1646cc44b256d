using Loyalty.Core.Referrals;
using Loyalty.Engine.Customers;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Referrals;

/// <summary>Loops of people who bring each other: A brings B, B brings C, C brings A.</summary>
internal static class ReferralLoops
{
    private const int Depth = 32;

    /// <summary>Whether the friend is among those who brought the referrer, at however many removes.</summary>
    public static async Task<bool> IsLoopAsync(this IDocumentStore store, string friendId, string referrerId, CancellationToken cancellation)
    {
        var current = referrerId;
        for (var depth = 0; depth < Depth; depth++)
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(current));
            if (await session.ReadAsync<ReferralState>(Keys.ReferralId, cancellation) is not { } above) return false;
            current = await store.SurvivorAsync(above.ReferrerId, cancellation);
            if (current == friendId) return true;
        }

        return false;
    }
}
