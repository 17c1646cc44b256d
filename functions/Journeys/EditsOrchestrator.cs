using Loyalty.Engine.Publishing;
using Loyalty.Functions.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Loyalty.Functions.Journeys;

/// <summary>
/// The hand that brings the people inside a journey to a new version. It holds no state: progress is in the journey's edits document, and a lost
/// orchestration is replaced by the due sweep.
/// </summary>
public static class EditsOrchestrator
{
    /// <summary>Slices before the history is cut.</summary>
    private const int SlicesPerHistory = 50;

    private static readonly TaskOptions Retried = new(new TaskRetryOptions(
        new RetryPolicy(maxNumberOfAttempts: 4, firstRetryInterval: TimeSpan.FromSeconds(5), backoffCoefficient: 2)));

    /// <summary>The durable instance that works on a journey's edits in one generation.</summary>
    public static string InstanceId(EditsReference edits) => $"edits:{edits.Journey}:{edits.Gen}";

    [Function(nameof(EditsOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, EditsReference edits)
    {
        for (var slice = 0; slice < SlicesPerHistory; slice++)
        {
            if (!await context.CallActivityAsync<bool>(nameof(EditsActivities.EditRuns), edits, Retried)) return;
        }

        context.ContinueAsNew(edits);
    }
}

/// <summary>The activity of <see cref="EditsOrchestrator"/>.</summary>
public sealed class EditsActivities(RunEditsUseCase edits)
{
    [Function(nameof(EditRuns))]
    public Task<bool> EditRuns([ActivityTrigger] EditsReference reference, CancellationToken cancellation) => edits.SliceAsync(reference, cancellation);
}
