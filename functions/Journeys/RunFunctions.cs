using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Runs;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Privacy;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Journeys;

/// <summary>Runs of a journey, and the story of one.</summary>
public sealed class RunFunctions(RunQueries queries, JourneyQueries journeys, AuditNotes notes)
{
    [Function("ListRuns")]
    [Access(Role.Marketer, Role.Operator)]
    [Operation("Runs of a journey; live ones, unless a state is asked for.", Answer = typeof(RunListView), Refusals = [RefusalCode.NotFound, RefusalCode.InvalidField])]
    [Parameter("step", "Where the run waits.")]
    [Parameter("state", "active, parked, held or finished.")]
    [Parameter("version", "The version the run is on.")]
    [Parameter("limit", "1 to 1000, default 100.")]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "journeys/{id}/runs")] HttpRequest request, string id, CancellationToken cancellation)
    {
        if (await journeys.GetAsync(id, cancellation) is null) return Problems.NotFound($"There is no journey '{id}'. GET /api/journeys lists them.");
        return Filter(request.Query, id) is { } filter ? Problems.Json(RunListView.Of(await queries.ListAsync(filter, cancellation))) : Malformed();
    }

    [Function("ListAllRuns")]
    [Access(Role.Marketer, Role.Operator)]
    [Operation("Runs of all journeys; live ones, unless a state is asked for.", Answer = typeof(RunListView), Refusals = [RefusalCode.InvalidField])]
    [Parameter("journey", "Only runs of this journey.")]
    [Parameter("step", "Where the run waits.")]
    [Parameter("state", "active, parked, held or finished.")]
    [Parameter("version", "The version the run is on.")]
    [Parameter("limit", "1 to 1000, default 100.")]
    public async Task<IResult> ListAllAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "runs")] HttpRequest request, CancellationToken cancellation) =>
        Filter(request.Query, request.Query["journey"].FirstOrDefault()) is { } filter
            ? Problems.Json(RunListView.Of(await queries.ListAsync(filter, cancellation)))
            : Malformed();

    [Function("GetRunStory")]
    [Access(Role.Marketer, Role.Operator, Role.Support)]
    [Operation("What a run saw, chose and did, line by line, in the customer's time.", Answer = typeof(RunStory), Refusals = [RefusalCode.NotFound])]
    [Parameter("customer", "Whose run it is; without it every partition is looked through.")]
    public async Task<IResult> StoryAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "runs/{run}/story")] HttpRequest request, string run, CancellationToken cancellation)
    {
        var customer = request.Query["customer"].FirstOrDefault();
        if (customer?.Length > PersonResolver.MaxOwnId || await queries.StoryAsync(run, customer, cancellation) is not { } story) return Problems.NotFound($"There is no run '{run}'.");
        await notes.AboutAsync(request, "GetRunStory", story.CustomerId, cancellation);
        return Problems.Json(story);
    }

    private static IResult Malformed() =>
        Problems.Result(RefusalCode.InvalidField, "state is active, parked, held or finished; version a number from 1; limit 1 to 1000.");

    private static RunFilter? Filter(IQueryCollection query, string? journey)
    {
        var state = query["state"].FirstOrDefault();
        var known = Enum.TryParse<RunStatus>(state, ignoreCase: true, out var status) && !int.TryParse(state, CultureInfo.InvariantCulture, out _);
        if (state is not null && !known) return null;
        if (Number(query, "version", out var version) is false || Number(query, "limit", out var limit) is false) return null;
        if (version is < 1 || limit is < 1 or > RunQueries.MaxRuns) return null;
        return new RunFilter
        {
            Journey = journey,
            Step = query["step"].FirstOrDefault(),
            State = state is null ? null : status,
            Version = version,
            Limit = limit ?? 100,
        };
    }

    private static bool Number(IQueryCollection query, string name, out int? value)
    {
        value = null;
        if (query[name].FirstOrDefault() is not { } text) return true;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        value = number;
        return true;
    }
}
