using System.Collections.Immutable;
using Loyalty.Connectors.Json;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Intake;
using NodaTime;

namespace Loyalty.Connectors.Platforms;

/// <summary>What the headers tell about a delivery, and where its problems go.</summary>
/// <param name="Platform">Its name, the first part of every identifier, e.g. <c>shopify</c>.</param>
/// <param name="Shop">The shop's domain, or its account.</param>
/// <param name="EventId">Topic and the platform's event id: the same for every repeat.</param>
/// <param name="TriggeredAt">For bodies that tell no time of their own.</param>
/// <param name="Now">When it was received.</param>
/// <param name="Currency">The shop's currency by the settings, if set.</param>
/// <param name="TraceParent">The delivery's trace, if any.</param>
/// <param name="Problems">What was wrong with the body.</param>
internal sealed record ShopContext(
    string Platform,
    string Shop,
    string EventId,
    Instant TriggeredAt,
    Instant Now,
    string? Currency,
    string? TraceParent,
    Problems Problems)
{
    public string Global(string id) => $"{Platform}:{Shop}:{id}";

    public CanonicalEvent Event(
        string type, Instant? at, ImmutableArray<Identifier> identifiers, EventData data, string suffix = "") => new()
        {
            Id = EventId + suffix,
            Source = $"{Platform}:{Shop}",
            Type = type,
            Time = at ?? TriggeredAt,
            ReceivedAt = Now,
            Identifiers = identifiers,
            Data = data,
            TraceParent = TraceParent is { Length: <= 100 } ? TraceParent : null,
        };

    /// <summary>Who it is, strongest first: the shop's customer id, e-mail, phone.</summary>
    public ImmutableArray<Identifier> Identify(string? customerId, string? email, string? phone)
    {
        var all = ImmutableArray.CreateBuilder<Identifier>(3);
        if (customerId is not null) all.Add(Identifier.External(Platform, Shop, customerId));
        if (Identifier.Email(email) is { } address) all.Add(address);
        if (Identifier.Phone(phone) is { } number) all.Add(number);
        return all.ToImmutable();
    }

    /// <summary>Tells the consumer to fetch something of the shop's interface (<see cref="EventTypes.ShopChanged"/>).</summary>
    /// <param name="resource">What, e.g. <c>order</c>.</param>
    /// <param name="id">The shop's id of it.</param>
    /// <param name="at">When it changed.</param>
    /// <param name="identifiers">Whose it is, as far as known: the same session as the person's other events.</param>
    public CanonicalEvent Fetch(string resource, string id, Instant? at, ImmutableArray<Identifier> identifiers) => Event(
        EventTypes.ShopChanged, at, identifiers, new EventData.Facts(ShopResource.Facts(Platform, Shop, resource, id)), $":{resource}");

    /// <summary>Minor units of an amount that may be missing (0); an amount out of range is a problem.</summary>
    public long Minor(Node node, string currency, decimal? amount)
    {
        if (amount is not { } value || value == 0) return 0;
        if (CurrencyTable.ToMinor(value, currency) is { } minor) return minor;
        node.Fail("an amount within ±10^15 minor units");
        return 0;
    }

    /// <summary>Pieces, 0 to 1,000,000; missing is 1.</summary>
    public static long Quantity(Node node)
    {
        if (!node.Exists) return 1;
        var quantity = node.Whole() ?? 0;
        if (quantity is >= 0 and <= 1_000_000) return quantity;
        node.Fail("a quantity from 0 to 1,000,000");
        return 0;
    }

    /// <summary>A code of ISO 4217 that must be there.</summary>
    public static string RequiredCurrency(Node node, string? currency)
    {
        currency = currency?.ToUpperInvariant();
        if (CurrencyTable.Exponent(currency) is not null) return currency!;
        node.Fail("a currency of ISO 4217");
        return "USD";
    }
}

/// <summary>The events of a body, or why there are none.</summary>
internal readonly record struct Mapped(IReadOnlyList<CanonicalEvent> Events, string? Nothing)
{
    public static Mapped Of(params IReadOnlyList<CanonicalEvent> events) => new(events, null);

    public static Mapped None(string reason) => new([], reason);
}
