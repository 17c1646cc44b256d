using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using NodaTime.Text;

namespace Loyalty.Functions.Runs;

/// <summary>The activities of runs and sweeps: each binds, calls one use case, answers.</summary>
public sealed class RunActivities(
    AdvanceRunUseCase turns, DeliverMessageUseCase deliveries, PerformEffectUseCase effects, DueUseCase due, DurableRunHands hands)
{
    [Function(nameof(AdvanceRun))]
    public Task<TurnReport> AdvanceRun(
        [ActivityTrigger] AdvanceRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hands.Bind(client);
        return turns.AdvanceAsync(request.Run, Moment(request.FiredAt), cancellation);
    }

    [Function(nameof(FailRun))]
    public Task<TurnReport> FailRun([ActivityTrigger] FailRequest request, CancellationToken cancellation) =>
        turns.FailAsync(request.Run, request.What, cancellation);

    [Function(nameof(DeliverMessage))]
    public Task<DeliveryReport> DeliverMessage(
        [ActivityTrigger] DeliverRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hands.Bind(client);
        return deliveries.DeliverAsync(request.Run, request.Item, cancellation);
    }

    [Function(nameof(PerformEffect))]
    public Task<DeliveryReport> PerformEffect(
        [ActivityTrigger] DeliverRequest request, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hands.Bind(client);
        return effects.PerformAsync(request.Run, request.Item, cancellation);
    }

    [Function(nameof(TakeDue))]
    public Task<IReadOnlyList<RunReference>> TakeDue(
        [ActivityTrigger] DueBatch batch, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hands.Bind(client);
        return due.TakeAsync(batch, cancellation);
    }

    [Function(nameof(HandOnRuns))]
    public async Task HandOnRuns(
        [ActivityTrigger] IReadOnlyList<RunReference> runs, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        hands.Bind(client);
        foreach (var run in runs) await due.HandOnAsync(run, cancellation);
    }

    private static NodaTime.Instant? Moment(string? iso) => iso is null ? null : InstantPattern.ExtendedIso.Parse(iso).Value;
}
