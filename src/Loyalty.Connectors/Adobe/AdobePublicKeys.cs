using System.Collections.Concurrent;
using System.Text;
using Loyalty.Connectors.Platforms;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Connectors.Adobe;

/// <summary>
/// Adobe's keys, from its own host whatever a delivery says, kept for a day. A delivery's headers are not signed: a stranger who names keys that do
/// not exist is answered from memory for a minute, and no more than twenty names a minute are asked for.
/// </summary>
/// <param name="http">Reads them.</param>
/// <param name="host">Default <c>https://static.adobeioevents.com</c>.</param>
/// <param name="clock">Tells when a key is old.</param>
public sealed class AdobePublicKeys(ShopHttp http, Uri host, IClock clock) : IPublicKeys
{
    private const int MaxKept = 64;
    private const int MaxAsksPerMinute = 20;
    private static readonly Duration KeepsFound = Duration.FromDays(1);
    private static readonly Duration KeepsMissing = Duration.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (string? Key, Instant Until)> _kept = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private Instant _minute = Instant.MinValue;
    private int _asks;

    /// <summary>Where Adobe publishes them.</summary>
    public static Uri DefaultHost { get; } = new("https://static.adobeioevents.com");

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>?> FindAsync(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        var isCertain = true;
        foreach (var name in names)
        {
            var now = clock.GetCurrentInstant();
            if (_kept.TryGetValue(name, out var kept) && kept.Until > now)
            {
                if (kept.Key is not null) found[name] = kept.Key;
                continue;
            }

            if (!MayAsk(now))
            {
                isCertain = false;
                continue;
            }

            var (body, failure) = await http.GetAsync(new Uri(host, name), null, null, cancellation);
            switch (failure)
            {
                case null:
                    found[name] = Keep(name, Encoding.ASCII.GetString(body.Span), now + KeepsFound)!;
                    break;
                case ShopReading.Later:
                    isCertain = false;
                    break;
                default:
                    Keep(name, null, now + KeepsMissing);
                    break;
            }
        }

        return found.Count > 0 || isCertain ? found : null;
    }

    private string? Keep(string name, string? key, Instant until)
    {
        if (_kept.Count >= MaxKept)
        {
            foreach (var (old, _) in _kept.OrderBy(static one => one.Value.Key is not null).ThenBy(static one => one.Value.Until).Take(MaxKept / 2).ToList()) _kept.TryRemove(old, out _);
        }

        _kept[name] = (key, until);
        return key;
    }

    private bool MayAsk(Instant now)
    {
        lock (_gate)
        {
            if (now - _minute >= Duration.FromMinutes(1)) (_minute, _asks) = (now, 0);
            return ++_asks <= MaxAsksPerMinute;
        }
    }
}
