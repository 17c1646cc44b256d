using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Durable;

/// <content>Start: what was under way when the last owner ended goes on.</content>
public sealed partial class DurableEngine
{
    /// <summary>Makes the tables if they are missing; every process that reads them calls it first.</summary>
    public static Task EnsureSchemaAsync(SqliteDatabase database) => database.EnsureSchemaAsync(DurableSchema.Module);

    /// <summary>Reads what is live and goes on with it. This process must own the file.</summary>
    /// <exception cref="OwnershipLostException">It does not.</exception>
    public async Task StartAsync()
    {
        await EnsureSchemaAsync(_database);
        FollowTransactions();

        // Ids are unique over all starts: the start's number above, a counter below.
        var epoch = await _database.WriteAsync(
            static session =>
            {
                session.Prepare("INSERT INTO durable_epoch(one, epoch) VALUES(1, 1) ON CONFLICT(one) DO UPDATE SET "
                    + "epoch = epoch + 1").Execute();
                return session.QueryInt64("SELECT epoch FROM durable_epoch");
            },
            WriteFence.Owner);
        _lastId = epoch << 32;
        var restored = _database.Read(Restore);
        lock (_gate)
        {
            if (_running || _ended.Task.IsCompleted)
                throw new InvalidOperationException("A durable engine is started once.");
            _running = true;
            var activities = 0;
            foreach (var (entry, live) in restored)
            {
                _live.Add(entry.InstanceId, entry);
                activities += live.Activities.Count;
                foreach (var activity in live.Activities.Values)
                {
                    var pending = new PendingActivity(entry, activity.TaskId, activity.Name, activity.Input);
                    entry.Activities.Add(activity.TaskId, pending);
                    StartActivity(pending);
                }

                foreach (var timer in live.Timers.Values) SetTimer(entry, timer.TaskId, timer.FireAt);
                if (entry.StartAt is { } at) SetTimer(entry, PendingTimer.StartTask, at);
                Wake(entry);
            }

            EngineLog.Started(_logger, restored.Count, activities, _timers.Count);
        }

        _clock.TimersChanged();
    }

    private static List<(InstanceEntry Entry, LiveHistory Live)> Restore(SqliteSession session)
    {
        var byKey = DurableReads.Unfinished(session).ToDictionary(
            stored => stored.Key, stored => (stored.ToEntry(), new LiveHistory()));
        foreach (var (key, row) in DurableReads.UnfinishedHistories(session)) byKey[key].Item2.Add(row);
        foreach (var (entry, live) in byKey.Values)
        {
            entry.HasHistory = live.HasTurns;
            entry.UpdatedAt = Math.Max(entry.UpdatedAt, live.LastTurn);
            entry.Mailbox.AddRange(live.Unread.Values.OrderBy(incoming => incoming.Sequence));
        }

        return [.. byKey.Values];
    }

    /// <summary>What a history leaves to be done.</summary>
    private sealed class LiveHistory
    {
        public Dictionary<int, DurableAction.Activity> Activities { get; } = [];

        public Dictionary<int, DurableAction.Timer> Timers { get; } = [];

        public Dictionary<long, Incoming> Unread { get; } = [];

        public bool HasTurns { get; private set; }

        public long LastTurn { get; private set; }

        public void Add(HistoryRow row)
        {
            if (row.Kind != HistoryKind.Turn)
            {
                Unread.Add(row.Sequence, Incoming.Of(row));
                if (row.TaskId > 0) Activities.Remove(row.TaskId);
                return;
            }

            var turn = TurnCodec.Read(row.Payload!);
            HasTurns = true;
            LastTurn = turn.At;
            foreach (var sequence in turn.Consumed)
            {
                if (sequence < 0) Timers.Remove((int)-sequence);
                else Unread.Remove(sequence);
            }

            foreach (var action in turn.Actions)
            {
                switch (action)
                {
                    case DurableAction.Activity activity: Activities.Add(activity.TaskId, activity); break;
                    case DurableAction.Timer timer: Timers.Add(timer.TaskId, timer); break;
                    case DurableAction.CancelTimer timer: Timers.Remove(timer.TaskId); break;
                }
            }
        }
    }
}
