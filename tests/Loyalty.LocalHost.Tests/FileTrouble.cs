using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Tests;

/// <summary>
/// A file that takes no writes for a while, as on a full disk: somebody else keeps it locked. Whoever shall be refused opens it with
/// <see cref="Patience"/>. Reads go on.
/// </summary>
internal sealed class FileTrouble : IAsyncDisposable
{
    /// <summary>How long the refused wait for the lock.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);

    /// <summary>Longer than any pause.</summary>
    public static readonly TimeSpan LongEnough = TimeSpan.FromMinutes(1);

    private readonly SqliteDatabase _other;
    private readonly ManualResetEventSlim _over = new();
    private Task _lock = Task.CompletedTask;

    private FileTrouble(string path) => _other = SqliteDatabase.Open(path);

    public static async Task<FileTrouble> BeginAsync(string path)
    {
        var trouble = new FileTrouble(path);
        var begun = new TaskCompletionSource();
        trouble._lock = trouble._other.WriteAsync(_ =>
        {
            begun.TrySetResult();
            trouble._over.Wait();
        });
        await begun.Task;
        return trouble;
    }

    public async Task EndAsync()
    {
        _over.Set();
        await _lock;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _other.DisposeAsync();
        _over.Dispose();
    }
}
