using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>
/// Something that a journey can start on, wait for, count as its goal or leave for: a fact that was applied to the customer.
/// An order's <c>order.paid</c> is one occurrence however many webhooks told it.
/// </summary>
/// <param name="Id">Unique for the customer, derived from the fact (e.g. <c>order.paid:shopify:shop:1</c>); the same fact has the same id.</param>
/// <param name="Type">As <see cref="Events.EventTypes"/>, or the program's own.</param>
/// <param name="At">When it occurred.</param>
/// <param name="Attributes">What conditions see as <c>event.*</c> and <c>entry.*</c>, by kebab-case name (<c>order-id</c>, <c>total</c>, <c>reason</c>).</param>
public sealed record Occurrence(
    string Id, string Type, Instant At, ImmutableDictionary<string, AttributeValue> Attributes)
{
    private Late<ImmutableDictionary<string, AttributeValue>> _attributes = new(Attributes);

    /// <summary>What conditions see as <c>event.*</c> and <c>entry.*</c>, by kebab-case name.</summary>
    public ImmutableDictionary<string, AttributeValue> Attributes
    {
        get => _attributes.Value!;
        init => _attributes = new Late<ImmutableDictionary<string, AttributeValue>>(value);
    }

    /// <summary>An occurrence whose attributes are put together when a condition, a template or a document asks for them: of most nobody does.</summary>
    /// <param name="id">Unique for the customer.</param>
    /// <param name="type">Its type.</param>
    /// <param name="at">When it occurred.</param>
    /// <param name="attributes">Puts them together; must follow from immutable values alone.</param>
    /// <param name="hops">Its <see cref="Hops"/>.</param>
    internal static Occurrence Of(string id, string type, Instant at, Func<ImmutableDictionary<string, AttributeValue>> attributes, int hops) =>
        new(id, type, at, ImmutableDictionary<string, AttributeValue>.Empty)
        {
            Hops = hops,
            Late = new Late<ImmutableDictionary<string, AttributeValue>>(attributes),
        };

    private Late<ImmutableDictionary<string, AttributeValue>> Late
    {
        init => _attributes = value;
    }

    /// <summary>Events of the program's own between this and the outside.</summary>
    public int Hops { get; init; }

    /// <summary>Oldest first; of one moment as they stood. Sorts the list itself: there are few.</summary>
    internal static ImmutableArray<Occurrence> InOrder(List<Occurrence> occurrences)
    {
        for (var i = 1; i < occurrences.Count; i++)
        {
            var moved = occurrences[i];
            var at = i;
            for (; at > 0 && occurrences[at - 1].At > moved.At; at--) occurrences[at] = occurrences[at - 1];
            occurrences[at] = moved;
        }

        return [.. occurrences];
    }
}
