namespace Loyalty.Storage.Sqlite;

/// <summary>How a <see cref="SqliteDatabase"/> is opened.</summary>
/// <param name="Path">The file; made, with its folder, if it is not there.</param>
public sealed record SqliteDatabaseOptions(string Path)
{
    /// <summary>The wall clock of lease and lingering writes; never virtual, since other processes live by it too. Default: the system's.</summary>
    public TimeProvider WallClock { get; init; } = TimeProvider.System;

    /// <summary>How long a write waits for another process that holds the file's write lock. Default 10 s; above 0.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a write that rides along waits for a group before it makes one of its own. Default 100 ms.</summary>
    public TimeSpan RiderDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long an owner's lease is valid without renewal. Default 15 s.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Most writes that share one commit. Default 1,024; 1 to 100,000.</summary>
    public int GroupWrites { get; init; } = 1024;

    /// <summary>
    /// True (the default): an acknowledged write survives a power cut (<c>synchronous=FULL</c>). False: it survives the end of the process, however
    /// sudden, and a power cut may take the last writes but never harms the file (<c>synchronous=NORMAL</c>): for demos and tests.
    /// </summary>
    public bool SurvivesPowerCut { get; init; } = true;

    /// <summary>
    /// True: the file is only read, and may lie where nothing can be written; every write fails with
    /// <see cref="Engine.Storage.StoreUnavailableException"/>. Default false.
    /// </summary>
    public bool ReadOnly { get; init; }

    internal bool IsValid => !string.IsNullOrWhiteSpace(Path) && GroupWrites is >= 1 and <= 100_000 && BusyTimeout > TimeSpan.Zero
        && LeaseDuration > TimeSpan.Zero && RiderDelay >= TimeSpan.Zero;
}

/// <summary>What a write must still be allowed to do when its group commits.</summary>
public enum WriteFence
{
    /// <summary>Any process may write this (documents, which carry ETags).</summary>
    None,

    /// <summary>Only the owner of the file; otherwise <see cref="OwnershipLostException"/> and nothing is changed.</summary>
    Owner,
}

/// <summary>Counters since the database was opened.</summary>
/// <param name="Groups">Commits.</param>
/// <param name="Writes">Acknowledged writes; <c>Writes / Groups</c> is how many share an fsync.</param>
/// <param name="LargestGroup">Most writes of one commit.</param>
/// <param name="RolledBackGroups">Groups that were run again one by one because a write threw.</param>
public sealed record SqliteDatabaseCounters(long Groups, long Writes, long LargestGroup, long RolledBackGroups);

/// <summary>A group was committed.</summary>
public sealed class GroupCommittedEventArgs : EventArgs
{
    internal GroupCommittedEventArgs(long number, int writes)
    {
        Number = number;
        Writes = writes;
    }

    /// <summary>Counts the groups from 1.</summary>
    public long Number { get; }

    /// <summary>How many writes it had.</summary>
    public int Writes { get; }
}

/// <summary>A write that nobody waits for failed.</summary>
public sealed class BackgroundWriteFailedEventArgs : EventArgs
{
    internal BackgroundWriteFailedEventArgs(Exception failure) => Failure = failure;

    /// <summary>Why.</summary>
    public Exception Failure { get; }
}
