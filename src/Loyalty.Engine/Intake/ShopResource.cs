using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;

namespace Loyalty.Engine.Intake;

/// <summary>What an event of type <see cref="EventTypes.ShopChanged"/> points at.</summary>
/// <param name="Platform">E.g. <c>bigcommerce</c>.</param>
/// <param name="Shop">The shop's domain or account.</param>
/// <param name="Kind">E.g. <c>order</c>, <c>refunds</c>, <c>customer</c>.</param>
/// <param name="Id">The shop's id.</param>
public sealed record ShopResource(string Platform, string Shop, string Kind, string Id)
{
    /// <summary>As the facts of an event.</summary>
    public static ImmutableDictionary<string, AttributeValue> Facts(string platform, string shop, string kind, string id) =>
        ImmutableDictionary<string, AttributeValue>.Empty.Add("platform", platform).Add("shop", shop).Add("kind", kind).Add("id", id);

    /// <summary>null where the event is no such pointer.</summary>
    public static ShopResource? Of(CanonicalEvent e)
    {
        if (e.Type != EventTypes.ShopChanged || e.Data is not EventData.Facts { Values: var facts }) return null;
        return Text(facts, "platform") is { } platform && Text(facts, "shop") is { } shop && Text(facts, "kind") is { } kind && Text(facts, "id") is { } id
            ? new ShopResource(platform, shop, kind, id)
            : null;
    }

    private static string? Text(ImmutableDictionary<string, AttributeValue> facts, string name) =>
        facts.GetValueOrDefault(name) is AttributeValue.Text text ? text.Value : null;
}
