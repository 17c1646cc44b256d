using Loyalty.Engine.Privacy;
using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Program;

/// <summary>What the file keeps of deleted documents: pages are zeroed as they are let go of (<c>secure_delete</c>), the log is emptied into the file and cut off.</summary>
internal sealed class FileRemains(SqliteDatabase database) : IStoreRemains
{
    /// <inheritdoc/>
    public Task<bool> ScrubAsync(CancellationToken cancellation = default) => database.ScrubAsync(rewrite: false, cancellation);
}
