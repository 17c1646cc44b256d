using System.Globalization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Loyalty.Functions.Runs;

/// <summary>
/// The hand that moves one run in one generation. It holds no state of its own: everything is in the run document, and a lost orchestration is
/// replaced by the due scan.
/// </summary>
public static class JourneyOrchestrator
{
    /// <summary>The event that says "something came into the inbox".</summary>
    public const string Poke = "poke";

    /// <summary>Turns before the history is cut.</summary>
    private const int TurnsPerHistory = 20;

    [Function(nameof(JourneyOrchestrator))]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, RunReference run)
    {
        // One waiter is kept across turns: a cancelled one could swallow the next event.
        var poke = context.WaitForExternalEvent<object?>(Poke);
        string? firedAt = null;
        for (var turn = 0; turn < TurnsPerHistory; turn++)
        {
            var report = await OrchestratedTurns.AdvanceAsync(context, run, firedAt);
            firedAt = null;
            if (!report.Goes) return;
            if (report.HasWork)
            {
                await OrchestratedTurns.DeliverAsync(context, run, report);
                continue;
            }

            context.SetCustomStatus(new RunWaits(report.WakeAt!));
            if (await PokedBeforeAsync(context, report.WakeAt!, poke)) poke = context.WaitForExternalEvent<object?>(Poke);
            else firedAt = report.WakeAt;
        }

        context.ContinueAsNew(run);
    }

    /// <summary>Waits for the timer or the poke; the losing timer is cancelled.</summary>
    private static async Task<bool> PokedBeforeAsync(TaskOrchestrationContext context, string wakeAt, Task poke)
    {
        var at = DateTime.Parse(wakeAt, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
        using var stop = new CancellationTokenSource();
        var timer = context.CreateTimer(at, stop.Token);
        if (await Task.WhenAny(timer, poke) == timer) return false;
#pragma warning disable CA1849, MA0042, VSTHRD103 // CancelAsync runs its callbacks on another thread, which no orchestrator may: the instance would fail.
        stop.Cancel();
#pragma warning restore CA1849, MA0042, VSTHRD103
        return true;
    }

    /// <summary>Custom status: until when the run waits (ISO 8601).</summary>
    private sealed record RunWaits(string Until);
}
