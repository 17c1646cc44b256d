using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Microsoft.DurableTask;

namespace Loyalty.Functions.Runs;

/// <summary>What a journey's orchestration and a sweep have in common: turns and deliveries, retried, and given back to the due scan when they fail.</summary>
internal static class OrchestratedTurns
{
    private static readonly TaskOptions Retried = new(new TaskRetryOptions(
        new RetryPolicy(maxNumberOfAttempts: 4, firstRetryInterval: TimeSpan.FromSeconds(5), backoffCoefficient: 2)));

    /// <summary>One turn; a turn that fails for good is noted in the run document and ends the hand.</summary>
    public static async Task<TurnReport> AdvanceAsync(TaskOrchestrationContext context, RunReference run, string? firedAt)
    {
        try
        {
            return await context.CallActivityAsync<TurnReport>(nameof(RunActivities.AdvanceRun), new AdvanceRequest(run, firedAt), Retried);
        }
        catch (TaskFailedException failed)
        {
            await context.CallActivityAsync<TurnReport>(nameof(RunActivities.FailRun), new FailRequest(run, failed.FailureDetails.ErrorType), Retried);
            return TurnReport.Ended;
        }
    }

    /// <summary>Hands the items over one after the other; one that fails stays open and is found again by its <c>wakeAt</c>.</summary>
    public static async Task DeliverAsync(TaskOrchestrationContext context, RunReference run, TurnReport report)
    {
        foreach (var item in report.Items) await TryAsync(context, run, nameof(RunActivities.DeliverMessage), item);
        foreach (var item in report.Calls ?? []) await TryAsync(context, run, nameof(RunActivities.PerformEffect), item);
    }

    private static async Task TryAsync(TaskOrchestrationContext context, RunReference run, string activity, string item)
    {
        try
        {
            await context.CallActivityAsync<DeliveryReport>(activity, new DeliverRequest(run, item), Retried);
        }
        catch (TaskFailedException failed)
        {
            await context.CallActivityAsync<TurnReport>(nameof(RunActivities.FailRun), new FailRequest(run, failed.FailureDetails.ErrorType), Retried);
        }
    }
}

/// <summary>Input of AdvanceRun; <paramref name="FiredAt"/> is ISO 8601 or null.</summary>
public sealed record AdvanceRequest(RunReference Run, string? FiredAt);

/// <summary>Input of DeliverMessage and PerformEffect.</summary>
public sealed record DeliverRequest(RunReference Run, string Item);

/// <summary>Input of FailRun.</summary>
public sealed record FailRequest(RunReference Run, string What);
