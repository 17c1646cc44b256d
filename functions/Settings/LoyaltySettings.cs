using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Connectors;
using Microsoft.Extensions.Configuration;
using NodaTime;

namespace Loyalty.Functions.Settings;

/// <summary>
/// The settings of the program (environment, local.settings.json, <c>--set Key=Value</c>). Read once at the start; whatever is missing or
/// malformed is told all at once, with its name, what was expected and an example.
/// </summary>
public sealed record LoyaltySettings
{
    /// <summary><c>outbox:&lt;folder&gt;</c>, <c>smtp:&lt;host:port&gt;</c> or <c>acs:&lt;endpoint&gt;</c>. Default <c>outbox:outbox</c>.</summary>
    public required string Mail { get; init; }

    /// <summary>Folder with program.yaml, journeys and templates. Default <c>program</c> beside the app.</summary>
    public required string ProgramPath { get; init; }

    /// <summary>A run that waits longer leaves the durable engine (<c>Durable__ParkLongerThan</c>). 1 min to 2 days, default 24 h.</summary>
    public required Duration ParkLongerThan { get; init; }

    /// <summary>By connector name, in lower case.</summary>
    public required ImmutableDictionary<string, ConnectorSettings> Connectors { get; init; }

    /// <summary>By role, in lower case: the key sent as <c>Authorization: Bearer …</c>.</summary>
    public required ImmutableDictionary<string, string> Keys { get; init; }

    /// <summary>Keys of the customers' tokens (<c>Me__Keys__0</c> signs, all verify), each of 32 characters or more; none: the interface is off.</summary>
    public ImmutableArray<string> MeKeys { get; init; } = [];

    /// <summary>Quotas, links, SMTP.</summary>
    public ContactSettings Contact { get; init; } = new();

    /// <summary>Requests a minute and caller.</summary>
    public RateLimitSettings RateLimits { get; init; } = new();

    /// <summary>How long personal data is kept.</summary>
    public Engine.Privacy.RetentionRules Retention { get; init; } = Engine.Privacy.RetentionRules.Default;

    private static readonly string[] RoleNames = ["Admin", "Marketer", "Operator", "Support", "Integration"];

    /// <exception cref="SettingsException">Lists every finding.</exception>
    public static LoyaltySettings Read(IConfiguration configuration)
    {
        var findings = new List<string>(ConnectionSettings.Findings(configuration));
        var settings = new LoyaltySettings
        {
            Mail = Mails(configuration["Mail"] ?? "outbox:outbox", findings),
            ProgramPath = configuration["Program:Path"] ?? Path.Combine(AppContext.BaseDirectory, "program"),
            ParkLongerThan = Span(configuration, "Durable:ParkLongerThan", TimeSpan.FromHours(24), TimeSpan.FromMinutes(1), TimeSpan.FromDays(2), findings),
            Connectors = ConnectorConfiguration.Read(configuration, findings),
            Keys = KeysOf(configuration, findings),
            MeKeys = MeKeysOf(configuration, findings),
            Contact = ContactSettings.Read(configuration, findings),
            RateLimits = RateLimitSettings.Read(configuration, findings),
            Retention = PrivacySettings.Retention(configuration, findings),
        };
        PrivacySettings.Check(configuration, findings);
        SettingNames.Check(configuration, findings);
        return findings.Count == 0 ? settings : throw new SettingsException(findings);
    }

    /// <summary>The settings of one connector; without secrets it refuses every signed delivery.</summary>
    public ConnectorSettings Connector(string name) => Connectors.GetValueOrDefault(name) ?? new ConnectorSettings();

    private static string Mails(string value, List<string> findings)
    {
        if (value.StartsWith("outbox:", StringComparison.Ordinal) && value.Length > "outbox:".Length) return value;
        if (value.StartsWith("acs:https://", StringComparison.Ordinal)) return value;
        if (value.StartsWith("smtp:", StringComparison.Ordinal) && value["smtp:".Length..].Split(':') is [{ Length: > 0 }, var port]
            && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536) return value;
        findings.Add($"Mail is '{value}'; expected outbox:<folder>, smtp:<host:port> or acs:<endpoint>, e.g. Mail=acs:https://shop.communication.azure.com");
        return value;
    }

    private static Duration Span(
        IConfiguration configuration, string key, TimeSpan fallback, TimeSpan least, TimeSpan most, List<string> findings)
    {
        if (configuration[key] is not { Length: > 0 } text) return Duration.FromTimeSpan(fallback);
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= least && span <= most) return Duration.FromTimeSpan(span);
        var name = key.Replace(":", "__", StringComparison.Ordinal);
        findings.Add($"{name} is '{text}'; expected a time from {least:c} to {most:c}, e.g. {name}={fallback:c}");
        return Duration.FromTimeSpan(fallback);
    }

    private static ImmutableArray<string> MeKeysOf(IConfiguration configuration, List<string> findings)
    {
        const int Least = 32;
        var keys = configuration.GetSection("Me:Keys").GetChildren().Where(static one => one.Value is { Length: > 0 }).OrderBy(static one => int.TryParse(one.Key, CultureInfo.InvariantCulture, out var at) ? at : int.MaxValue).ToList();
        foreach (var key in keys.Where(static one => one.Value!.Length < Least))
        {
            findings.Add($"Me__Keys__{key.Key} has {key.Value!.Length} characters; expected at least {Least}, e.g. the output of: openssl rand -hex 32");
        }

        return [.. keys.Select(static one => one.Value!)];
    }

    private static ImmutableDictionary<string, string> KeysOf(IConfiguration configuration, List<string> findings)
    {
        var keys = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var section in configuration.GetSection("Keys").GetChildren())
        {
            if (section.Value is not { Length: > 0 } key) continue;
            if (!RoleNames.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            {
                findings.Add($"Keys__{section.Key} is no role; expected one of {string.Join(", ", RoleNames.Select(static role => "Keys__" + role))}, e.g. Keys__Admin=<24 random bytes>");
                continue;
            }

            if (keys.FirstOrDefault(other => other.Value == key).Key is { } same)
            {
                findings.Add($"Keys__{same} and Keys__{section.Key} are the same; expected a key for each role, e.g. the output of: openssl rand -hex 24");
            }

            if (key.Length < 16) findings.Add($"Keys__{section.Key} has {key.Length} characters; expected at least 16, e.g. the output of: openssl rand -hex 24");
            keys[section.Key] = key;
        }

        return keys.ToImmutable();
    }
}

/// <summary>The settings cannot be used; the message lists every finding.</summary>
public sealed class SettingsException(IReadOnlyList<string> findings)
    : Exception("The settings cannot be used:\n  " + string.Join("\n  ", findings))
{
    public IReadOnlyList<string> Findings { get; } = findings;
}
