using System.Collections.Immutable;
using Loyalty.Connectors.Json;
using Loyalty.Connectors.Platforms;
using Loyalty.Core.Events;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Connectors.Shopify;

/// <summary>
/// Customers. Shopify has no field for zone, birthday and first touch, and sends no locale with a customer; tags of the
/// form <c>zone:Europe/Sofia</c>,
/// <c>locale:ru-RU</c>, <c>birthday:1990-05-12</c>, <c>source:…</c> and <c>campaign:…</c> are read as those, the others
/// stay tags.
/// </summary>
internal static class ShopifyPeople
{
    /// <summary>The consent topic that a shop's e-mail marketing consent is about.</summary>
    public const string EmailTopic = "offers";

    /// <summary>The same for text messages.</summary>
    public const string SmsTopic = "sms-offers";

    public static Mapped Map(Node body, ShopContext context, string type)
    {
        var updatedAt = body["updated_at"].At();
        var at = type == EventTypes.CustomerSignedUp ? body["created_at"].At() ?? updatedAt : updatedAt;
        var identifiers = context.Identify(body["id"].RequiredId(), body["email"].Text(254), body["phone"].Text(40));
        return Mapped.Of(context.Event(type, at, identifiers, Person(body) with { UpdatedAt = updatedAt }));
    }

    /// <summary>
    /// What an order tells about its buyer: the language of the checkout, and of a guest the name, country, consent and
    /// first touch.
    /// </summary>
    /// <returns>null where it tells nothing.</returns>
    public static EventData.Person? FromOrder(Node order)
    {
        var guest = !order["customer"].Exists;
        var address = order["billing_address"].Exists ? order["billing_address"] : order["shipping_address"];
        var agreed = guest && order["buyer_accepts_marketing"].Flag() == true;
        var (source, campaign) = guest ? FirstTouch(order["landing_site"].Text(2000)) : default;
        var person = new EventData.Person
        {
            Locale = Locale(order["customer_locale"].Text(35)),
            FirstName = guest ? address["first_name"].Text(100) : null,
            LastName = guest ? address["last_name"].Text(100) : null,
            Country = guest ? Country(address["country_code"].Text(10)) : null,
            AcquisitionSource = source,
            Campaign = campaign,
            // An unticked box withdraws nothing.
            Consent = agreed
                ? ImmutableDictionary<string, bool>.Empty.Add(EmailTopic, true)
                : ImmutableDictionary<string, bool>.Empty,
        };
        return person.Locale is null && person.FirstName is null && person.LastName is null && person.Country is null
            && source is null
            && campaign is null && !agreed ? null : person;
    }

    private static EventData.Person Person(Node body)
    {
        var tags = Tags(body["tags"]);
        var address = body["default_address"];
        var (consent, consentAt) = Consent(body);
        return new EventData.Person
        {
            Email = Identifier.Email(body["email"].Text(254)) is { } email ? email.Value["email:".Length..] : null,
            Phone = Identifier.Phone(body["phone"].Text(40)) is { } phone ? phone.Value["phone:".Length..] : null,
            FirstName = body["first_name"].Text(100),
            LastName = body["last_name"].Text(100),
            Locale = Locale(body["locale"].Text(35) ?? Tagged(tags, "locale")),
            Zone = Tagged(tags, "zone") is { } zone && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is not null
                ? zone
                : null,
            Country = Country(address["country_code"].Text(10)),
            Birthday = LocalDatePattern.Iso.Parse(Tagged(tags, "birthday") ?? "") is { Success: true } day
                ? day.Value
                : null,
            AcquisitionSource = Tagged(tags, "source"),
            Campaign = Tagged(tags, "campaign"),
            Tags = body["tags"].Exists ? [.. tags.Where(static tag => !IsOurs(tag))] : null,
            Consent = consent,
            ConsentAt = consentAt,
        };
    }

    /// <summary>
    /// "Not subscribed" without a date means never asked, "pending" means not confirmed: neither says anything.
    /// </summary>
    private static (ImmutableDictionary<string, bool> Consent, Instant? At) Consent(Node body)
    {
        var all = ImmutableDictionary<string, bool>.Empty;
        var email = body["email_marketing_consent"];
        var sms = body["sms_marketing_consent"];
        var emailAt = email["consent_updated_at"].At();
        var smsAt = sms["consent_updated_at"].At();
        if (Given(email["state"].Text(40), emailAt) is { } byEmail)
        {
            all = all.Add(EmailTopic, byEmail);
        }
        else if (!email.Exists && body["accepts_marketing"].Flag() is { } accepts)
        {
            emailAt = body["accepts_marketing_updated_at"].At();
            if (accepts || emailAt is not null) all = all.Add(EmailTopic, accepts);
        }

        if (Given(sms["state"].Text(40), smsAt) is { } bySms) all = all.Add(SmsTopic, bySms);
        return (all, all.IsEmpty ? null : all.ContainsKey(EmailTopic) ? emailAt : smsAt);
    }

    private static bool? Given(string? state, Instant? at) => state?.ToLowerInvariant() switch
    {
        "subscribed" => true,
        "unsubscribed" or "redacted" or "invalid" => false,
        "not_subscribed" when at is not null => false,
        _ => null,
    };

    private static List<string> Tags(Node node)
    {
        // Admin's REST writes one text with commas, newer surfaces an array.
        var all = node.Element.ValueKind == System.Text.Json.JsonValueKind.Array
            ? node.Items().Select(static item => item.Text(100)).OfType<string>()
            : (node.Text(5000) ?? "").Split(
                ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. all.Take(250)];
    }

    private static readonly string[] OurTags = ["zone:", "locale:", "birthday:", "source:", "campaign:"];

    private static bool IsOurs(string tag) =>
        OurTags.Any(prefix => tag.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static string? Tagged(List<string> tags, string name)
    {
        var tag = tags.Find(
            text => text.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
        return string.IsNullOrEmpty(tag) ? null : tag;
    }

    private static string? Locale(string? text)
    {
        var locale = text?.Replace('_', '-');
        return locale is { Length: >= 2 } && locale.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-')
            ? locale
            : null;
    }

    private static string? Country(string? code) =>
        code is { Length: 2 } && code.All(char.IsAsciiLetter) ? code.ToUpperInvariant() : null;

    private static (string? Source, string? Campaign) FirstTouch(string? landing)
    {
        var query = landing?.IndexOf('?', StringComparison.Ordinal) is { } start and >= 0 ? landing[(start + 1)..] : "";
        string? source = null, campaign = null;
        foreach (var pair in query.Split('&'))
        {
            var (name, value) = pair.IndexOf('=', StringComparison.Ordinal) is var at and > 0
                ? (pair[..at], pair[(at + 1)..])
                : (pair, "");
            if (name == "utm_source" && value.Length is > 0 and <= 100) source ??= Uri.UnescapeDataString(value);
            if (name == "utm_campaign" && value.Length is > 0 and <= 100) campaign ??= Uri.UnescapeDataString(value);
        }

        return (source, campaign);
    }
}
