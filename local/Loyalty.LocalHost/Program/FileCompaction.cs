using Loyalty.LocalHost.Hosting;
using Loyalty.Storage.Sqlite;

namespace Loyalty.LocalHost.Program;

/// <summary>Writes a data file anew without its free pages, and cuts its log off.</summary>
public static class FileCompaction
{
    /// <summary>Compacts; needs as much room on the disk as the file takes. The file is this process's own meanwhile, so no host can begin on it.</summary>
    /// <param name="dataFile">An existing data file.</param>
    /// <param name="cancellation">Gives up before it is begun.</param>
    /// <exception cref="HostStartException">The file cannot be opened, a host has it, or somebody else reads it all the time.</exception>
    public static async Task<Compacted> RunAsync(string dataFile, CancellationToken cancellation = default)
    {
        var before = Bytes(dataFile);
        await using (var database = FunctionHost.OpenDatabase(dataFile))
        {
            if (await database.TryAcquireOwnershipAsync("loyalty compact", cancellation) is OwnershipAnswer.Held held)
                throw new HostStartException($"A host has the file ({held.By}): stop it first, compacting keeps everybody else from writing.");
            if (!await database.ScrubAsync(rewrite: true, cancellation))
                throw new HostStartException("The file was written anew, but somebody else reads it all the time, so its log could not be cut off: close what has it open and try again.");
        }

        return new Compacted(before, Bytes(dataFile));
    }

    /// <summary>The file with its log.</summary>
    private static long Bytes(string dataFile) =>
        new[] { dataFile, dataFile + "-wal" }.Select(static path => new FileInfo(path)).Where(static file => file.Exists).Sum(static file => file.Length);
}

/// <summary>What it did.</summary>
/// <param name="BytesBefore">The file with its log, before.</param>
/// <param name="BytesAfter">The same afterwards.</param>
public sealed record Compacted(long BytesBefore, long BytesAfter);
