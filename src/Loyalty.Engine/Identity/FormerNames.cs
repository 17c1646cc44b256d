using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Engine.State;

namespace Loyalty.Engine.Identity;

/// <summary>Names in an event that were somebody's when it came in and were corrected before it was applied.</summary>
/// <param name="CustomerId">Whose the first of them was.</param>
/// <param name="Names">The names; they are to be left out of the event, for they are nobody's since, or another's.</param>
internal sealed record FormerNames(string CustomerId, ImmutableArray<Identifier> Names)
{
    /// <summary>null: none of its names was corrected since.</summary>
    /// <param name="e">The event.</param>
    /// <param name="identifiers">Its names, its order behind them.</param>
    /// <param name="owners">What is known of each.</param>
    public static FormerNames? Find(CanonicalEvent e, ImmutableArray<Identifier> identifiers, IEnumerable<IdentifierOwner?> owners)
    {
        FormerNames? found = null;
        foreach (var (identifier, owner) in identifiers.Zip(owners))
        {
            if (owner?.Before is null || owner.OwnerAt(e.ReceivedAt) is not { } person || person == owner.CustomerId) continue;
            // It is older than an erasure after which this person got the name: it was about whoever had it before.
            if (owner.ErasedAt is { } erasedAt && erasedAt < owner.Before.Until && !ErasedNames.IsLater(e, erasedAt)) continue;
            found = new FormerNames(found?.CustomerId ?? person, found is null ? [identifier] : found.Names.Add(identifier));
        }

        return found;
    }

    /// <summary>The event without these names.</summary>
    public CanonicalEvent Without(CanonicalEvent e) => ErasedNames.Without(e, Names);
}
