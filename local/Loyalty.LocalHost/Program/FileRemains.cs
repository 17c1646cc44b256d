using Loyalty.Engine.Privacy;
using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Program;

/// <summary>What the file keeps of deleted documents: pages are zeroed as they are let go of (<c>secure_delete</c>), the log is emptied into the file and cut off.</summary>
internal sealed class FileRemains(SqliteDatabase database) : IStoreRemains
{
    private const int Attempts = 5;

    /// <inheritdoc/>
    public async Task<bool> ScrubAsync(CancellationToken cancellation = default)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await database.ScrubAsync(rewrite: false, cancellation)) return true;
        }

        return false;
    }
}
