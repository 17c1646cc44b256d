using Loyalty.Engine.Storage;
using Loyalty.Functions.Access;
using Loyalty.Functions.OpenApi;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NodaTime;

namespace Loyalty.Functions.Http;

/// <summary>Up, store reachable, oldest due document.</summary>
public sealed class HealthFunction(IDocumentStore store, IClock clock)
{
    [Function("Health")]
    [Access(Role.Anyone)]
    [Operation("Whether the program is up and its store answers; the earliest moment that nobody has worked off.", Answer = typeof(HealthView))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            Instant? oldest = null;
            var now = clock.GetCurrentInstant();
            foreach (var range in await store.GetFeedRangesAsync(cancellation))
            {
                var due = await store.ScanDueAsync(range, now, 1, cancellation);
                if (due.Count > 0 && (oldest is null || due[0].WakeAt < oldest)) oldest = due[0].WakeAt;
            }

            return Problems.Json(new HealthView("up", now, oldest));
        }
        catch (StoreUnavailableException)
        {
            return Problems.Result(Core.RefusalCode.Unavailable, "The store does not answer.");
        }
    }

    /// <summary>The answer.</summary>
    internal sealed record HealthView(string Status, Instant Now, Instant? OldestDue);
}
