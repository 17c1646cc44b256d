using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Durable;

/// <summary>The client functions get; talks to the engine of this process.</summary>
/// <remarks>
/// Start: without dedupe statuses a live instance of the id refuses (<c>OrchestrationAlreadyExistsException</c>) and an
/// ended one makes room. A live
/// instance whose status is not among the given ones is terminated and replaced.
/// </remarks>
public sealed class LocalDurableTaskClient : DurableTaskClient
{
    private const int IdCharacters = 256;
    private readonly DurableEngine _engine;

    /// <param name="engine">The engine.</param>
    /// <param name="name">Name of the client.</param>
    public LocalDurableTaskClient(DurableEngine engine, string name = "local")
        : base(name) => _engine = engine;

    /// <inheritdoc/>
    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName,
        object? input = null,
        StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        cancellation.ThrowIfCancellationRequested();
        options ??= new StartOrchestrationOptions();
        var instanceId = options.InstanceId ?? Guid.CreateVersion7().ToString("N");
        DemandId(instanceId);
        var payload = _engine.Payloads.Write(input, $"the input of orchestrator '{orchestratorName.Name}'");
        var tags = options.Tags.Count == 0 ? null : JsonSerializer.Serialize(options.Tags);
        await _engine.StartInstanceAsync(orchestratorName.Name, payload, options, instanceId, tags);
        return instanceId;
    }

    /// <inheritdoc/>
    public override Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        cancellation.ThrowIfCancellationRequested();
        return _engine.RaiseEventAsync(
            instanceId, eventName, _engine.Payloads.Write(eventPayload, $"event '{eventName}'"));
    }

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, forEnd: false, getInputsAndOutputs, cancellation);

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, forEnd: true, getInputsAndOutputs, cancellation);

    /// <inheritdoc/>
    public override Task TerminateInstanceAsync(
        string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        var output = _engine.Payloads.Write(options?.Output, $"the output of terminated instance '{instanceId}'");
        return _engine.TerminateAsync(instanceId, output, options?.Recursive ?? false);
    }

    /// <inheritdoc/>
    public override Task SuspendInstanceAsync(
        string instanceId, string? reason = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return _engine.SuspendAsync(instanceId);
    }

    /// <inheritdoc/>
    public override Task ResumeInstanceAsync(
        string instanceId, string? reason = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        return _engine.ResumeAsync(instanceId);
    }

    /// <inheritdoc/>
    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        var found = DurableReads.Find(_engine.Database, instanceId);
        return Task.FromResult(found is null ? null : Describe(found, getInputsAndOutputs));
    }

    /// <inheritdoc/>
    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        filter ??= new OrchestrationQuery();
        var wanted = InstanceFilter.Of(filter.InstanceIdPrefix, filter.CreatedFrom, filter.CreatedTo, filter.Statuses);
        return Pageable.Create<OrchestrationMetadata>((continuation, hint, cancellation) =>
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Math.Clamp(hint ?? filter.PageSize, 1, 10_000);
            var page = DurableReads.Query(
                _engine.Database, wanted, continuation ?? filter.ContinuationToken ?? string.Empty, size);
            return Task.FromResult(new Page<OrchestrationMetadata>(
                [.. page.Select(stored => Describe(stored, filter.FetchInputsAndOutputs))],
                page.Count < size ? null : page[^1].InstanceId));
        });
    }

    /// <inheritdoc/>
    public override Task<Page<string>> ListInstanceIdsAsync(
        IEnumerable<OrchestrationRuntimeStatus>? runtimeStatus = null,
        DateTimeOffset? completedTimeFrom = null,
        DateTimeOffset? completedTimeTo = null,
        int pageSize = OrchestrationQuery.DefaultPageSize,
        string? lastInstanceKey = null,
        CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var size = Math.Clamp(pageSize, 1, 10_000);
        var wanted = InstanceFilter.Of(null, null, null, runtimeStatus);
        var page = DurableReads.Query(_engine.Database, wanted, lastInstanceKey ?? string.Empty, size);
        var ids = page
            .Where(stored => stored.CompletedAt is { } at && at >= (completedTimeFrom?.UtcTicks ?? 0)
                && at <= (completedTimeTo?.UtcTicks ?? long.MaxValue))
            .Select(stored => stored.InstanceId);
        return Task.FromResult(new Page<string>([.. ids], page.Count < size ? null : page[^1].InstanceId));
    }

    /// <inheritdoc/>
    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        if (DurableReads.Find(_engine.Database, instanceId) is not { Status: >= InstanceStatus.Completed })
            return new PurgeResult(0, true);
        IEnumerable<string> below = options?.Recursive == true
            ? DurableReads.FinishedDescendants(_engine.Database, instanceId)
            : [];
        return new PurgeResult(await _engine.PurgeAsync([instanceId, .. below]), true);
    }

    /// <inheritdoc/>
    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var wanted = InstanceFilter.Of(null, filter.CreatedFrom, filter.CreatedTo, filter.Statuses);
        var count = 0;
        var after = string.Empty;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            const int Batch = 100;
            var page = DurableReads.Query(_engine.Database, wanted, after, Batch);
            IEnumerable<string> ids = page.Where(stored => stored.Status >= InstanceStatus.Completed).Select(
                stored => stored.InstanceId).ToList();
            if (options?.Recursive == true)
                ids = ids.Concat(ids.SelectMany(id => DurableReads.FinishedDescendants(_engine.Database, id)));
            count += await _engine.PurgeAsync([.. ids]);
            if (page.Count < Batch) return new PurgeResult(count, true);
            after = page[^1].InstanceId;
        }
    }

    /// <inheritdoc/>
    public override async Task<string> RestartAsync(
        string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        cancellation.ThrowIfCancellationRequested();
        if (DurableReads.Find(_engine.Database, instanceId) is not { } stored)
            throw new ArgumentException($"There is no instance '{instanceId}'.", nameof(instanceId));
        if (!restartWithNewInstanceId && stored.Status < InstanceStatus.Completed)
            throw new InvalidOperationException(
                $"Instance '{instanceId}' has not ended; it can only be restarted under a new id.");
        var id = restartWithNewInstanceId ? Guid.CreateVersion7().ToString("N") : instanceId;
        var options = new StartOrchestrationOptions(id) { Version = stored.Version };
        await _engine.StartInstanceAsync(stored.Name, stored.Input, options, id, stored.Tags);
        return id;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void DemandId(string instanceId)
    {
        if (instanceId.Length is 0 or > IdCharacters || instanceId.Any(char.IsControl) || instanceId[0] == '@')
        {
            throw new ArgumentException(
                $"An instance id has 1 to {IdCharacters} characters, no control character, and does not begin with "
                    + $"'@'.",
                nameof(instanceId));
        }
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, bool forEnd, bool withPayloads, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        if (!await _engine.WaitAsync(instanceId, forEnd, cancellation)
            || DurableReads.Find(_engine.Database, instanceId) is not { } stored)
            throw new InvalidOperationException($"There is no instance '{instanceId}'.");
        return Describe(stored, withPayloads);
    }

    private OrchestrationMetadata Describe(StoredInstance stored, bool withPayloads) =>
        stored.ToMetadata(withPayloads, _engine.Payloads.Converter, _engine.LiveUpdatedAt(stored.InstanceId));
}
