using Loyalty.Core;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Simulation;
using Loyalty.Simulation.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Simulate;

/// <summary>What a draft of a journey would do, and how it differs from what is live. Nothing is sent, nothing is written.</summary>
public sealed class SimulateFunctions(SimulationUseCase simulation)
{
    /// <summary>Bytes of a draft, at most.</summary>
    private const int MaxBytes = 8 * 1024 * 1024;

    [Function("SimulateJourney")]
    [Access(Role.Marketer)]
    [Operation("Plays people through a draft of this journey and through what is live: entries, messages by day, reasons withheld, points, people at each step.", Body = typeof(SimulationDraft), Answer = typeof(SimulationResult), Refusals = [RefusalCode.NotFound, RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge])]
    public async Task<IResult> SimulateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "journeys/{id}/simulate")] HttpRequest request, string id, CancellationToken cancellation)
    {
        var (draft, refusal) = await ReadAsync(request, cancellation);
        return draft is null ? refusal! : Answer(id, await simulation.SimulateAsync(id, draft, cancellation));
    }

    [Function("DiffJourney")]
    [Access(Role.Marketer)]
    [Operation("What publishing a draft of this journey would change, who is inside at each step, and what it would have sent in the last days.", Body = typeof(SimulationDraft), Answer = typeof(DiffReport), Refusals = [RefusalCode.NotFound, RefusalCode.InvalidField, RefusalCode.MalformedBody, RefusalCode.BodyTooLarge])]
    public async Task<IResult> DiffAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "journeys/{id}/diff")] HttpRequest request, string id, CancellationToken cancellation)
    {
        var (draft, refusal) = await ReadAsync(request, cancellation);
        return draft is null ? refusal! : Answer(id, await simulation.DiffAsync(id, draft, cancellation));
    }

    private static async Task<(SimulationDraft? Draft, IResult? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var bytes = await RequestBody.ReadAsync(request, MaxBytes, cancellation);
        if (bytes.Length > MaxBytes) return (null, Problems.Result(RefusalCode.BodyTooLarge, $"A draft may have {MaxBytes / 1024 / 1024} MiB."));
        return bytes.IsEmpty ? (new SimulationDraft(), null) : JsonRequest.Parse<SimulationDraft>(bytes.Span);
    }

    private static IResult Answer<T>(string journey, SimulationOutcome<T> outcome) => outcome switch
    {
        SimulationOutcome<T>.Done done => Problems.Json(done.Result),
        SimulationOutcome<T>.Refused refused => Problems.Result(RefusalCode.InvalidField, refused.Detail),
        _ => Problems.NotFound($"There is no journey '{journey}', neither live nor in the draft."),
    };
}
