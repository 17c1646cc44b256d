using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Customers;

/// <summary>Makes the occurrences that are not an order's.</summary>
internal static class Occurrences
{
    /// <summary>An event as it came.</summary>
    public static Occurrence Of(CanonicalEvent e, ImmutableDictionary<string, AttributeValue> attributes) =>
        new($"{e.Type}:{Hashing.Id(20, e.Source, e.Id)}", e.Type, e.Time, attributes) { Hops = e.Hops };

    /// <summary>An event as it came, its attributes put together when they are asked for.</summary>
    public static Occurrence Of(CanonicalEvent e, Func<ImmutableDictionary<string, AttributeValue>> attributes) =>
        Occurrence.Of($"{e.Type}:{Hashing.Id(20, e.Source, e.Id)}", e.Type, e.Time, attributes, e.Hops);

    public static Occurrence SignedUp(CanonicalEvent e, EventData.Person? person)
    {
        return Occurrence.Of(EventTypes.CustomerSignedUp, EventTypes.CustomerSignedUp, e.Time, Attributes, e.Hops);

        ImmutableDictionary<string, AttributeValue> Attributes()
        {
            var values = Values();
            Add(values, "source", person?.AcquisitionSource);
            Add(values, "campaign", person?.Campaign);
            Add(values, "locale", person?.Locale);
            Add(values, "country", person?.Country);
            if (person?.Tags is { IsDefaultOrEmpty: false } tags) values["tags"] = new AttributeValue.List(tags);
            return values.ToImmutable();
        }
    }

    /// <summary>Topics that were asked for by an event of another kind: told as a change of consent, to be confirmed.</summary>
    public static Occurrence Asked(CanonicalEvent e, ImmutableArray<string> asked) => Asked(e, "", asked);

    /// <summary>Topics that have to be confirmed anew, for the event came with another address.</summary>
    public static Occurrence AskedAgain(CanonicalEvent e, ImmutableArray<string> asked) => Asked(e, ":again", asked);

    /// <summary>Topics that have to be confirmed anew, for the two who became one have one address.</summary>
    public static Occurrence AskedByMerge(string absorbedId, ImmutableArray<string> asked, Instant at) => new(
        $"{EventTypes.CustomerConsentChanged}:{absorbedId}:merged", EventTypes.CustomerConsentChanged, at, Values().ToImmutable().Add("asked", new AttributeValue.List(asked)))
    { Hops = 1 };

    private static Occurrence Asked(CanonicalEvent e, string suffix, ImmutableArray<string> asked) => new(
        $"{EventTypes.CustomerConsentChanged}:{Hashing.Id(20, e.Source, e.Id)}{suffix}",
        EventTypes.CustomerConsentChanged,
        e.Time,
        Values().ToImmutable().Add("asked", new AttributeValue.List(asked)))
    {
        Hops = e.Hops,
    };

    /// <summary>What a change of the profile tells: only what was told.</summary>
    public static ImmutableDictionary<string, AttributeValue> Updated(EventData.Person person)
    {
        var values = Values();
        Add(values, "source", person.AcquisitionSource);
        Add(values, "campaign", person.Campaign);
        Add(values, "locale", person.Locale);
        Add(values, "country", person.Country);
        if (person.Tags is { IsDefault: false } tags) values["tags"] = new AttributeValue.List(tags);
        return values.ToImmutable().AddRange(Consents(person));
    }

    public static ImmutableDictionary<string, AttributeValue> Consents(EventData.Person person)
    {
        var values = Values();
        if (!person.Consent.IsEmpty)
        {
            values["given"] = Topics(person, isGiven: true);
            values["withdrawn"] = Topics(person, isGiven: false);
        }

        return values.ToImmutable();
    }

    public static ImmutableDictionary<string, AttributeValue> Cart(CartState cart)
    {
        var values = Values();
        values["cart-id"] = cart.CartId;
        values["is-checkout"] = cart.IsCheckout;
        values["items"] = cart.Lines.Sum(static line => line.Quantity);
        values["skus"] = Texts(cart.Lines, static line => line.Sku);
        values["titles"] = Texts(cart.Lines, static line => line.Title);
        if (cart.Currency is { } currency)
        {
            values["currency"] = currency;
            values["total"] = new AttributeValue.Money(cart.TotalMinor, currency);
        }

        return values.ToImmutable();
    }

    public static Occurrence CartAbandoned(CartState cart, Instant at) =>
        Occurrence.Of($"{EventTypes.CartAbandoned}:{cart.CartId}:{Ticks(cart.UpdatedAt!.Value)}", EventTypes.CartAbandoned, at, () => Cart(cart), 1);

    public static Occurrence ReorderDue(Instant lastOrderAt, Instant at)
    {
        var values = Values();
        values["last-order-at"] = lastOrderAt;
        values["expected-at"] = at;
        var id = $"{EventTypes.CustomerReorderDue}:{Ticks(lastOrderAt)}";
        return new Occurrence(id, EventTypes.CustomerReorderDue, at, values.ToImmutable()) { Hops = 1 };
    }

    public static Occurrence ReorderDue(CategoryRhythm rhythm, Instant at)
    {
        var values = Values();
        values["last-order-at"] = rhythm.LastAt;
        values["expected-at"] = at;
        values["category"] = rhythm.Category;
        var id = $"{EventTypes.CustomerReorderDue}:{Hashing.Id(10, rhythm.Category)}:{Ticks(rhythm.LastAt)}";
        return new Occurrence(id, EventTypes.CustomerReorderDue, at, values.ToImmutable()) { Hops = 1 };
    }

    public static Occurrence Inactive(Instant lastActivityAt, Instant at)
    {
        var values = Values();
        values["last-activity-at"] = lastActivityAt;
        var id = $"{EventTypes.CustomerInactive}:{Ticks(lastActivityAt)}";
        return new Occurrence(id, EventTypes.CustomerInactive, at, values.ToImmutable()) { Hops = 1 };
    }

    public static Occurrence Birthday(LocalDate day, Instant at)
    {
        var values = Values();
        values["day"] = new AttributeValue.Day(day);
        var id = $"{DerivedEventTypes.CustomerBirthday}:{day.Year.ToString(CultureInfo.InvariantCulture)}";
        return new Occurrence(id, DerivedEventTypes.CustomerBirthday, at, values.ToImmutable()) { Hops = 1 };
    }

    public static Occurrence Anniversary(LocalDate day, Instant signedUpAt, Instant at)
    {
        var values = Values();
        values["day"] = new AttributeValue.Day(day);
        values["years"] = (long)(day.Year - signedUpAt.InUtc().Year);
        var id = $"{DerivedEventTypes.CustomerAnniversary}:{day.Year.ToString(CultureInfo.InvariantCulture)}";
        return new Occurrence(id, DerivedEventTypes.CustomerAnniversary, at, values.ToImmutable()) { Hops = 1 };
    }

    public static Occurrence TierChanged(Tiers.TierChange change)
    {
        var values = Values();
        Add(values, "from", change.From);
        Add(values, "to", change.To);
        values["reason"] = change.Reason;
        var id = $"{DerivedEventTypes.TierChanged}:{change.From}:{change.To}:{Ticks(change.At)}";
        return new Occurrence(id, DerivedEventTypes.TierChanged, change.At, values.ToImmutable()) { Hops = 1 };
    }

    public static Occurrence BadgeEarned(Games.GameRule game, Games.GameProgress progress, Instant at)
    {
        var values = Values();
        values["game"] = game.Name;
        values["rounds"] = (long)progress.Rounds;
        var id = $"{DerivedEventTypes.BadgeEarned}:{game.Name}:{progress.Turn.ToString(CultureInfo.InvariantCulture)}";
        return new Occurrence(id, DerivedEventTypes.BadgeEarned, at, values.ToImmutable()) { Hops = 1 };
    }

    public static Occurrence StageChanged(CustomerStage from, CustomerStage to, Instant at, int hops)
    {
        var id = $"{EventTypes.CustomerStageChanged}:{CustomerStages.Word(from)}:{CustomerStages.Word(to)}:{Ticks(at)}";
        return Occurrence.Of(id, EventTypes.CustomerStageChanged, at, () => Attributes(from, to), hops + 1);

        static ImmutableDictionary<string, AttributeValue> Attributes(CustomerStage from, CustomerStage to)
        {
            var values = Values();
            values["from"] = CustomerStages.Word(from);
            values["to"] = CustomerStages.Word(to);
            return values.ToImmutable();
        }
    }

    public static Occurrence Merged(string absorbedId, Instant at)
    {
        var values = Values();
        values["absorbed"] = absorbedId;
        return new Occurrence($"{EventTypes.CustomerMerged}:{absorbedId}", EventTypes.CustomerMerged, at, values.ToImmutable()) { Hops = 1 };
    }

    public static Occurrence PointsExpiring(string wallet, ExpiryWarning warning)
    {
        var values = Values();
        values["wallet"] = wallet;
        values["points"] = warning.Points;
        values["expires-at"] = warning.ExpiresAt;
        values["days"] = (long)warning.Days;
        var id = $"{EventTypes.PointsExpiring}:{wallet}:{warning.Key}:{warning.Days.ToString(CultureInfo.InvariantCulture)}";
        return new Occurrence(id, EventTypes.PointsExpiring, warning.At, values.ToImmutable()) { Hops = 1 };
    }

    /// <summary>In their order, each once.</summary>
    private static AttributeValue.List Texts(ImmutableArray<EventData.CartLine> lines, Func<EventData.CartLine, string?> text)
    {
        var texts = new List<string>(lines.Length);
        foreach (var line in lines)
        {
            if (text(line) is { } one && !texts.Contains(one)) texts.Add(one);
        }

        return new AttributeValue.List([.. texts]);
    }

    private static ImmutableDictionary<string, AttributeValue>.Builder Values() =>
        ImmutableDictionary.CreateBuilder<string, AttributeValue>(StringComparer.Ordinal);

    private static void Add(ImmutableDictionary<string, AttributeValue>.Builder values, string name, string? value)
    {
        if (value is not null) values[name] = value;
    }

    private static AttributeValue.List Topics(EventData.Person person, bool isGiven) =>
        new([.. person.Consent.Where(consent => consent.Value == isGiven).Select(static consent => consent.Key).Order(StringComparer.Ordinal)]);

    private static string Ticks(Instant at) => at.ToUnixTimeTicks().ToString(CultureInfo.InvariantCulture);
}
