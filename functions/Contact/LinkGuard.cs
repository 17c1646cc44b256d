using Loyalty.Engine.Contact;
using Microsoft.AspNetCore.Http;
using NodaTime;

namespace Loyalty.Functions.Contact;

/// <summary>
/// Reads signed links. Whoever tries tokens is slowed down: after <see cref="MostRefused"/> refused tokens a minute an address gets 429, and so does a token
/// with more than <see cref="MostPosts"/> posts a minute. Genuine one-click requests of mail providers, which come from few addresses, are not counted by address.
/// </summary>
/// <param name="option">The keys.</param>
/// <param name="clock">The clock.</param>
public sealed class LinkGuard(ContactLinksOption option, IClock clock)
{
    public const int MostRefused = 120;
    public const int MostPosts = 20;
    private const int MostCounted = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private long _minute;

    /// <summary>The token; null: the answer is <paramref name="refusal"/>.</summary>
    public ContactToken? Read(HttpRequest request, string text, ContactPurpose purpose, out IResult? refusal)
    {
        var token = option.Links?.Read(text, purpose);
        var address = request.HttpContext.Connection.RemoteIpAddress?.ToString() ?? "";
        var count = token is null ? Count("refused " + address) - MostRefused
            : HttpMethods.IsPost(request.Method) ? Count("post " + text) - MostPosts : 0;
        refusal = count > 0 ? ContactPages.TooMany(request) : token is null ? ContactPages.NotFound(request) : null;
        return refusal is null ? token : null;
    }

    private int Count(string what)
    {
        var minute = clock.GetCurrentInstant().ToUnixTimeSeconds() / 60;
        lock (_gate)
        {
            if (minute != _minute || _counts.Count > MostCounted)
            {
                _counts.Clear();
                _minute = minute;
            }

            return _counts[what] = _counts.GetValueOrDefault(what) + 1;
        }
    }
}
