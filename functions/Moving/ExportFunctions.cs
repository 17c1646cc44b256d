using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text.Json;
using Loyalty.Core;
using Loyalty.Core.Ledger;
using Loyalty.Core.Orders;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Simulation.Import;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NodaTime;

namespace Loyalty.Functions.Moving;

/// <summary>The way out: everything a shop needs to leave, a page at a time; <c>loyalty export --url</c> writes the files.</summary>
public sealed class ExportFunctions(ExportQueries queries, IClock clock)
{
    private const string After = "The continuation of the page before; left out: from the beginning. It is not to be read or made.";

    [Function("ExportMembers")]
    [Access(Role.Integration)]
    [Operation("Members with their consents and open lots, at most 200 on a page.", Answer = typeof(ExportPage<ExportedPerson>), Refusals = [RefusalCode.InvalidField])]
    [Parameter("after", After)]
    public Task<IResult> MembersAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "export/members")] HttpRequest request, CancellationToken cancellation) =>
        PageAsync(request, place => queries.CustomersAsync(place, cancellation), one => ExportedPerson.Of(one, clock.GetCurrentInstant()));

    [Function("ExportOrders")]
    [Access(Role.Integration)]
    [Operation("Orders as they are stored, at most 200 on a page.", Answer = typeof(ExportPage<OrderState>), Refusals = [RefusalCode.InvalidField])]
    [Parameter("after", After)]
    public Task<IResult> OrdersAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "export/orders")] HttpRequest request, CancellationToken cancellation) =>
        PageAsync(request, place => queries.OrdersAsync(place, cancellation), static one => one);

    [Function("ExportLedger")]
    [Access(Role.Integration)]
    [Operation("Entries of every ledger, at most 200 on a page.", Answer = typeof(ExportPage<LedgerEntry>), Refusals = [RefusalCode.InvalidField])]
    [Parameter("after", After)]
    public Task<IResult> EntriesAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "export/ledger")] HttpRequest request, CancellationToken cancellation) =>
        PageAsync(request, place => queries.EntriesAsync(place, cancellation), static one => one);

    private static async Task<IResult> PageAsync<T, TOut>(HttpRequest request, Func<ExportPlace?, Task<ExportSlice<T>?>> read, Func<T, TOut> convert)
    {
        var text = request.Query["after"].FirstOrDefault();
        var place = string.IsNullOrEmpty(text) ? null : Place(text);
        if ((place is null && !string.IsNullOrEmpty(text)) || await read(place) is not { } page)
            return Problems.Result(RefusalCode.InvalidField, "after: no page goes on from there (any more); begin again without it.");
        return Problems.Json(new ExportPage<TOut>([.. page.Items.Select(convert)], page.Next is { } next ? Base64Url.EncodeToString(LoyaltyJson.Write(next)) : null));
    }

    private static ExportPlace? Place(string text)
    {
        try
        {
            return LoyaltyJson.Read<ExportPlace>(Base64Url.DecodeFromChars(text));
        }
        catch (Exception odd) when (odd is FormatException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>A page of an export.</summary>
/// <param name="Items">What is on it; may be empty though others follow.</param>
/// <param name="After">To be sent for the next page; null: there is none.</param>
public sealed record ExportPage<T>(ImmutableArray<T> Items, string? After);
