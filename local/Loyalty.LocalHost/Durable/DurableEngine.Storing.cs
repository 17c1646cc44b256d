using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using NodaTime;

namespace Loyalty.LocalHost.Durable;

/// <content>
/// Storing: writes reach the file in the order of the changes in memory, also past a time in which the file takes none (a
/// full disk, a lock of another process): the first that was refused is tried again, and those after it wait for it.
/// </content>
public sealed partial class DurableEngine
{
    private Task _lastDurable = Task.CompletedTask;
    private long _lastWrite;

    // Both are the writer thread's: the last write that is durable, and the last one in the transaction under way.
    private long _durableWrite;
    private long _writtenWrite;

    /// <summary>Each transaction begins behind what is durable, also one that is run again.</summary>
    private void FollowTransactions() => _database.AddGroupHook(_ => _writtenWrite = _durableWrite);

    private async Task StoreAsync(EngineWrite write, Task before)
    {
        var pause = Duration.Zero;
        while (true)
        {
            try
            {
                await _database.WriteAsync(session => Store(write, session), WriteFence.Owner);
                return;
            }
            catch (Exception failure) when (FilePause.Helps(failure) && IsRunning())
            {
                if (before.IsCompletedSuccessfully)
                {
                    pause = FilePause.After(pause);
                    EngineLog.Waits(_logger, failure.Message, pause.TotalSeconds);
                    await Task.Delay(pause.ToTimeSpan(), _options.WallClock, _stopping.Token)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                else
                {
                    await before;
                }
            }
        }
    }

    private bool Store(EngineWrite write, SqliteSession session)
    {
        if (write.Number != _writtenWrite + 1)
            throw new StoreUnavailableException("An earlier write of the durable engine is not stored yet.");
        write.Execute(session);
        _writtenWrite = write.Number;
        session.AfterCommit(() => _durableWrite = write.Number);
        return true;
    }

    private bool IsRunning()
    {
        lock (_gate) return _running;
    }
}
