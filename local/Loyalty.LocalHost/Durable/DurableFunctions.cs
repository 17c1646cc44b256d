using Microsoft.DurableTask;

namespace Loyalty.LocalHost.Durable;

/// <summary>Runs an orchestrator once, from its start to its result.</summary>
public delegate Task<object?> OrchestratorFunction(TaskOrchestrationContext context);

/// <summary>Runs an activity once.</summary>
public delegate Task<object?> ActivityFunction(ActivityCall call);

/// <summary>One execution of an activity.</summary>
public sealed class ActivityCall : TaskActivityContext
{
    private readonly Payloads _payloads;

    internal ActivityCall(string name, string instanceId, string? input, Payloads payloads, CancellationToken stopping)
    {
        Name = name;
        InstanceId = instanceId;
        SerializedInput = input;
        Stopping = stopping;
        _payloads = payloads;
    }

    /// <inheritdoc/>
    public override TaskName Name { get; }

    /// <inheritdoc/>
    public override string InstanceId { get; }

    /// <summary>The input as JSON; null: none.</summary>
    public string? SerializedInput { get; }

    /// <summary>Cancelled when the host stops; the activity is run again after the next start.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>The input as a type.</summary>
    public T? GetInput<T>() => _payloads.Read<T>(SerializedInput);

    /// <inheritdoc cref="GetInput{T}"/>
    public object? GetInput(Type type) => _payloads.Read(SerializedInput, type);
}

/// <summary>The orchestrators and activities an engine can run, by name without case.</summary>
public sealed class DurableFunctions
{
    private readonly Dictionary<string, OrchestratorFunction> _orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ActivityFunction> _activities = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public DurableFunctions AddOrchestrator(string name, OrchestratorFunction function)
    {
        if (!_orchestrators.TryAdd(name, function))
            throw new ArgumentException($"There are two orchestrators named '{name}'.", nameof(name));
        return this;
    }

    /// <summary>An orchestrator with typed input and result.</summary>
    public DurableFunctions AddOrchestrator<TInput, TResult>(
        string name, Func<TaskOrchestrationContext, TInput?, Task<TResult>> function) =>
        AddOrchestrator(name, async context => await function(context, context.GetInput<TInput>()));

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public DurableFunctions AddActivity(string name, ActivityFunction function)
    {
        if (!_activities.TryAdd(name, function))
            throw new ArgumentException($"There are two activities named '{name}'.", nameof(name));
        return this;
    }

    /// <summary>An activity with typed input and result.</summary>
    public DurableFunctions AddActivity<TInput, TResult>(
        string name, Func<ActivityCall, TInput?, Task<TResult>> function) =>
        AddActivity(name, async call => await function(call, call.GetInput<TInput>()));

    internal OrchestratorFunction? FindOrchestrator(string name) => _orchestrators.GetValueOrDefault(name);

    internal ActivityFunction? FindActivity(string name) => _activities.GetValueOrDefault(name);
}
