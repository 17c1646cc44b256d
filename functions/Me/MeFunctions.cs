using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NodaTime;

namespace Loyalty.Functions.Me;

/// <summary>
/// What customers read about themselves, with a token that the shop's server got for them. No route takes an id: the token alone says whose data it
/// is, so there is nothing to ask for that is another's.
/// </summary>
public sealed class MeFunctions(MeTokens tokens, CustomerQueries queries, MeOffers offers, IProgramSource programs, IClock clock)
{
    private const int MostEntries = 100;
    private const int MostBytes = 4096;

    [Function("IssueMeToken")]
    [Access(Role.Integration)]
    [Operation(
        "A short-lived token with which a customer reads their own points, tier and history under /me.",
        Body = typeof(MeTokenRequest),
        Answer = typeof(MeTokenView),
        Refusals = [RefusalCode.NotFound, RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge])]
    public async Task<IResult> IssueAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "customers/{id}/token")] HttpRequest request, string id, CancellationToken cancellation)
    {
        var body = await RequestBody.ReadAsync(request, MostBytes, cancellation);
        if (body.Length > MostBytes) return Problems.Result(RefusalCode.BodyTooLarge, "At most 4 KiB.");
        var (asked, refusal) = body.IsEmpty ? (new MeTokenRequest(), null) : JsonRequest.Parse<MeTokenRequest>(body.Span);
        if (asked is null) return refusal!;
        if (!tokens.IsOn) return Problems.NotFound("The customers' interface is off: set Me__Keys__0 (docs/reference/settings.md).");
        var lasts = asked.Minutes is { } minutes ? Duration.FromMinutes(minutes) : MeTokens.Standard;
        if (lasts < Duration.FromMinutes(1) || lasts > MeTokens.Longest) return Problems.Result(RefusalCode.InvalidField, "minutes: 1 to 1,440 were expected.");
        if (await FindAsync(id, cancellation) is not { } snapshot) return Problems.NotFound($"There is no customer '{id}'.");
        var (token, expiresAt) = tokens.Issue(snapshot.CustomerId, lasts);
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        return Problems.Json(new MeTokenView(token, expiresAt));
    }

    [Function("Me")]
    [Access(Role.Signature)]
    [Operation("Points by kind (usable, pending, reserved, what ends when), tier and what is missing to the next, badges, challenges and streaks, the link for friends.", Answer = typeof(MeView), Refusals = [RefusalCode.Unauthorized])]
    public async Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "me")] HttpRequest request, CancellationToken cancellation)
    {
        if (await WhoAsync(request, cancellation) is not { } snapshot) return Unauthorized(request);
        var view = MeView.Of(snapshot, programs.Current.Model, clock.GetCurrentInstant());
        return Problems.Json(view with { Referral = await offers.ReferralAsync(snapshot, view.Language, cancellation) });
    }

    [Function("MeOffers")]
    [Access(Role.Signature)]
    [Operation("What points can buy now, and the customer's codes, in the customer's language.", Answer = typeof(MeOffersView), Refusals = [RefusalCode.Unauthorized])]
    [Parameter("language", "en, ru, uk or bg; default the customer's.")]
    public async Task<IResult> OffersAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "me/offers")] HttpRequest request, CancellationToken cancellation) =>
        await WhoAsync(request, cancellation) is { } snapshot
            ? Problems.Json(await offers.OffersAsync(snapshot, LanguageOf(request, snapshot), cancellation))
            : Unauthorized(request);

    [Function("MeHistory")]
    [Access(Role.Signature)]
    [Operation("What happened to the points, the latest first, in the customer's language.", Answer = typeof(MeHistoryView), Refusals = [RefusalCode.Unauthorized, RefusalCode.InvalidField])]
    [Parameter("limit", "1 to 100; default 20.")]
    [Parameter("after", "The answer's next.")]
    [Parameter("language", "en, ru, uk or bg; default the customer's.")]
    public async Task<IResult> HistoryAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "me/history")] HttpRequest request, CancellationToken cancellation)
    {
        if (await WhoAsync(request, cancellation) is not { } snapshot) return Unauthorized(request);
        var limit = 20;
        if (request.Query["limit"].FirstOrDefault() is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MostEntries))
        {
            return Problems.Result(RefusalCode.InvalidField, $"limit: 1 to {MostEntries} was expected.");
        }

        var language = LanguageOf(request, snapshot);
        var wallets = await queries.ExplainAsync(snapshot.CustomerId, cancellation);
        return Problems.Json(MeHistoryView.Of(wallets, language, limit, request.Query["after"].FirstOrDefault()));
    }

    /// <summary>Who asks, by the token alone; somebody who was merged is the one who stayed, somebody who was erased is nobody.</summary>
    private async Task<CustomerSnapshot?> WhoAsync(HttpRequest request, CancellationToken cancellation)
    {
        const string Scheme = "Bearer ";
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        return tokens.Verify(header[Scheme.Length..].Trim()) is { } customerId ? await FindAsync(customerId, cancellation) : null;
    }

    /// <summary>Of somebody who was erased the books stay; they are nobody's to read here.</summary>
    private async Task<CustomerSnapshot?> FindAsync(string customerId, CancellationToken cancellation) =>
        await queries.GetAsync(customerId, cancellation) is { Customer.Contact: null or { ErasedAt: null } } snapshot ? snapshot : null;

    private string LanguageOf(HttpRequest request, CustomerSnapshot snapshot) =>
        MeView.LanguageOf(request.Query["language"].FirstOrDefault() ?? snapshot.Customer!.Profile.Locale?.Value ?? programs.Current.Model.Locale);

    private static IResult Unauthorized(HttpRequest request)
    {
        request.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Result(RefusalCode.Unauthorized, "Send a token of POST /api/customers/{id}/token that is not over as 'Authorization: Bearer …'.");
    }
}
