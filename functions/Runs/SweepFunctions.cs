using Loyalty.Engine.Ports;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using NodaTime;

namespace Loyalty.Functions.Runs;

/// <summary>Once a minute: everything whose moment has passed and that nobody is at work on.</summary>
public sealed class DueSweep(DueUseCase due, RunEditsUseCase edits, DurableRunHands hands, IClock clock)
{
    [Function(nameof(DueSweep))]
    public async Task RunAsync(
        [TimerTrigger("0 * * * * *", UseMonitor = false)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hands.Bind(client);
        foreach (var one in await edits.ClaimDueAsync(cancellation)) await hands.StartEditsAsync(one, cancellation);
        var batches = await due.FindAsync(cancellation);
        var at = clock.GetCurrentInstant().ToUnixTimeMilliseconds();
        for (var i = 0; i < batches.Count; i++)
        {
            await hands.StartSweepAsync(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"sweep:{at}:{i}"), batches[i], cancellation);
        }
    }
}

/// <summary>
/// Moves one batch of due runs together: takes them by a new generation, turns them, delivers what they queued, until each is finished,
/// parked, or waits nearby: those get an orchestration of their own.
/// </summary>
public static class SweepOrchestrator
{
    private const int Rounds = 20;

    [Function(nameof(SweepOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, DueBatch batch)
    {
        var moving = await context.CallActivityAsync<IReadOnlyList<RunReference>>(nameof(RunActivities.TakeDue), batch);
        var nearby = new List<RunReference>();
        for (var round = 0; round < Rounds && moving.Count > 0; round++)
        {
            var reports = await Task.WhenAll(moving.Select(run => OrchestratedTurns.AdvanceAsync(context, run, firedAt: null)));
            var delivering = new List<RunReference>();
            var deliveries = new List<Task>();
            for (var i = 0; i < reports.Length; i++)
            {
                if (!reports[i].Goes) continue;
                if (!reports[i].HasWork)
                {
                    nearby.Add(moving[i]);
                    continue;
                }

                delivering.Add(moving[i]);
                deliveries.Add(OrchestratedTurns.DeliverAsync(context, moving[i], reports[i]));
            }

            await Task.WhenAll(deliveries);
            moving = delivering;
        }

        nearby.AddRange(moving);
        // The activity's own type of input: one of the durable analyzers compares the two.
        IReadOnlyList<RunReference> handedOn = nearby;
        if (handedOn.Count > 0) await context.CallActivityAsync(nameof(RunActivities.HandOnRuns), handedOn);
    }
}
