using Loyalty.Core.Events;
using Loyalty.Core.Offers;
using Loyalty.Engine.Limits;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Offers;

/// <summary>Learns from an order's discount codes which of ours were used in the shop. One read for each code of the order; an order without codes costs nothing.</summary>
public sealed class CodeUse(IDocumentStore store)
{
    /// <summary>Codes of one order that are looked at.</summary>
    public const int MostCodes = 20;

    /// <summary>Notes the use of the order's codes; told again, nothing changes.</summary>
    public async Task LearnAsync(CanonicalEvent e, CancellationToken cancellation = default)
    {
        if (e.Data is not EventData.Order { Snapshot: { IsTest: false, DiscountCodes.IsDefaultOrEmpty: false } order }) return;
        foreach (var typed in order.DiscountCodes.Take(MostCodes))
        {
            var code = CodePattern.Normal(typed);
            if (code.Length is 0 or > CodePools.MostCharacters) continue;
            await Attempts.UntilCommittedAsync(async () =>
            {
                var session = new PartitionSession(store, Keys.CodePartition(code));
                if (await session.ReadAsync<CodeState>(CodeIssuer.CodeId, cancellation) is not { } state) return new object();
                if (CodeDecider.UsedInShop(state, order.OrderId, order.PlacedAt) is not CodeDecision.Changed changed) return new object();
                session.Put(CodeIssuer.CodeId, Kinds.Code, changed.State);
                return await session.CommitAsync(cancellation) ? new object() : null;
            });
        }
    }
}
