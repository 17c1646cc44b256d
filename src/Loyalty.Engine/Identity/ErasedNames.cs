using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Identity;

/// <summary>
/// Names in an event that were erased. What happened before the erasure, or merely goes on (an edited order, a changed profile), makes nobody known again: only
/// a sign-up or an order that took place afterwards does, and then it is somebody new.
/// </summary>
/// <param name="IsEvent">The whole event is about somebody who was erased.</param>
/// <param name="Names">Else the names that are to be left out of it.</param>
internal sealed record ErasedNames(bool IsEvent, ImmutableArray<Identifier> Names)
{
    /// <summary>null: none of its names was erased.</summary>
    /// <param name="e">The event.</param>
    /// <param name="identifiers">Its names, its order behind them.</param>
    /// <param name="owners">What is known of each.</param>
    public static ErasedNames? Find(CanonicalEvent e, ImmutableArray<Identifier> identifiers, IEnumerable<IdentifierOwner?> owners)
    {
        ImmutableArray<Identifier>.Builder? names = null;
        var (at, left) = (0, 0);
        foreach (var owner in owners)
        {
            var identifier = identifiers[at++];
            var isOrder = identifier.Kind == "order";
            if (owner?.ErasedAt is { } erasedAt && (isOrder || !(IsOfSomebodySince(owner) ? IsLater(e, erasedAt) : BeginsAnew(e, erasedAt))))
            {
                if (isOrder) return new ErasedNames(IsEvent: true, []);
                (names ??= ImmutableArray.CreateBuilder<Identifier>()).Add(identifier);
            }
            else if (!isOrder)
            {
                left++;
            }
        }

        return names is null ? null : new ErasedNames(left == 0, names.ToImmutable());
    }

    /// <summary>The event without these names.</summary>
    public CanonicalEvent Without(CanonicalEvent e) => Without(e, Names);

    /// <summary>An event without some names.</summary>
    internal static CanonicalEvent Without(CanonicalEvent e, ImmutableArray<Identifier> names)
    {
        return e with
        {
            Identifiers = e.Identifiers.RemoveAll(names.Contains),
            Data = e.Data is EventData.Person person ? Person(person) : e.Data,
        };

        EventData.Person Person(EventData.Person person) => person with
        {
            Email = Identifier.Email(person.Email) is { } email && names.Contains(email) ? null : person.Email,
            Phone = Identifier.Phone(person.Phone) is { } phone && names.Contains(phone) ? null : person.Phone,
        };
    }

    /// <summary>Whether somebody else has had the name since it was erased, or has it.</summary>
    private static bool IsOfSomebodySince(IdentifierOwner owner) => owner.CustomerId is not null || owner.Before?.Until > owner.ErasedAt;

    /// <summary>Whether the event is about somebody new who is known by the name since: what happened before the erasure is not, whenever it is told.</summary>
    internal static bool IsLater(CanonicalEvent e, Instant erasedAt) => e.Time > erasedAt && (e.Data is not EventData.Order order || order.Snapshot.PlacedAt > erasedAt);

    /// <summary>Whether the event is the beginning of something new: a sign-up or an order, begun after the erasure; what was carried over from elsewhere is not.</summary>
    private static bool BeginsAnew(CanonicalEvent e, Instant erasedAt) => e.Data switch
    {
        EventData.Order order => order.Snapshot.PlacedAt > erasedAt && e.Time > erasedAt,
        EventData.Person person => e.Type == EventTypes.CustomerSignedUp && person.IsHistory != true && e.Time > erasedAt,
        // A friend who follows a link joins now.
        _ => e.Type is EventTypes.CustomerSignedUp or "referral.join" && e.Time > erasedAt,
    };
}
