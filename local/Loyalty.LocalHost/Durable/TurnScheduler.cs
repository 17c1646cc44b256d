namespace Loyalty.LocalHost.Durable;

/// <summary>
/// Runs an orchestrator's code on the one thread of its turn: as synchronization context it catches what follows an
/// <c>await</c>, as task
/// scheduler what <c>ContinueWith</c> adds. What is posted from elsewhere waits for the next turn.
/// </summary>
internal sealed class TurnScheduler : TaskScheduler
{
    private readonly Queue<(Action<object?> Work, object? State)> _queue = new();
    private readonly Lock _gate = new();
    private readonly Context _context;
    private Action? _turn;
    private int _thread;

    public TurnScheduler() => _context = new Context(this);

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>True on the thread of the running turn, and nowhere else.</summary>
    public bool IsTurnThread => _thread == Environment.CurrentManagedThreadId;

    /// <summary>Runs a turn to its quiet end on the calling thread.</summary>
    public void Run(Action turn)
    {
        _turn = turn;
        var task = new Task(static self => ((TurnScheduler)self!).RunOnScheduler(), this);
        task.RunSynchronously(this);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Runs what is queued until nothing is left.</summary>
    public void Pump()
    {
        while (true)
        {
            (Action<object?> Work, object? State) next;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out next)) return;
            }

            next.Work(next.State);
        }
    }

    protected override void QueueTask(Task task) => Post(state => TryExecuteTask((Task)state!), task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued)
    {
        if (_turn is not null && !IsTurnThread)
        {
            // The turn itself: nothing else is inlined from a foreign thread.
            return !taskWasPreviouslyQueued && TryExecuteTask(task);
        }

        return IsTurnThread && !taskWasPreviouslyQueued && TryExecuteTask(task);
    }

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    private void RunOnScheduler()
    {
        var turn = _turn!;
        _turn = null;
        var outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        _thread = Environment.CurrentManagedThreadId;
        try
        {
            turn();
        }
        finally
        {
            _thread = 0;
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private void Post(Action<object?> work, object? state)
    {
        lock (_gate)
        {
            _queue.Enqueue((work, state));
        }
    }

    private sealed class Context(TurnScheduler owner) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => owner.Post(new Action<object?>(d), state);

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (!owner.IsTurnThread)
                throw new InvalidOperationException("An orchestrator's code runs on its own thread only.");
            d(state);
        }

        public override SynchronizationContext CreateCopy() => this;
    }
}
