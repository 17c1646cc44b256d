using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Engine.State;
using Loyalty.Functions.Access;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Privacy;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NodaTime;

namespace Loyalty.Functions.Http;

/// <summary>What support and integrations read about one customer.</summary>
public sealed class CustomerFunctions(CustomerQueries queries, IProgramSource programs, IClock clock, AuditNotes notes)
{
    [Function("FindCustomer")]
    [Access(Role.Support, Role.Integration)]
    [Operation("Finds a customer by e-mail address or by a shop's id.", Answer = typeof(CustomerView), Refusals = [RefusalCode.InvalidField, RefusalCode.NotFound])]
    [Parameter("email", "An e-mail address.")]
    [Parameter("external", "<source>:<shop>:<id>, e.g. shopify:shop.example:207119551.")]
    public async Task<IResult> FindAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers")] HttpRequest request, CancellationToken cancellation)
    {
        var name = request.Query["email"].FirstOrDefault() ?? request.Query["external"].FirstOrDefault();
        if (string.IsNullOrWhiteSpace(name))
        {
            return Problems.Result(RefusalCode.InvalidField, "Give ?email=<address> or ?external=shopify:<shop domain>:<shop's id>.");
        }

        if (await queries.FindAsync(name, cancellation) is not { } customerId) return Problems.NotFound("Nobody is known by this identifier.");
        // Whoever was looked up by an address was seen, too.
        await notes.AboutAsync(request, "FindCustomer", customerId, cancellation);
        return await AnswerAsync(customerId, cancellation);
    }

    [Function("GetCustomer")]
    [Access(Role.Support, Role.Integration)]
    [Operation("A customer: stage, points, consents, live runs.", Answer = typeof(CustomerView), Refusals = [RefusalCode.NotFound])]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}")] HttpRequest request,
        string id,
        CancellationToken cancellation) => AnswerAsync(id, cancellation);

    [Function("GetPoints")]
    [Access(Role.Support, Role.Integration)]
    [Operation("A customer's points by wallet, with the open lots.", Answer = typeof(PointsView), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> PointsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}/points")] HttpRequest request,
        string id,
        CancellationToken cancellation) =>
        await queries.GetAsync(id, cancellation) is { } snapshot ? Problems.Json(PointsView.Of(snapshot)) : Unknown(id);

    [Function("ExplainPoints")]
    [Access(Role.Support, Role.Integration)]
    [Operation("Why the customer has these points: every entry with its rule, inputs, rounding and expiry.", Answer = typeof(WalletExplanation[]), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> ExplainAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}/points/explain")] HttpRequest request,
        string id,
        CancellationToken cancellation) =>
        await queries.GetAsync(id, cancellation) is null ? Unknown(id) : Problems.Json(await queries.ExplainAsync(id, cancellation));

    [Function("GetRuns")]
    [Access(Role.Support)]
    [Operation("A customer's runs: where each waits, until when, and why.", Answer = typeof(RunView[]), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> RunsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}/runs")] HttpRequest request,
        string id,
        CancellationToken cancellation) =>
        await queries.GetAsync(id, cancellation) is not { Customer: { } customer }
            ? Unknown(id)
            : Problems.Json((await queries.RunsAsync(id, cancellation)).Select(run => RunView.Of(run, programs.Current.IsPaused(run.Run.Journey), customer.RestrictedAt is not null)));

    [Function("GetMessages")]
    [Access(Role.Support)]
    [Operation("A customer's messages and what became of each.", Answer = typeof(MessageRecord[]), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> MessagesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "customers/{id}/messages")] HttpRequest request,
        string id,
        CancellationToken cancellation) =>
        await queries.GetAsync(id, cancellation) is null ? Unknown(id) : Problems.Json(await queries.MessagesAsync(id, cancellation));

    private async Task<IResult> AnswerAsync(string id, CancellationToken cancellation) =>
        await queries.GetAsync(id, cancellation) is { } snapshot ? Problems.Json(CustomerView.Of(snapshot, programs.Current.Model, clock.GetCurrentInstant())) : Unknown(id);

    private static IResult Unknown(string id) => Problems.NotFound($"There is no customer '{id}'. Look one up with /api/customers?email=…");
}
