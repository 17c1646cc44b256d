namespace Loyalty.LocalHost.Queue;

/// <summary>
/// A queue with sessions: within a session in order of arrival, one at a time. Without <paramref name="holdTicks"/> sessions take turns, one message each.
/// With it, a session keeps its place until it was idle for so long, as in Service Bus.
/// </summary>
internal sealed class SessionReadyMessages(int places, long? holdTicks) : ReadyMessages
{
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly Queue<Session> _turns = new();
    private readonly Queue<Session> _turnsOfHolders = new();
    private readonly Queue<(Session Session, long Until)> _idle = new();
    private int _count;
    private int _handling;
    private int _holders;

    public override int Count => _count;

    public override long? NextIdleTicks
    {
        get
        {
            while (_idle.TryPeek(out (Session Session, long Until) first))
            {
                if (first.Session.IdleUntil == first.Until)
                {
                    return first.Until;
                }

                // It has had a message since.
                _idle.Dequeue();
            }

            return null;
        }
    }

    public override void Add(QueueEntry entry)
    {
        string id = entry.SessionId ?? string.Empty;
        if (!_sessions.TryGetValue(id, out Session? session))
        {
            session = new Session(id);
            _sessions.Add(id, session);
        }

        session.Entries.Add(entry);
        session.IdleUntil = null;
        _count++;
        TakeTurn(session);
    }

    public override QueueEntry? TakeNext()
    {
        if (!_turnsOfHolders.TryDequeue(out Session? session)
            && ((holdTicks is null ? _handling : _holders) >= places || !_turns.TryDequeue(out session)))
        {
            return null;
        }

        if (holdTicks is not null && !session.Holds)
        {
            session.Holds = true;
            _holders++;
        }

        QueueEntry first = session.Entries.Min!;
        session.Entries.Remove(first);
        session.Locked = true;
        session.Waits = false;
        _count--;
        _handling++;
        return first;
    }

    public override void EndHandling() => _handling--;

    public override void Unlock(string? sessionId, long nowTicks)
    {
        Session session = _sessions[sessionId ?? string.Empty];
        session.Locked = false;
        if (session.Entries.Count > 0)
        {
            TakeTurn(session);
        }
        else if (holdTicks is { } hold)
        {
            session.IdleUntil = nowTicks + hold;
            _idle.Enqueue((session, nowTicks + hold));
        }
        else
        {
            _sessions.Remove(session.Id);
        }
    }

    public override void ReleaseIdle(long nowTicks)
    {
        while (NextIdleTicks <= nowTicks)
        {
            Session session = _idle.Dequeue().Session;
            _holders--;
            _sessions.Remove(session.Id);
        }
    }

    private void TakeTurn(Session session)
    {
        if (!session.Waits && !session.Locked)
        {
            session.Waits = true;
            (session.Holds ? _turnsOfHolders : _turns).Enqueue(session);
        }
    }

    private sealed class Session(string id)
    {
        public string Id { get; } = id;

        public SortedSet<QueueEntry> Entries { get; } = new(QueueEntry.ByOrder);

        /// <summary>One of its messages is delivered.</summary>
        public bool Locked { get; set; }

        /// <summary>It stands in a queue of turns.</summary>
        public bool Waits { get; set; }

        /// <summary>It has a place of its own.</summary>
        public bool Holds { get; set; }

        public long? IdleUntil { get; set; }
    }
}
