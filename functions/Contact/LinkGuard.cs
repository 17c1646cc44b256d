using Loyalty.Engine.Contact;
using Loyalty.Functions.Access;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Contact;

/// <summary>
/// Reads signed links. Whoever tries tokens is slowed down (<see cref="RateLimit.Refused"/>, by address), and so is a token that is posted again and again
/// (<see cref="RateLimit.Token"/>).
/// </summary>
/// <param name="option">The keys.</param>
/// <param name="limits">The limits.</param>
/// <param name="callers">Whose headers are trusted.</param>
public sealed class LinkGuard(ContactLinksOption option, RateLimits limits, Callers callers)
{
    /// <summary>The token; null: the answer is <paramref name="refusal"/>.</summary>
    public ContactToken? Read(HttpRequest request, string text, ContactPurpose purpose, out IResult? refusal)
    {
        var token = option.Links?.Read(text, purpose);
        var wait = token is null ? limits.Take(RateLimit.Refused, ClientAddress.Of(request.HttpContext, callers.Platform))
            : HttpMethods.IsPost(request.Method) ? limits.Take(RateLimit.Token, text) : null;
        refusal = wait is { } seconds ? ContactPages.TooMany(request, seconds) : token is null ? ContactPages.NotFound(request) : null;
        return refusal is null ? token : null;
    }
}
