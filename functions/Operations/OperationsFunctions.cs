using System.Globalization;
using Loyalty.Core;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Access;
using Loyalty.Functions.Http;
using Loyalty.Functions.OpenApi;
using Loyalty.Functions.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NodaTime;

namespace Loyalty.Functions.Operations;

/// <summary>What an operator asks at two in the morning.</summary>
public sealed class OperationsFunctions(DoctorQueries doctor, DeadLetterBox letters, UnsetConnectors unset, LoyaltySettings settings)
{
    private const int MostOverdueMinutes = 7 * 24 * 60;

    [Function("Doctor")]
    [Access(Role.Operator)]
    [Operation("Checks what the program promises about its documents, and the dead letters. Reads everything.", Answer = typeof(DoctorReport), Refusals = [RefusalCode.InvalidField])]
    [Parameter("overdueMinutes", "From how many minutes on something due counts as late, 1 to 10080. Default 10.")]
    public async Task<IResult> DoctorAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/doctor")] HttpRequest request, CancellationToken cancellation)
    {
        Duration? overdue = null;
        if (request.Query["overdueMinutes"].FirstOrDefault() is { Length: > 0 } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) || minutes is < 1 or > MostOverdueMinutes)
            {
                return Problems.Result(RefusalCode.InvalidField, $"overdueMinutes is '{text}'; expected 1 to {MostOverdueMinutes}.");
            }

            overdue = Duration.FromMinutes(minutes);
        }

        var report = await doctor.CheckAsync(overdue, cancellation);
        return Problems.Json(report
            .With(DeadLettersCheck.Of(await letters.ListAsync(cancellation: cancellation)))
            .With(SecretsCheck.Of(await unset.ListAsync(cancellation), settings)));
    }

    [Function("ListDeadLetters")]
    [Access(Role.Operator)]
    [Operation("Events that were given up, the oldest first, at most 100.", Answer = typeof(DeadEvent[]), Refusals = [RefusalCode.InvalidField])]
    [Parameter("after", "Only those with a higher sequence number, to page on.")]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/dead-letters")] HttpRequest request, CancellationToken cancellation)
    {
        long after = 0;
        if (request.Query["after"].FirstOrDefault() is { Length: > 0 } text && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
        {
            return Problems.Result(RefusalCode.InvalidField, $"after is '{text}'; expected a sequence number.");
        }

        return Problems.Json(await letters.ListAsync(after, cancellation: cancellation));
    }

    [Function("GetDeadLetter")]
    [Access(Role.Operator)]
    [Operation("One event that was given up.", Answer = typeof(DeadEvent), Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "operations/dead-letters/{number:long}")] HttpRequest request,
        long number,
        CancellationToken cancellation) =>
        await letters.FindAsync(number, cancellation) is { } letter ? Problems.Json(letter) : Missing(number);

    [Function("ReplayDeadLetter")]
    [Access(Role.Operator)]
    [Operation("Sends an event that was given up again, as a later attempt, and removes the dead letter.", Answer = typeof(DeadEvent), BodyMediaTypes = [], Refusals = [RefusalCode.NotFound])]
    public async Task<IResult> ReplayAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "operations/dead-letters/{number:long}/replay")] HttpRequest request,
        long number,
        CancellationToken cancellation) =>
        await letters.ReplayAsync(number, cancellation) is { } letter ? Problems.Json(letter) : Missing(number);

    private static IResult Missing(long number) => Problems.NotFound($"There is no dead letter {number}. List them with /api/operations/dead-letters.");
}

/// <summary>The doctor's check of the dead letters.</summary>
public static class DeadLettersCheck
{
    /// <summary>The first page decides; a full page says "at least".</summary>
    public static DoctorCheck Of(IReadOnlyList<DeadEvent> letters) => new(
        "no-dead-letters",
        letters.Count,
        [.. letters.Take(DoctorQueries.ExampleLimit).Select(static one => $"{one.SequenceNumber} {one.MessageId}: {one.Reason}: {one.Description}")],
        letters.Count == 0 ? null : "Mend the reason, then: loyalty dlq replay NUMBER");
}
