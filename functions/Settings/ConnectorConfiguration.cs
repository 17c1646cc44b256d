using System.Collections.Immutable;
using Loyalty.Connectors;
using Loyalty.Connectors.Platforms;
using Loyalty.Connectors.Standard;
using Loyalty.Core.Orders;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Functions.Settings;

/// <summary>Reads <c>Connectors__&lt;Name&gt;__…</c>.</summary>
internal static class ConnectorConfiguration
{
    private static readonly string[] Names = ["Shopify", "WooCommerce", "Stripe", "BigCommerce", "Adobe", "Standard", "CloudEvents", "EventGrid", "Mail"];

    /// <summary>The setting that is missing where no delivery of a connector can be verified; null: it is there.</summary>
    /// <param name="connector">Its name, in lower case.</param>
    /// <param name="settings">What is set for it.</param>
    public static string? Unset(string connector, ConnectorSettings settings)
    {
        var name = Array.Find(Names, one => one.Equals(connector, StringComparison.OrdinalIgnoreCase)) ?? connector;
        // Adobe signs with keys of its own; whom an event is meant for is what is set here.
        return name == "Adobe"
            ? settings.ClientIds.IsEmpty ? "Connectors__Adobe__ClientIds__0" : null
            : settings.Secrets.IsEmpty ? $"Connectors__{name}__Secrets__0" : null;
    }

    /// <summary>The settings by connector name, whatever its letters' case; what is malformed goes to the findings.</summary>
    public static ImmutableDictionary<string, ConnectorSettings> Read(IConfiguration configuration, List<string> findings)
    {
        var connectors = ImmutableDictionary.CreateBuilder<string, ConnectorSettings>(StringComparer.OrdinalIgnoreCase);
        foreach (var section in configuration.GetSection("Connectors").GetChildren())
        {
            var name = "Connectors__" + section.Key;
            if (!Names.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            {
                findings.Add($"{name} is no connector; expected one of {string.Join(", ", Names)}, e.g. Connectors__Shopify__Secrets__0=<the webhook secret>");
                continue;
            }

            var defaults = new ConnectorSettings();
            var connector = defaults with
            {
                Secrets = [.. Texts(section, "Secrets")],
                Source = section["Source"] ?? defaults.Source,
                Shop = section["Shop"] ?? defaults.Shop,
                Currency = section["Currency"],
                ClientIds = [.. Texts(section, "ClientIds")],
                Api = Api(section, name, findings),
                TakesTestMode = Flag(section, name, "TakesTestMode", findings),
            };
            Check(section, name, connector, findings);
            connectors[section.Key] = connector;
        }

        return connectors.ToImmutable();
    }

    private static IEnumerable<string> Texts(IConfigurationSection section, string list) =>
        section.GetSection(list).GetChildren().Select(static one => one.Value).OfType<string>().Where(static one => one.Length > 0);

    private static bool Flag(IConfigurationSection section, string name, string flag, List<string> findings)
    {
        if (section[flag] is not { Length: > 0 } text) return false;
        if (bool.TryParse(text, out var value)) return value;
        findings.Add($"{name}__{flag} is '{text}'; expected true or false, e.g. {name}__{flag}=true");
        return false;
    }

    /// <summary>All of it or nothing: half an access would be found out when the first refund comes.</summary>
    private static ShopApi? Api(IConfigurationSection section, string name, List<string> findings)
    {
        var (url, key, token) = (section["Api:Url"], section["Api:Key"], section["Api:Token"]);
        if (string.IsNullOrEmpty(url) && string.IsNullOrEmpty(key) && string.IsNullOrEmpty(token)) return null;
        var isWoo = section.Key.Equals("WooCommerce", StringComparison.OrdinalIgnoreCase);
        var isBig = section.Key.Equals("BigCommerce", StringComparison.OrdinalIgnoreCase);
        var isShopify = section.Key.Equals("Shopify", StringComparison.OrdinalIgnoreCase);
        var example = isShopify ? "https://shop.myshopify.com" : isBig ? "https://api.bigcommerce.com/stores/abc123" : "https://shop.example";
        var count = findings.Count;
        if (!isWoo && !isBig && !isShopify)
        {
            findings.Add($"{name}__Api is not read; expected none: only WooCommerce and BigCommerce are asked for what their webhooks leave out, and Shopify and WooCommerce for discount codes, e.g. Connectors__BigCommerce__Api__Url=https://api.bigcommerce.com/stores/abc123");
            return null;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
            findings.Add($"{name}__Api__Url is '{url}'; expected an https address, e.g. {name}__Api__Url={example}");
        if (isWoo && string.IsNullOrEmpty(key)) findings.Add($"{name}__Api__Key is missing; expected the consumer key of a REST key with read access (read and write, if codes are made there), e.g. {name}__Api__Key=ck_…");
        if (string.IsNullOrEmpty(token)) findings.Add($"{name}__Api__Token is missing; expected {(isWoo ? "the consumer secret" : isShopify ? "an access token with the scopes read_discounts and write_discounts" : "an access token that may read orders and customers")}, e.g. {name}__Api__Token={(isWoo ? "cs_…" : isShopify ? "shpat_…" : "<token>")}");
        return findings.Count == count ? new ShopApi(uri!, string.IsNullOrEmpty(key) ? null : key, token!) : null;
    }

    private static void Check(IConfigurationSection section, string name, ConnectorSettings connector, List<string> findings)
    {
        if (connector.Currency is { Length: > 0 } currency && CurrencyTable.Exponent(currency.ToUpperInvariant()) is null)
        {
            findings.Add($"{name}__Currency is '{currency}'; expected a currency of ISO 4217, e.g. {name}__Currency=USD");
        }

        if (section.Key.Equals("Adobe", StringComparison.OrdinalIgnoreCase) && connector.ClientIds.IsEmpty)
        {
            findings.Add($"{name}__ClientIds__0 is missing; expected the client id of the project that receives the events: the signature alone is the same for every project of Adobe, e.g. {name}__ClientIds__0=4a5b6c7d8e9f");
        }

        if (section.Key.Equals("BigCommerce", StringComparison.OrdinalIgnoreCase) && !connector.Secrets.IsEmpty && section["Api:Url"] is not { Length: > 0 })
        {
            findings.Add($"{name}__Api__Url is missing; expected the store's interface: BigCommerce's webhooks tell ids only, e.g. {name}__Api__Url=https://api.bigcommerce.com/stores/abc123");
        }

        if (!section.Key.Equals("Standard", StringComparison.OrdinalIgnoreCase) && !section.Key.Equals("Mail", StringComparison.OrdinalIgnoreCase)) return;
        foreach (var secret in section.GetSection("Secrets").GetChildren())
        {
            if (secret.Value is not { Length: > 0 } text || StandardSignature.Key(text) is not null) continue;
            // The secret itself is never shown.
            findings.Add($"{name}__Secrets__{secret.Key} is no base64; expected 1 to 512 bytes in base64, with or without whsec_ before it, e.g. the output of: openssl rand -base64 24");
        }
    }
}
