using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Loyalty.LocalHost.Durable;

/// <summary>The context an orchestrator gets here: notes what it asks for and hands it what has arrived.</summary>
internal sealed partial class LocalOrchestrationContext : TaskOrchestrationContext
{
    private readonly OrchestrationStart _start;
    private readonly Payloads _payloads;
    private readonly TurnScheduler _scheduler;
    private readonly Dictionary<int, IOpenTask> _open = [];
    private List<DurableAction> _actions = [];
    private DateTime _now;
    private bool _replaying;
    private int _lastTask;
    private int _guids;

    public LocalOrchestrationContext(
        OrchestrationStart start, Payloads payloads, TurnScheduler scheduler, ILoggerFactory loggers)
    {
        _start = start;
        _payloads = payloads;
        _scheduler = scheduler;
        LoggerFactory = loggers;
        Parent = start.ParentInstanceId is null
            ? null
            : new ParentOrchestrationInstance(start.ParentName!, start.ParentInstanceId);
    }

    /// <inheritdoc/>
    public override TaskName Name => _start.Orchestrator;

    /// <inheritdoc/>
    public override string InstanceId => _start.InstanceId;

    /// <inheritdoc/>
    public override ParentOrchestrationInstance? Parent { get; }

    /// <inheritdoc/>
    public override string Version => _start.Version;

    /// <inheritdoc/>
    public override DateTime CurrentUtcDateTime => _now;

    /// <inheritdoc/>
    public override bool IsReplaying => _replaying;

    /// <summary>True if something durable can still wake the orchestrator.</summary>
    public bool Waits => _open.Count > 0 || _waiters.Count > 0;

    /// <summary>Set if the orchestrator has asked to begin again.</summary>
    public TurnEnd.ContinuedAsNew? Next { get; private set; }

    /// <summary>The custom status as JSON.</summary>
    public string? CustomStatus { get; private set; }

    /// <summary>True if the running turn has set it.</summary>
    public bool CustomStatusChanged { get; private set; }

    /// <summary>Why the orchestrator must fail although its code has not.</summary>
    public string? Violation { get; private set; }

    /// <inheritdoc/>
    protected override ILoggerFactory LoggerFactory { get; }

    public void BeginTurn(long at, bool replaying)
    {
        _now = new DateTime(at, DateTimeKind.Utc);
        _replaying = replaying;
        CustomStatusChanged = false;
    }

    /// <summary>What the turn has asked for.</summary>
    public IReadOnlyList<DurableAction> EndTurn()
    {
        if (_actions.Count == 0) return [];
        var actions = _actions;
        _actions = [];
        return actions;
    }

    public void Deliver(Incoming incoming)
    {
        switch (incoming.Kind)
        {
            case HistoryKind.EventRaised:
                DeliverEvent(incoming);
                break;
            default:
                // An answer to a cancelled timer finds nobody.
                if (_open.Remove(incoming.TaskId, out var task)) task.Complete(incoming, this);
                break;
        }
    }

    /// <inheritdoc/>
    public override T? GetInput<T>()
        where T : default => _payloads.Read<T>(_start.Input);

    /// <inheritdoc/>
    public override Task<TResult> CallActivityAsync<TResult>(
        TaskName name, object? input = null, TaskOptions? options = null)
    {
        Guard();
        DemandInput(input, options);
        var payload = _payloads.Write(input, $"the input of activity '{name.Name}'");
        return options?.Retry is { } retry
            ? RetryAsync(() => StartActivity<TResult>(name.Name, payload), retry)
            : StartActivity<TResult>(name.Name, payload).Task;
    }

    /// <inheritdoc/>
    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        Guard();
        DemandInput(input, options);
        var payload = _payloads.Write(input, $"the input of sub-orchestration '{orchestratorName.Name}'");
        var instanceId = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        var version = options?.Version?.Version;
        return options?.Retry is { } retry
            ? RetryAsync(
                () => StartSubOrchestration<TResult>(orchestratorName.Name, instanceId, payload, version), retry)
            : StartSubOrchestration<TResult>(orchestratorName.Name, instanceId, payload, version).Task;
    }

    /// <inheritdoc/>
    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        Guard();
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled(cancellationToken);

        // Azure's machines run in UTC, so a time of unspecified kind is UTC there.
        var utc = fireAt.Kind == DateTimeKind.Unspecified
            ? DateTime.SpecifyKind(fireAt, DateTimeKind.Utc)
            : fireAt.ToUniversalTime();
        var timer = new OpenTimer(++_lastTask);
        _open.Add(timer.TaskId, timer);
        _actions.Add(new DurableAction.Timer(timer.TaskId, utc.Ticks));
        if (cancellationToken.CanBeCanceled) timer.CancelWith(this, cancellationToken);
        return timer.Task;
    }

    /// <inheritdoc/>
    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        Guard();
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        _actions.Add(new DurableAction.Event(instanceId, eventName, _payloads.Write(payload, $"event '{eventName}'")));
    }

    /// <inheritdoc/>
    public override void SetCustomStatus(object? customStatus)
    {
        Guard();
        CustomStatus = _payloads.Write(customStatus, $"the custom status of '{_start.Orchestrator}'");
        CustomStatusChanged = true;
    }

    /// <inheritdoc/>
    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        ContinueAsNew(
            new ContinueAsNewOptions { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents });

    /// <inheritdoc/>
    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        Guard();
        ArgumentNullException.ThrowIfNull(options);
        var input = _payloads.Write(options.NewInput, $"the next input of '{_start.Orchestrator}'");
        Next = new TurnEnd.ContinuedAsNew(input, options.PreserveUnprocessedEvents, options.NewVersion);
    }

    /// <summary>Name-based (RFC 4122, version 5): the same at the same point of every replay, another in every
    /// generation.</summary>
    public override Guid NewGuid()
    {
        Guard();
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{_start.InstanceId}_{_start.Generation}_{_now:o}_{_guids++}");
        Span<byte> input = stackalloc byte[16 + Encoding.UTF8.GetMaxByteCount(name.Length)];
        GuidNamespace.TryWriteBytes(input, bigEndian: true, out _);
        var length = 16 + Encoding.UTF8.GetBytes(name, input[16..]);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(input[..length], hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    private static readonly Guid GuidNamespace = new("9e952958-5e33-4daf-827f-2fa12937b875");

    private static void DemandInput(object? input, TaskOptions? options)
    {
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException(
                "Task options were given as the input and no options: name the parameter (options: …) or pass an "
                    + "input first.",
                nameof(input));
        }
    }

    private OpenCall<T> StartActivity<T>(string name, string? input)
    {
        var call = new OpenCall<T>(++_lastTask, name);
        _open.Add(call.TaskId, call);
        _actions.Add(new DurableAction.Activity(call.TaskId, name, input));
        return call;
    }

    private OpenCall<T> StartSubOrchestration<T>(string name, string instanceId, string? input, string? version)
    {
        var call = new OpenCall<T>(++_lastTask, name);
        _open.Add(call.TaskId, call);
        _actions.Add(new DurableAction.SubOrchestration(call.TaskId, name, instanceId, input, version));
        return call;
    }

    /// <exception cref="InvalidOperationException">The code has left the orchestrator's thread.</exception>
    private void Guard()
    {
        if (_scheduler.IsTurnThread) return;
        throw new InvalidOperationException(
            $"Orchestrator '{_start.Orchestrator}' used its context outside its own thread. An orchestrator awaits "
                + $"only tasks made by its context: "
            + "no ConfigureAwait(false), Task.Run, Task.Delay or I/O; put such work into an activity.");
    }

    /// <summary>A cancellation from outside cannot be replayed.</summary>
    private bool IsForeign(string what)
    {
        if (_scheduler.IsTurnThread) return false;
        Violation ??= $"Orchestrator '{_start.Orchestrator}' had {what} cancelled from outside its own thread, which "
            + $"cannot be replayed.";
        return true;
    }
}
