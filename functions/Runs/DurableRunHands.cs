using DurableTask.Core.Exceptions;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Publishing;
using Loyalty.Functions.Journeys;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.Functions.Runs;

/// <summary>The durable engine behind <see cref="IRunHands"/>. One per invocation: the function binds the client it was given.</summary>
public sealed class DurableRunHands : IRunHands
{
    private DurableTaskClient? _client;

    /// <summary>The invocation's client.</summary>
    public void Bind(DurableTaskClient client) => _client = client;

    /// <inheritdoc/>
    public async Task StartAsync(RunReference run, CancellationToken cancellation = default)
    {
        try
        {
            await Client.ScheduleNewOrchestrationInstanceAsync(
                nameof(JourneyOrchestrator), run, Options(RunProtocol.InstanceId(run.RunId, run.Gen)), cancellation);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // A generation has one orchestration, ever: whoever started it has done this work.
        }
    }

    /// <inheritdoc/>
    public async Task PokeAsync(RunReference run, CancellationToken cancellation = default)
    {
        try
        {
            await Client.RaiseEventAsync(RunProtocol.InstanceId(run.RunId, run.Gen), JourneyOrchestrator.Poke, cancellation: cancellation);
        }
        catch (Exception gone) when (gone is not OperationCanceledException)
        {
            // Backends differ: an event for an instance that is missing or finished is dropped or throws. Either way wakeAt brings the run back.
        }
    }

    /// <summary>Starts a sweep of one batch.</summary>
    public async Task StartSweepAsync(string instanceId, object batch, CancellationToken cancellation = default)
    {
        try
        {
            await Client.ScheduleNewOrchestrationInstanceAsync(nameof(SweepOrchestrator), batch, Options(instanceId), cancellation);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // The same tick ran twice: its batches are on their way.
        }
    }

    /// <summary>Starts the work on the people inside a journey, in the generation of its claim.</summary>
    public async Task StartEditsAsync(EditsReference edits, CancellationToken cancellation = default)
    {
        try
        {
            await Client.ScheduleNewOrchestrationInstanceAsync(
                nameof(EditsOrchestrator), edits, Options(EditsOrchestrator.InstanceId(edits)), cancellation);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // A generation has one orchestration, ever.
        }
    }

    private static StartOrchestrationOptions Options(string instanceId) =>
        new StartOrchestrationOptions(instanceId).WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);

    private DurableTaskClient Client =>
        _client ?? throw new InvalidOperationException("This invocation has no durable client: its function must take one and bind it.");
}
