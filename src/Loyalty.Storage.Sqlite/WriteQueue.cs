namespace Loyalty.Storage.Sqlite;

/// <summary>What waits to be written: anybody adds, the writer's thread sleeps until there is something and takes it.</summary>
internal sealed class WriteQueue(SqliteDatabaseOptions options) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private List<WriteItem> _waiting = [];
    private List<WriteItem> _taken = [];
    private int _callersWaiting;
    private bool _closing;

    /// <summary>Writes that somebody waits for and that are not taken yet.</summary>
    public int CallersWaiting => Volatile.Read(ref _callersWaiting);

    /// <summary>Nothing more will come, and nothing waits.</summary>
    public bool IsFinished
    {
        get
        {
            lock (_gate)
            {
                return _closing && _waiting.Count == 0;
            }
        }
    }

    public void Add(WriteItem item)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(SqliteDatabase));
            bool wakes = item.IsRider ? _waiting.Count == 0 : _callersWaiting == 0;
            _waiting.Add(item);
            _callersWaiting += item.IsRider ? 0 : 1;
            if (wakes)
            {
                Wake();
            }
        }
    }

    /// <summary>Takes nothing more; what waits is still to be taken.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (!_closing)
            {
                _closing = true;
                Wake();
            }
        }
    }

    /// <summary>Sleeps until there is something to write, or nothing will come any more.</summary>
    public void WaitForWork()
    {
        lock (_gate)
        {
            if (_closing || _callersWaiting > 0)
            {
                return;
            }
        }

        _wake.Wait();
        bool lonely;
        lock (_gate)
        {
            lonely = _callersWaiting == 0 && !_closing;
        }

        if (lonely)
        {
            // Only riders: wait a little for a write that pays for the commit.
            _wake.Wait(options.RiderDelay);
        }
    }

    /// <summary>Moves what waits into the group, as far as there is room; false if nothing waits.</summary>
    public bool TakeInto(List<WriteItem> group)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                return false;
            }

            int room = options.GroupWrites - group.Count;
            if (_waiting.Count <= room)
            {
                (_waiting, _taken) = (_taken, _waiting);
                _callersWaiting = 0;
            }
            else
            {
                _taken.AddRange(_waiting.GetRange(0, room));
                _waiting.RemoveRange(0, room);
                _callersWaiting = CountCallers(_waiting);
            }
        }

        foreach (WriteItem item in _taken)
        {
            if (item.TryBegin())
            {
                item.Failure = null;
                group.Add(item);
            }
        }

        _taken.Clear();
        return true;
    }

    /// <summary>How many of them somebody waits for.</summary>
    public static int CountCallers(List<WriteItem> items)
    {
        int count = 0;
        foreach (WriteItem item in items)
        {
            count += item.IsRider ? 0 : 1;
        }

        return count;
    }

    public void Dispose() => _wake.Dispose();

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }
}
