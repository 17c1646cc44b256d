using Loyalty.Core;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Privacy;

namespace Loyalty.Delivery.Mail;

/// <summary>
/// The channel for one machine: each message becomes one <c>.eml</c> file in a folder, which any mail program opens.
/// The file's name follows from the operation id, so a second hand-over with the same id writes nothing and answers the
/// same, also from another process.
/// </summary>
public sealed class OutboxChannel : IMessageChannel, IMessageCopies
{
    private readonly string _folder;
    private readonly bool _flushToDisk;

    /// <param name="folder">Made if it is not there.</param>
    /// <param name="flushToDisk">True (the default): a message survives a power cut once it is answered; false: a crash
    /// of the process only.</param>
    public OutboxChannel(string folder, bool flushToDisk = true)
    {
        _folder = Path.GetFullPath(folder);
        _flushToDisk = flushToDisk;
        Directory.CreateDirectory(_folder);
    }

    /// <summary>The name of the file of an operation.</summary>
    public static string FileName(string operationId) =>
        $"{EmlWriter.SafeName(operationId, 80)}.{Hashing.Id(12, "outbox", operationId)}.eml";

    /// <inheritdoc/>
    public async Task<HandOver> SendAsync(
        OutgoingMessage message, string operationId, CancellationToken cancellation = default)
    {
        var name = FileName(operationId);
        var path = Path.Combine(_folder, name);
        if (File.Exists(path)) return new HandOver.Accepted(name);
        var (bytes, reason) = EmlWriter.Write(message, operationId);
        if (bytes is null) return new HandOver.Refused(reason);
        try
        {
            await PlaceAsync(path, bytes, cancellation);
            return new HandOver.Accepted(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(path)) return new HandOver.Accepted(name);
            throw new ChannelUnavailableException($"The outbox folder cannot be written: {e.Message}", inner: e);
        }
    }

    /// <inheritdoc/>
    public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default)
    {
        var name = FileName(operationId);
        HandOver answer = File.Exists(Path.Combine(_folder, name))
            ? new HandOver.Accepted(name)
            : new HandOver.NeverSeen();
        return Task.FromResult(answer);
    }

    /// <inheritdoc/>
    public void Remove(string operationId) => File.Delete(Path.Combine(_folder, FileName(operationId)));

    /// <inheritdoc/>
    public void RemoveUnfinished()
    {
        foreach (var path in Directory.EnumerateFiles(_folder, ".*"))
        {
            try
            {
                // Whoever is writing it has it locked; if that one is between closing and moving it, it writes again.
                using (new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None)) File.Delete(path);
            }
            catch (IOException)
            {
                // Being written, or gone.
            }
        }
    }

    /// <summary>
    /// Written aside and moved into place, so that a reader never sees half a message; of two racers the first stays.
    /// </summary>
    private async Task PlaceAsync(string path, byte[] bytes, CancellationToken cancellation)
    {
        var aside = Path.Combine(_folder, "." + Path.GetRandomFileName());
        try
        {
            var file = new FileStream(
                aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, 4096, FileOptions.Asynchronous);
            await using (file)
            {
                await file.WriteAsync(bytes, cancellation);
                await file.FlushAsync(cancellation);
                if (_flushToDisk) file.Flush(flushToDisk: true);
            }

            File.Move(aside, path, overwrite: false);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
