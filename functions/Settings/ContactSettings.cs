using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Contact;
using Loyalty.Delivery.Webhooks;
using Microsoft.Extensions.Configuration;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Functions.Settings;

/// <summary>Quotas of providers, signed links, SMTP.</summary>
public sealed record ContactSettings
{
    /// <summary>By channel: <c>email</c>, or a channel of program.yaml.</summary>
    public ImmutableDictionary<string, ProviderQuota> Quotas { get; init; } = ImmutableDictionary<string, ProviderQuota>.Empty;

    /// <summary>Where the program's routes are seen from outside (<c>Links__Url</c>); null: messages have no links of the program's own.</summary>
    public string? LinksUrl { get; init; }

    /// <summary>What signs links; the first signs, each verifies.</summary>
    public ImmutableArray<byte[]> LinkKeys { get; init; } = [];

    /// <summary>The SMTP server's account; null: none.</summary>
    public string? SmtpUser { get; init; }
    public string? SmtpPassword { get; init; }

    /// <summary>STARTTLS. Default true.</summary>
    public bool SmtpTls { get; init; } = true;

    /// <summary>Reads them; what is wrong goes to the findings.</summary>
    public static ContactSettings Read(IConfiguration configuration, List<string> findings)
    {
        var quotas = ImmutableDictionary.CreateBuilder<string, ProviderQuota>(StringComparer.OrdinalIgnoreCase);
        foreach (var section in configuration.GetSection("Quota").GetChildren())
        {
            var name = "Quota__" + section.Key;
            quotas[section.Key.Replace('_', '-').ToLowerInvariant()] = new ProviderQuota(
                Count(section, name, "PerMinute", findings), Count(section, name, "PerHour", findings), Count(section, name, "PerDay", findings))
            {
                WarmUpFrom = Day(section, name, findings),
                WarmUpPerDay = Count(section, name, "WarmUpPerDay", findings) ?? 50,
            };
        }

        var (url, keys) = Links(configuration, findings);
        var tls = configuration["Smtp:Tls"] ?? "true";
        if (tls is not ("true" or "false")) findings.Add($"Smtp__Tls is '{tls}'; expected true or false, e.g. Smtp__Tls=true");
        return new ContactSettings
        {
            Quotas = quotas.ToImmutable(),
            LinksUrl = url,
            LinkKeys = keys,
            SmtpUser = configuration["Smtp:User"],
            SmtpPassword = configuration["Smtp:Password"],
            SmtpTls = tls != "false",
        };
    }

    private static (string? Url, ImmutableArray<byte[]> Keys) Links(IConfiguration configuration, List<string> findings)
    {
        var url = configuration["Links:Url"];
        var keys = ImmutableArray.CreateBuilder<byte[]>();
        foreach (var one in configuration.GetSection("Links:Keys").GetChildren())
        {
            if (HttpWebhookCaller.Key(one.Value) is { Length: >= 16 } key) keys.Add(key);
            else findings.Add($"Links__Keys__{one.Key} is no base64 of 16 bytes or more; expected the output of: openssl rand -base64 32");
        }

        if (string.IsNullOrEmpty(url)) return (null, []);
        var isAddress = Uri.TryCreate(url, UriKind.Absolute, out var parsed) && (parsed.Scheme == Uri.UriSchemeHttps || (parsed.Scheme == Uri.UriSchemeHttp && parsed.IsLoopback));
        if (!isAddress) findings.Add($"Links__Url is '{url}'; expected the https address of the program's routes, e.g. Links__Url=https://loyalty.shop.example/api");
        if (keys.Count == 0) findings.Add("Links__Keys__0 is missing; expected what signs links, e.g. the output of: openssl rand -base64 32");
        return (url, keys.ToImmutable());
    }

    private static int? Count(IConfigurationSection section, string name, string key, List<string> findings)
    {
        if (section[key] is not { Length: > 0 } text) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0) return count;
        findings.Add($"{name}__{key} is '{text}'; expected a whole number from 1, e.g. {name}__{key}=100");
        return null;
    }

    private static LocalDate? Day(IConfigurationSection section, string name, List<string> findings)
    {
        if (section["WarmUpFrom"] is not { Length: > 0 } text) return null;
        if (LocalDatePattern.Iso.Parse(text) is { Success: true, Value: var day }) return day;
        findings.Add($"{name}__WarmUpFrom is '{text}'; expected the first day of a new sender, e.g. {name}__WarmUpFrom=2026-03-01");
        return null;
    }
}
