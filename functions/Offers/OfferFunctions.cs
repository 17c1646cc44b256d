using System.Text;
using Loyalty.Core;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Offers;

/// <summary>The catalogue, pools of codes, a customer's codes, prize draws.</summary>
public sealed class OfferFunctions(OfferQueries queries, CodePools pools, ClaimOffer claims, PrizeDraws draws, IDocumentStore store)
{
    private const int MostCsvBytes = 8 * 1024 * 1024;

    [Function("ListOffers")]
    [Access(Role.Marketer, Role.Support, Role.Integration)]
    [Operation("The catalogue: what each offer gives, its price in points, what is left of it.", Answer = typeof(OfferView[]))]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "offers")] HttpRequest request, CancellationToken cancellation) =>
        Problems.Json(await queries.ListAsync(cancellation));

    [Function("GetOffer")]
    [Access(Role.Marketer, Role.Support, Role.Integration)]
    [Operation("One offer.", Answer = typeof(OfferView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "offers/{id}")] HttpRequest request, string id, CancellationToken cancellation) =>
        await queries.FindAsync(id, cancellation) is { } offer ? Problems.Json(offer) : NoOffer(id);

    [Function("ImportCodes")]
    [Access(Role.Marketer)]
    [Operation(
        "Imports codes into an offer's pool: CSV, one code a line, in the first column or in the one named code. A code is imported once.",
        BodyMediaTypes = ["text/csv"],
        Answer = typeof(PoolImport),
        Refusals = [RefusalCode.NotFound, RefusalCode.BodyTooLarge, RefusalCode.InvalidField])]
    public async Task<IResult> ImportAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "offers/{id}/pool")] HttpRequest request, string id, CancellationToken cancellation)
    {
        if (await queries.FindAsync(id, cancellation) is null) return NoOffer(id);
        var bytes = await RequestBody.ReadAsync(request, MostCsvBytes, cancellation);
        if (bytes.Length > MostCsvBytes) return Problems.Result(RefusalCode.BodyTooLarge, "At most 8 MiB: split the file.");
        var done = await pools.ImportAsync(id, Encoding.UTF8.GetString(bytes.Span), cancellation);
        // Codes may be imported before the offer is published with them, but nobody should believe that they are given away already.
        if (!queries.TakesFromPool(id)) done = done with { Note = "The offer makes its codes by its pattern; these are given away once it says codes: pool." };
        return done.Faults.Count == 0 ? Problems.Json(done) : Problems.Result(RefusalCode.InvalidField, "Nothing is imported. " + string.Join("; ", done.Faults.Take(10)));
    }

    [Function("GetCustomerOffers")]
    [Access(Role.Support, Role.Integration)]
    [Operation("A customer's codes and what became of each, the latest first.", Answer = typeof(CustomerCodeView[]), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> CodesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}/offers")] HttpRequest request, string id, CancellationToken cancellation) =>
        await store.FindCustomerAsync(id, cancellation) is null
            ? Problems.NotFound($"There is no customer '{id}'.")
            : Problems.Json(await queries.CodesAsync(id, cancellation));

    [Function("ClaimOffer")]
    [Access(Role.Integration, Role.Support)]
    [Operation(
        "Gives the customer a code of an offer; one with a price is paid in points in the same commit.",
        Body = typeof(ClaimRequest),
        Answer = typeof(ClaimAnswer.Done),
        Refusals =
        [
            RefusalCode.MalformedBody, RefusalCode.BodyTooLarge, RefusalCode.MissingHeader, RefusalCode.NotFound, RefusalCode.OfferClosed, RefusalCode.SoldOut,
            RefusalCode.LimitReached, RefusalCode.InsufficientPoints, RefusalCode.IdempotencyKeyReused, RefusalCode.CodeVoid,
            RefusalCode.CustomerErased, RefusalCode.CustomerRestricted,
        ])]
    [Parameter(JsonRequest.IdempotencyKey, JsonRequest.IdempotencyMeaning, In = "header", Required = true)]
    public async Task<IResult> ClaimAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "customers/{id}/offers")] HttpRequest request, string id, CancellationToken cancellation)
    {
        var (body, refusal) = await JsonRequest.ReadAsync<ClaimRequest>(request, cancellation);
        if (body is null) return refusal!;
        return await claims.ClaimAsync(id, body, JsonRequest.Key(request), cancellation) switch
        {
            ClaimAnswer.Done done => Problems.Json(done),
            ClaimAnswer.Refused refused => Problems.Refused(refused.Code, refused.Detail),
            _ => throw new InvalidOperationException("An answer of no known kind."),
        };
    }

    [Function("GetDraw")]
    [Access(Role.Marketer, Role.Support, Role.Integration)]
    [Operation("A prize draw: the seed's hash from the beginning; seed, hash of the tickets and winners once it is drawn.", Answer = typeof(DrawView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> DrawAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "draws/{id}")] HttpRequest request, string id, CancellationToken cancellation) =>
        await draws.FindAsync(id, cancellation) is { } draw ? Problems.Json(draw) : NoDraw(id);

    [Function("GetDrawTickets")]
    [Access(Role.Marketer, Role.Support, Role.Integration)]
    [Operation("The tickets of a draw, without their owners: what its hash is made of.", Answer = typeof(string[]), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> TicketsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "draws/{id}/tickets")] HttpRequest request, string id, CancellationToken cancellation) =>
        await draws.ListAsync(id, cancellation) is { } tickets ? Problems.Json(tickets) : NoDraw(id);

    [Function("DrawPrizes")]
    [Access(Role.Marketer)]
    [Operation("Closes a draw and tells the winners; drawn again it tells the same.", Answer = typeof(DrawView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> DrawPrizesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "draws/{id}/draw")] HttpRequest request, string id, CancellationToken cancellation) =>
        await draws.DrawAsync(id, cancellation) is { } draw ? Problems.Json(draw) : NoDraw(id);

    private static IResult NoOffer(string id) => Problems.NotFound($"There is no offer '{id}'. GET /api/offers lists them.");

    private static IResult NoDraw(string id) => Problems.NotFound($"offers.yaml declares no draw '{id}'.");
}
