using Loyalty.Engine.Telemetry;
using Loyalty.Functions.Settings;

namespace Loyalty.Functions.Access;

/// <summary>
/// Counts requests by the minute and by caller. Real time on purpose, also where the program lives in virtual time: what is protected is the machine. Counts
/// are each process's own: with several instances the limit is that of each.
/// </summary>
/// <param name="settings">The limits.</param>
/// <param name="time">null: the machine's.</param>
public sealed class RateLimits(LoyaltySettings settings, TimeProvider? time = null)
{
    /// <summary>Callers that are counted one by one in a minute; more share one count, ten times as large.</summary>
    public const int MostCallers = 100_000;

    private const int OthersShare = 10;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private readonly Dictionary<(RateLimit Limit, string Who), int> _counts = [];
    private long _start = (time ?? TimeProvider.System).GetTimestamp();

    /// <summary>Counts a request.</summary>
    /// <param name="limit">Which limit.</param>
    /// <param name="who">A key's name, an address, a token.</param>
    /// <returns>Seconds until it may be tried again, 1 to 60; null: it is within the limit.</returns>
    public int? Take(RateLimit limit, string who)
    {
        int count;
        int left;
        lock (_gate)
        {
            var elapsed = _time.GetElapsedTime(_start);
            if (elapsed >= Window)
            {
                _counts.Clear();
                _start = _time.GetTimestamp();
                elapsed = TimeSpan.Zero;
            }

            left = (int)Math.Ceiling((Window - elapsed).TotalSeconds);
            var isOther = _counts.Count >= MostCallers && !_counts.ContainsKey((limit, who));
            var key = (limit, isOther ? "" : who);
            count = _counts[key] = _counts.GetValueOrDefault(key) + 1;
            if (isOther) count /= OthersShare;
        }

        if (count <= settings.RateLimits.Of(limit)) return null;
        Measures.RateLimited(limit.ToString().ToLowerInvariant());
        return left;
    }
}

/// <summary>What is counted.</summary>
public enum RateLimit
{
    /// <summary>Webhooks by address, events by key: what shops send in.</summary>
    Ingest,

    /// <summary>Every other route that takes a key, by key.</summary>
    Key,

    /// <summary>Routes without a key, by address.</summary>
    Address,

    /// <summary>Pages behind signed links, by address: mail providers and scanners of many readers come from few addresses.</summary>
    Link,

    /// <summary>POSTs with one signed link.</summary>
    Token,

    /// <summary>Keys and links that were refused, by address: whoever tries them is slowed down, and nobody else.</summary>
    Refused,
}
