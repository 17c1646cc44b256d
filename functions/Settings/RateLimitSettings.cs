using System.Globalization;
using Loyalty.Functions.Access;
using Microsoft.Extensions.Configuration;

namespace Loyalty.Functions.Settings;

/// <summary>Requests a minute and caller (<c>RateLimits__…</c>). Fixed when the program starts.</summary>
public sealed record RateLimitSettings
{
    private const int Most = 100_000_000;

    /// <summary>Below 5,000 a second shops would lose what they send in a rush.</summary>
    private const int LeastIngest = 300_000;

    /// <summary><c>RateLimits__Ingest</c>. Default 1,200,000 (20,000 a second), from 300,000.</summary>
    public int Ingest { get; init; } = 1_200_000;

    /// <summary><c>RateLimits__Key</c>. Default 30,000 (500 a second).</summary>
    public int Key { get; init; } = 30_000;

    /// <summary><c>RateLimits__Address</c>. Default 1,200.</summary>
    public int Address { get; init; } = 1200;

    /// <summary><c>RateLimits__Link</c>. Default 6,000.</summary>
    public int Link { get; init; } = 6000;

    /// <summary><c>RateLimits__Token</c>. Default 20.</summary>
    public int Token { get; init; } = 20;

    /// <summary><c>RateLimits__Refused</c>. Default 120.</summary>
    public int Refused { get; init; } = 120;

    /// <summary>Reads them; what is wrong goes to the findings.</summary>
    public static RateLimitSettings Read(IConfiguration configuration, List<string> findings)
    {
        var defaults = new RateLimitSettings();
        return new RateLimitSettings
        {
            Ingest = Count(nameof(Ingest), LeastIngest, defaults.Ingest),
            Key = Count(nameof(Key), 1, defaults.Key),
            Address = Count(nameof(Address), 1, defaults.Address),
            Link = Count(nameof(Link), 1, defaults.Link),
            Token = Count(nameof(Token), 1, defaults.Token),
            Refused = Count(nameof(Refused), 1, defaults.Refused),
        };

        int Count(string name, int least, int fallback)
        {
            if (configuration["RateLimits:" + name] is not { Length: > 0 } text) return fallback;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= least && count <= Most) return count;
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"RateLimits__{name} is '{text}'; expected requests a minute, {least} to {Most}, e.g. RateLimits__{name}={fallback}"));
            return fallback;
        }
    }

    /// <summary>The limit.</summary>
    public int Of(RateLimit limit) => limit switch
    {
        RateLimit.Ingest => Ingest,
        RateLimit.Key => Key,
        RateLimit.Address => Address,
        RateLimit.Link => Link,
        RateLimit.Token => Token,
        RateLimit.Refused => Refused,
        _ => throw new ArgumentOutOfRangeException(nameof(limit), limit, "A limit without a setting."),
    };
}
