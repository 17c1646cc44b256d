using System.Collections.Immutable;
using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Refusals;
using NodaTime;

namespace Loyalty.Connectors.Canonical;

/// <summary>
/// Reads the program's own data schema (docs/reference/events.md) as Standard Webhooks and CloudEvents carry it:
/// strict, because its senders write it for us and are told what is wrong.
/// </summary>
/// <param name="source">Whose bare ids these are.</param>
/// <param name="defaultShop">The shop of data that names none.</param>
internal sealed class CanonicalData(string source, string defaultShop)
{
    /// <summary>The data of an event and whom it is about.</summary>
    public (EventData Data, ImmutableArray<Identifier> Identifiers) Read(
        string type, Node data, string? subject, Instant at)
    {
        // Facts may be any JSON: a bare text or a list has no shop and no customer.
        var root = data.Element.ValueKind == JsonValueKind.Object ? data : Node.Missing;
        var shop = root["shop"].Text(150) ?? defaultShop;
        EventData read = CanonicalTypes.Shape(type) switch
        {
            DataShape.Order => new EventData.Order(Order(Required(data["order"]), shop, at)),
            DataShape.Refund => new EventData.Refund(
                Global(Required(data["refund"])["orderId"].RequiredId(), shop), Refund(data["refund"], at)),
            DataShape.Person => Person(data["person"]),
            DataShape.Cart => Cart(Required(data["cart"]), shop),
            DataShape.Reserved => Reserved(data, type),
            _ => FactsReader.Read(data),
        };
        return (read, Identify(root["customer"], read as EventData.Person, subject, shop));
    }

    private static Node Required(Node node)
    {
        if (!node.Exists) node.Fail("an object");
        return node;
    }

    private static EventData.Facts Reserved(Node data, string type)
    {
        data.Fail($"another type than {type}, which only the program tells,", RefusalCode.ReservedType);
        return FactsReader.None;
    }

    private ImmutableArray<Identifier> Identify(Node customer, EventData.Person? person, string? subject, string shop)
    {
        var all = new List<Identifier>();
        if (customer["id"].Id() is { } id) all.Add(Identifier.Customer(id));
        if (customer["externalId"].Text(300) is { } external) all.Add(new Identifier(Global(external, shop)));
        var told = customer["email"].Text(300) ?? person?.Email;
        if (Identifier.Email(told) is { } email) all.Add(email);
        else if (told is not null) customer["email"].Fail("an e-mail address");
        if (Identifier.Phone(customer["phone"].Text(40) ?? person?.Phone) is { } phone) all.Add(phone);
        else if (customer["phone"].Exists) customer["phone"].Fail("a phone number in E.164, e.g. +35929876543,");
        if (Subject(subject) is { } named) all.Add(named);
        return [.. all.Distinct().OrderBy(IntakeKeys.Rank)];
    }

    /// <summary>
    /// <c>id:…</c>, <c>email:…</c>, <c>phone:…</c> or <c>&lt;source&gt;:&lt;shop&gt;:&lt;id&gt;</c>; any other subject
    /// is not about a person.
    /// </summary>
    private static Identifier? Subject(string? subject)
    {
        if (subject is null || subject.Length > 400 || subject.Any(char.IsControl)) return null;
        if (subject.StartsWith("email:", StringComparison.Ordinal)) return Identifier.Email(subject[6..]);
        if (subject.StartsWith("phone:", StringComparison.Ordinal)) return Identifier.Phone(subject[6..]);
        if (subject.StartsWith("id:", StringComparison.Ordinal))
            return subject.Length > 3 ? new Identifier(subject) : null;
        return IsGlobal(subject) ? new Identifier(subject) : null;
    }

    /// <summary>Three parts with colons between them: already global. URLs are not.</summary>
    private static bool IsGlobal(string id)
    {
        var parts = id.Split(':', 3);
        return parts.Length == 3 && parts.All(static part => part.Length > 0 && part[0] != '/')
            && parts[0].All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');
    }

    private string Global(string id, string shop) => IsGlobal(id) || id.Length == 0 ? id : $"{source}:{shop}:{id}";

    private OrderSnapshot Order(Node order, string shop, Instant at) => new()
    {
        OrderId = Global(order["id"].RequiredId(), shop),
        Number = order["number"].Text(100),
        Currency = Currency(order["currency"]),
        PlacedAt = order["placedAt"].At() ?? at,
        UpdatedAt = order["updatedAt"].At() ?? at,
        Payment = Payment(order["payment"]),
        PaidAt = order["paidAt"].At(),
        FulfilledAt = order["fulfilledAt"].At(),
        CancelledAt = order["cancelledAt"].At(),
        IsTest = order["test"].Flag() ?? false,
        TaxesIncluded = order["taxesIncluded"].Flag() ?? false,
        Lines = [.. Listed(order["lines"]).Select(Line)],
        Refunds = [.. order["refunds"].Items().Select(refund => Refund(refund, at))],
        ShippingMinor = Minor(order["shippingMinor"]) ?? 0,
        DiscountCodes = [.. order["discountCodes"].Items().Select(static code => code.RequiredText(100))],
        Channel = order["channel"].Text(100),
        CartId = order["cartId"].Id() is { } cart ? Global(cart, shop) : null,
    };

    private static List<Node> Listed(Node lines)
    {
        if (!lines.Exists) lines.Fail("an array");
        return lines.Items();
    }

    private static OrderLine Line(Node line) => new()
    {
        LineId = line["id"].RequiredId(),
        Sku = line["sku"].Text(100),
        ProductId = line["productId"].Id(),
        Title = line["title"].Text(300),
        Category = line["category"].Text(100),
        Quantity = Quantity(line["quantity"]),
        NetMinor = RequiredMinor(line["netMinor"]),
        TaxMinor = Minor(line["taxMinor"]) ?? 0,
        IsGiftCard = line["giftCard"].Flag() ?? false,
        Labels = line["labels"].Exists ? [.. line["labels"].Items().Select(static label => label.RequiredText(100))] : null,
    };

    private static OrderRefund Refund(Node refund, Instant at) => new(
        refund["id"].RequiredId(),
        refund["at"].At() ?? at,
        [
            .. refund["lines"].Items().Select(static line =>
                new RefundLine(
                    line["lineId"].RequiredId(),
                    Quantity(line["quantity"], missing: 0),
                    RequiredMinor(line["netMinor"]))),
        ])
    {
        AmountMinor = Minor(refund["amountMinor"]),
    };

    private EventData.Cart Cart(Node cart, string shop) => new(
        Global(cart["id"].RequiredId(), shop),
        cart["checkout"].Flag() ?? false,
        cart["currency"].Exists ? Currency(cart["currency"]) : null,
        Minor(cart["totalMinor"]) ?? 0,
        [
            .. cart["lines"].Items().Select(static line => new EventData.CartLine(
                line["sku"].Text(100),
                line["productId"].Id(),
                line["title"].Text(300),
                Quantity(line["quantity"]),
                Minor(line["unitPriceMinor"]) ?? 0)),
        ])
    {
        CompletedAt = cart["completedAt"].At(),
    };

    private static EventData.Person Person(Node person) => new()
    {
        Email = person["email"].Text(254),
        Phone = person["phone"].Text(40),
        FirstName = person["firstName"].Text(100),
        LastName = person["lastName"].Text(100),
        Locale = person["locale"].Text(35),
        Zone = Zone(person["zone"]),
        Country = person["country"].Text(2)?.ToUpperInvariant(),
        Birthday = person["birthday"].Day(),
        AcquisitionSource = person["acquisitionSource"].Text(100),
        Campaign = person["campaign"].Text(100),
        Tags = person["tags"].Exists ? [.. person["tags"].Items().Select(static tag => tag.RequiredText(100))] : null,
        Consent = Consent(person["consent"]),
        ConsentAt = person["consentAt"].At(),
        ConsentHow = person["consentHow"].Text(100),
        ConsentText = person["consentText"].Text(2000),
        UpdatedAt = person["updatedAt"].At(),
    };

    private static ImmutableDictionary<string, bool> Consent(Node consent)
    {
        var all = ImmutableDictionary<string, bool>.Empty;
        foreach (var (topic, node) in consent.Members())
        {
            if (node.Flag() is { } given && topic.Length is > 0 and <= 100) all = all.SetItem(topic, given);
        }

        return all;
    }

    private static string? Zone(Node node)
    {
        var zone = node.Text(100);
        if (zone is null || DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null) return zone;
        node.Fail("an IANA zone such as Europe/Sofia");
        return null;
    }

    private static string Currency(Node node)
    {
        var currency = node.RequiredText(10);
        if (CurrencyTable.Exponent(currency) is null) node.Fail("a currency of ISO 4217 in upper case");
        return currency;
    }

    private static PaymentStatus Payment(Node node)
    {
        var text = node.Text(40);
        switch (text)
        {
            case null or "pending": return PaymentStatus.Pending;
            case "authorized": return PaymentStatus.Authorized;
            case "partially-paid": return PaymentStatus.PartiallyPaid;
            case "paid": return PaymentStatus.Paid;
            case "partially-refunded": return PaymentStatus.PartiallyRefunded;
            case "refunded": return PaymentStatus.Refunded;
            case "voided": return PaymentStatus.Voided;
            default:
                node.Fail("pending, authorized, partially-paid, paid, partially-refunded, refunded or voided");
                return PaymentStatus.Pending;
        }
    }

    private static long Quantity(Node node, long missing = 1)
    {
        if (!node.Exists) return missing;
        var quantity = node.Whole() ?? 0;
        if (quantity is < 0 or > 1_000_000) node.Fail("a quantity from 0 to 1,000,000");
        return quantity;
    }

    private static long? Minor(Node node)
    {
        var minor = node.Whole();
        if (minor < 0) node.Fail("a whole number of minor units, 0 or more,");
        return minor;
    }

    private static long RequiredMinor(Node node)
    {
        if (!node.Exists) node.Fail("a whole number of minor units");
        return Minor(node) ?? 0;
    }
}
