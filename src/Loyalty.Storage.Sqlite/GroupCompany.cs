namespace Loyalty.Storage.Sqlite;

/// <summary>
/// Whether a commit is held back for writes that are about to come, as PostgreSQL's <c>commit_siblings</c> and <c>commit_delay</c> do. Whoever was answered
/// together comes back at about the same time, with what follows from the answer. A writer that never waits serves them as two companies in turn, and each
/// pays alone for the fsync and for the twenty pages that every commit writes whatever its size. Not thread-safe: the writer's own.
/// </summary>
/// <remarks>
/// Those expected are those that the last commit answered and those that waited beside it: never more than one for a lonely caller, who therefore never waits.
/// Where they turn out not to come, commits wait less and less often.
/// </remarks>
internal sealed class GroupCompany
{
    /// <summary>Waits that are left out after one in vain, at most.</summary>
    private const int MostLeftOut = 1024;

    /// <summary>Of so many callers, those of a busy time, half make a group of their own that is worth a commit.</summary>
    private const int Many = LogLength.BusyCallers;

    private int _expected;
    private int _leftOut;
    private int _toLeaveOut;
    private bool _someoneCame;

    /// <summary>How long the next one may take to come.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMicroseconds(150);

    /// <summary>Whether so many were there at the last commit that the first of them will be back in no time.</summary>
    public bool AreManyExpected => _expected >= Many;

    /// <summary>Whether a group of so many callers is to be held back.</summary>
    public bool IsAwaited(int callers)
    {
        // Those who are missing are decided while the others are committed, so that the other cores have work meanwhile.
        int mayBeMissing = _expected < Many ? _expected / 4 : _expected / 2;
        if (callers + mayBeMissing >= _expected)
        {
            return false;
        }

        if (_toLeaveOut == 0)
        {
            return true;
        }

        _toLeaveOut--;
        return false;
    }

    /// <summary>The group got more while it was held back.</summary>
    public void Came()
    {
        _someoneCame = true;
        _leftOut = 0;
    }

    /// <summary>The next one did not come in time: the group is committed as it is.</summary>
    public void StayedAway()
    {
        if (_someoneCame)
        {
            return;
        }

        _leftOut = Math.Clamp(_leftOut * 2, 1, MostLeftOut);
        _toLeaveOut = _leftOut;
    }

    /// <summary>A commit is about to be answered.</summary>
    /// <param name="callers">Who gets an answer.</param>
    /// <param name="waiting">Who waits for the next commit.</param>
    public void Answers(int callers, int waiting)
    {
        _expected = callers + waiting;
        _someoneCame = false;
    }
}
