using Microsoft.Extensions.Logging;

namespace Loyalty.LocalHost.Durable;

/// <summary>A replay asked for something else than the history has.</summary>
public sealed class NonDeterministicOrchestrationException : Exception
{
    internal NonDeterministicOrchestrationException(string message)
        : base(message)
    {
    }
}

/// <summary>An orchestrator's living code: its coroutine and context. Not thread-safe; one turn at a time.</summary>
internal sealed class OrchestrationRun
{
    private readonly OrchestrationStart _start;
    private readonly OrchestratorFunction? _function;
    private readonly TurnScheduler _scheduler = new();
    private readonly LocalOrchestrationContext _context;
    private Task<object?>? _task;
    private readonly Payloads _payloads;
    private int _turns;

    public OrchestrationRun(
        OrchestrationStart start, OrchestratorFunction? function, Payloads payloads, ILoggerFactory loggers)
    {
        _start = start;
        _function = function;
        _payloads = payloads;
        _context = new LocalOrchestrationContext(start, payloads, _scheduler, loggers);
    }

    /// <summary>The custom status as JSON, as the last turn left it.</summary>
    public string? CustomStatus => _context.CustomStatus;

    /// <summary>Events it was given and has not waited for.</summary>
    public IReadOnlyList<Incoming> UnreadEvents => _context.UnreadEvents;

    /// <summary>Gives the orchestrator what has arrived, in order, and lets it run until it waits or ends.</summary>
    public TurnOutcome RunTurn(long at, IReadOnlyList<Incoming> incoming, bool replaying)
    {
        var consumed = 0;
        _context.BeginTurn(at, replaying);
        _scheduler.Run(() =>
        {
            _task ??= Begin();
            _scheduler.Pump();
            while (consumed < incoming.Count && !_task.IsCompleted)
            {
                _context.Deliver(incoming[consumed++]);
                _scheduler.Pump();
            }
        });
        _turns++;
        return new TurnOutcome(consumed, _context.EndTurn(), End(), _context.CustomStatusChanged);
    }

    /// <summary>Runs the recorded turns again; null, or what the code did otherwise than the history.</summary>
    /// <param name="history">The rows in order.</param>
    /// <param name="check">A further comparison of a turn; for golden histories.</param>
    public string? Replay(IReadOnlyList<HistoryRow> history, Func<TurnRecord, TurnOutcome, string?>? check = null)
    {
        var arrived = new Dictionary<long, HistoryRow>();
        var incoming = new List<Incoming>();
        for (var index = 0; index < history.Count; index++)
        {
            var row = history[index];
            if (row.Kind != HistoryKind.Turn)
            {
                arrived.Add(row.Sequence, row);
                continue;
            }

            var turn = TurnCodec.Read(row.Payload!);
            incoming.Clear();
            foreach (var sequence in turn.Consumed)
                incoming.Add(sequence < 0 ? Incoming.Timer((int)-sequence) : Incoming.Of(arrived[sequence]));
            var outcome = RunTurn(turn.At, incoming, replaying: true);
            var difference = Compare(turn, outcome, index + 1) ?? check?.Invoke(turn, outcome);
            if (difference is not null) return difference;
        }

        return null;
    }

    private Task<object?> Begin()
    {
        if (_function is null)
        {
            return Task.FromException<object?>(new InvalidOperationException(
                $"There is no orchestrator function named '{_start.Orchestrator}'. Was it renamed while an instance "
                    + $"was running?"));
        }

        try
        {
            return _function(_context);
        }
        catch (Exception exception)
        {
            return Task.FromException<object?>(exception);
        }
    }

    private TurnEnd? End()
    {
        if (_context.Violation is { } violation)
            return new TurnEnd.Failed(Durable.Failure.From(new InvalidOperationException(violation)));
        if (!_task!.IsCompleted)
        {
            if (_context.Waits) return null;
            return new TurnEnd.Failed(Durable.Failure.From(new InvalidOperationException(
                $"Orchestrator '{_start.Orchestrator}' awaits something that is not durable, so nothing can wake it. "
                    + $"An orchestrator awaits only tasks "
                + "made by its context; put other work into an activity.")));
        }

        if (_task.IsFaulted) return new TurnEnd.Failed(Durable.Failure.From(_task.Exception!.InnerException!));
        if (_task.IsCanceled) return new TurnEnd.Failed(Durable.Failure.From(new TaskCanceledException(_task)));
        if (_context.Next is { } next) return next;
        try
        {
            return new TurnEnd.Completed(
                _payloads.Write(_task.Result, $"the output of orchestrator '{_start.Orchestrator}'"));
        }
        catch (Exception exception)
        {
            return new TurnEnd.Failed(Durable.Failure.From(exception));
        }
    }

    private string? Compare(TurnRecord recorded, TurnOutcome outcome, int number)
    {
        var place =
            $"Orchestrator '{_start.Orchestrator}', instance '{_start.InstanceId}', turn {_turns} (history event "
                + $"{number})";
        for (var index = 0; index < Math.Max(recorded.Actions.Count, outcome.Actions.Count); index++)
        {
            var then = index < recorded.Actions.Count ? recorded.Actions[index] : null;
            var now = index < outcome.Actions.Count ? outcome.Actions[index] : null;
            if (then is not null && now is not null && now.Matches(then)) continue;
            return $"{place}: the history has {then?.Describe() ?? "nothing more"}, the code now asks for "
                + $"{now?.Describe() ?? "nothing more"}. "
                + "Was the orchestrator changed while instances of it were running, or does it use time, chance or "
                    + "I/O of its own?";
        }

        if (outcome.Consumed < recorded.Consumed.Count || (outcome.End is null) != (recorded.End is null))
        {
            return $"{place}: the history has {recorded.End?.Describe() ?? "a wait"}, the code now comes to "
                + $"{outcome.End?.Describe() ?? "a wait"}.";
        }

        return null;
    }
}

/// <summary>What a turn came to.</summary>
/// <param name="Consumed">How many of the given it took before it ended.</param>
/// <param name="Actions">What it asked for.</param>
/// <param name="End">Null: it waits.</param>
/// <param name="CustomStatusChanged">True if it has set its custom status.</param>
internal sealed record TurnOutcome(
    int Consumed, IReadOnlyList<DurableAction> Actions, TurnEnd? End, bool CustomStatusChanged);
