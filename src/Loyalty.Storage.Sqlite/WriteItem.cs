namespace Loyalty.Storage.Sqlite;

/// <summary>A write that waits for its group. Its work may run more than once before it is answered once.</summary>
internal abstract class WriteItem
{
    protected WriteItem(WriteFence fence) => Fence = fence;

    public WriteFence Fence { get; }

    /// <summary>True if it rides along: it does not wake the writer and nobody waits for it.</summary>
    public virtual bool IsRider => false;

    /// <summary>Why it is refused although its group commits.</summary>
    public Exception? Failure { get; set; }

    /// <summary>False if its caller has given it up before it began.</summary>
    public virtual bool TryBegin() => true;

    public abstract void Execute(SqliteSession session);

    public abstract void Complete();

    public abstract void Fail(Exception failure);
}

internal sealed class WriteItem<T> : WriteItem
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<SqliteSession, T> _work;
    private readonly CancellationToken _cancellation;
    private T _result = default!;

    public WriteItem(Func<SqliteSession, T> work, WriteFence fence, CancellationToken cancellation)
        : base(fence)
    {
        _work = work;
        _cancellation = cancellation;
    }

    public Task<T> Answer => _answer.Task;

    public override bool TryBegin() => !_cancellation.IsCancellationRequested || !_answer.TrySetCanceled(_cancellation);

    public override void Execute(SqliteSession session) => _result = _work(session);

    public override void Complete() => _answer.TrySetResult(_result);

    public override void Fail(Exception failure) => _answer.TrySetException(failure);
}

internal sealed class WriteRider : WriteItem
{
    private readonly Action<SqliteSession> _work;
    private readonly Action<Exception> _failed;

    public WriteRider(Action<SqliteSession> work, WriteFence fence, Action<Exception> failed)
        : base(fence)
    {
        _work = work;
        _failed = failed;
    }

    public override bool IsRider => true;

    public override void Execute(SqliteSession session) => _work(session);

    public override void Complete()
    {
    }

    public override void Fail(Exception failure) => _failed(failure);
}
