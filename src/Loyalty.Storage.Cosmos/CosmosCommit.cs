using System.Net;
using Loyalty.Engine.Storage;
using Microsoft.Azure.Cosmos;
using NodaTime;

namespace Loyalty.Storage.Cosmos;

/// <summary>
/// One commit. It is made again when its outcome is unknown, safely: every document of it carries the commit's own token, so a refusal of the second
/// attempt by what the first one wrote is recognised as success.
/// </summary>
internal sealed class CosmosCommit
{
    private const string Operation = "commit";

    /// <summary>How often expired documents may get in the way: each time somebody else was faster.</summary>
    private const int TurnLimit = 50;

    private readonly Container _container;
    private readonly CosmosCalls _calls;
    private readonly IClock _clock;
    private readonly string _partition;
    private readonly IReadOnlyList<DocumentWrite> _writes;
    private readonly string _token;

    /// <summary>By position: the service's ETag of the document that a write without one meets.</summary>
    private readonly string?[] _met;

    private bool _isInDoubt;

    public CosmosCommit(
        Container container, CosmosCalls calls, IClock clock, string partition, IReadOnlyList<DocumentWrite> writes, string token)
    {
        _container = container;
        _calls = calls;
        _clock = clock;
        _partition = partition;
        _writes = writes;
        _token = token;
        _met = new string?[writes.Count];
    }

    public delegate Task<Stored?> Reader(string partition, string id, CancellationToken cancellation);

    public async Task<BatchOutcome> RunAsync(Reader read, CancellationToken cancellation)
    {
        int attempt = 0;
        for (int turn = 0; turn < TurnLimit; turn++)
        {
            if (NamesExpired(_clock.GetCurrentInstant()) || !await MeetAsync(read, cancellation))
            {
                if (await FindRefusalAsync(read, cancellation) is { } refused) return refused;
                continue;
            }

            var answer = await SendAsync(cancellation);
            using var response = answer.Response;
            using var batch = answer.Batch;
            if (answer.IsSuccess) return new BatchOutcome.Committed(ETags(answer));
            if (RefusedAt(answer) is { } at)
            {
                if (await JudgeAsync(at.Index, at.Status, read, cancellation) is { } outcome) return outcome;
                continue;
            }

            _isInDoubt |= answer.IsInDoubt;
            await _calls.WaitOrThrowAsync(Operation, answer, attempt++, cancellation);
        }

        throw new StoreUnavailableException($"The partition changed under {TurnLimit} attempts in a row.");
    }

    /// <summary>True where a write stands under the ETag of a document that has expired by our clock: the service may still have it.</summary>
    private bool NamesExpired(Instant now) => _writes.Any(write => ETagOf(write) is { } etag && ETagText.Read(etag).ExpiresAt <= now);

    private static string? ETagOf(DocumentWrite write) => write switch
    {
        DocumentWrite.Replace replace => replace.ETag,
        DocumentWrite.Guard guard => guard.ETag,
        DocumentWrite.Delete delete => delete.ETag,
        _ => null,
    };

    /// <summary>A delete without an ETag must not take away what is expired without saying "missing": it is looked at first.</summary>
    /// <returns>False: one is not there.</returns>
    private async Task<bool> MeetAsync(Reader read, CancellationToken cancellation)
    {
        for (int index = 0; index < _writes.Count; index++)
        {
            if (_writes[index] is not DocumentWrite.Delete { ETag: null } || _met[index] is not null) continue;
            var stored = await read(_partition, _writes[index].Id, cancellation);
            if (stored?.IsPresent(_clock.GetCurrentInstant()) != true) return false;
            _met[index] = stored.RawETag;
        }

        return true;
    }

    /// <summary>Reads what the writes name, in their order, and answers with the first that cannot be done. null: meanwhile all can.</summary>
    private async Task<BatchOutcome?> FindRefusalAsync(Reader read, CancellationToken cancellation)
    {
        if (_isInDoubt && await RecogniseAsync(read, cancellation) is { } committed) return committed;
        for (int index = 0; index < _writes.Count; index++)
        {
            if (_writes[index] is DocumentWrite.Upsert) continue;
            var stored = await read(_partition, _writes[index].Id, cancellation);
            bool isPresent = stored?.IsPresent(_clock.GetCurrentInstant()) == true;
            WriteRefusal? reason = _writes[index] switch
            {
                DocumentWrite.Create => isPresent ? WriteRefusal.Exists : null,
                _ when !isPresent => WriteRefusal.Missing,
                var write => ETagOf(write) is { } etag && etag != stored!.Document.ETag ? WriteRefusal.Changed : null,
            };
            if (reason is { } refusal) return new BatchOutcome.Refused(index, refusal);
        }

        return null;
    }

    private async Task<Answer> SendAsync(CancellationToken cancellation)
    {
        var key = new PartitionKey(_partition);
        if (_writes.Count == 1 && AddressText.IsSafe(_writes[0].Id)) return await CosmosCalls.TryAsync(Operation, () => SendOneAsync(key, cancellation), cancellation);
        var now = _clock.GetCurrentInstant();
        var batch = _container.CreateTransactionalBatch(key);
        for (int index = 0; index < _writes.Count; index++) Add(batch, index, now);
        return await CosmosCalls.TryBatchAsync(Operation, () => batch.ExecuteAsync(cancellation), cancellation);
    }

    private void Add(TransactionalBatch batch, int index, Instant now)
    {
        var write = _writes[index];
        var options = new TransactionalBatchItemRequestOptions { IfMatchEtag = Condition(index), EnableContentResponseOnWrite = false };
        switch (write)
        {
            case DocumentWrite.Create when _met[index] is not null: batch.ReplaceItemStream(write.Id, Body(write, now), options); break;
            case DocumentWrite.Create: batch.CreateItemStream(Body(write, now), options); break;
            case DocumentWrite.Upsert: batch.UpsertItemStream(Body(write, now), options); break;
            case DocumentWrite.Replace: batch.ReplaceItemStream(write.Id, Body(write, now), options); break;
            case DocumentWrite.Delete: batch.DeleteItem(write.Id, options); break;
            case DocumentWrite.Guard:
                var guard = new TransactionalBatchPatchItemRequestOptions { IfMatchEtag = Condition(index), EnableContentResponseOnWrite = false };
                batch.PatchItem(write.Id, Touch(), guard);
                break;
            default: throw new InvalidOperationException($"Unknown write {write.GetType()}.");
        }
    }

    private Task<ResponseMessage> SendOneAsync(PartitionKey key, CancellationToken cancellation)
    {
        var write = _writes[0];
        var now = _clock.GetCurrentInstant();
        var options = new ItemRequestOptions { IfMatchEtag = Condition(0), EnableContentResponseOnWrite = false };
        return write switch
        {
            DocumentWrite.Create when _met[0] is not null => _container.ReplaceItemStreamAsync(Body(write, now), write.Id, key, options, cancellation),
            DocumentWrite.Create => _container.CreateItemStreamAsync(Body(write, now), key, options, cancellation),
            DocumentWrite.Upsert => _container.UpsertItemStreamAsync(Body(write, now), key, options, cancellation),
            DocumentWrite.Replace => _container.ReplaceItemStreamAsync(Body(write, now), write.Id, key, options, cancellation),
            DocumentWrite.Delete => _container.DeleteItemStreamAsync(write.Id, key, options, cancellation),
            DocumentWrite.Guard => _container.PatchItemStreamAsync(
                write.Id, key, Touch(), new PatchItemRequestOptions { IfMatchEtag = Condition(0), EnableContentResponseOnWrite = false }, cancellation),
            _ => throw new InvalidOperationException($"Unknown write {write.GetType()}."),
        };
    }

    private string? Condition(int index) => ETagOf(_writes[index]) is { } etag ? ETagText.Read(etag).Raw : _met[index];

    /// <summary>What a guard writes: the service has no condition without a write, so the smallest one, in a property nobody decides by.</summary>
    private PatchOperation[] Touch() => [PatchOperation.Set("/w", _token)];

    private MemoryStream Body(DocumentWrite write, Instant now) => Envelope.Write(_partition, write.Id, ContentOf(write), _token, now);

    private static Content ContentOf(DocumentWrite write) => write switch
    {
        DocumentWrite.Create create => new Content(create.Kind, create.Body, create.WakeAt, create.ExpiresAt),
        DocumentWrite.Replace replace => new Content(replace.Kind, replace.Body, replace.WakeAt, replace.ExpiresAt),
        DocumentWrite.Upsert upsert => new Content(upsert.Kind, upsert.Body, upsert.WakeAt, upsert.ExpiresAt),
        _ => throw new InvalidOperationException($"{write.GetType()} has no content."),
    };

    private string?[] ETags(Answer answer)
    {
        var etags = new string?[_writes.Count];
        for (int index = 0; index < etags.Length; index++)
        {
            string raw = answer.Batch is { } batch ? batch[index].ETag : answer.Response!.Headers.ETag;
            etags[index] = ETagAfter(_writes[index], raw);
        }

        return etags;
    }

    private static string? ETagAfter(DocumentWrite write, string raw) => write switch
    {
        DocumentWrite.Delete => null,
        // The guarded document keeps its expiry.
        DocumentWrite.Guard guard => ETagText.Write(raw, ETagText.Read(guard.ETag).ExpiresAt?.ToUnixTimeSeconds()),
        _ => ETagText.Write(raw, ContentOf(write).ExpiresAt?.ToUnixTimeSeconds()),
    };

    /// <summary>Which write the service refused, if it was one of the refusals that are values.</summary>
    private static (int Index, int Status)? RefusedAt(Answer answer)
    {
        if (answer.Batch is not { } batch) return answer.Status is 404 or 409 or 412 && IsPlain(answer.Response) ? (0, answer.Status) : null;
        for (int index = 0; index < batch.Count; index++)
        {
            int status = (int)batch[index].StatusCode;
            if (status is 404 or 409 or 412) return (index, status);
            if (status != (int)HttpStatusCode.FailedDependency && !batch[index].IsSuccessStatusCode) return null;
        }

        return null;
    }

    private static bool IsPlain(ResponseMessage? response) => response is not null && response.Headers["x-ms-substatus"] is null or "" or "0";

    /// <returns>null: it was no refusal of what was asked; try again.</returns>
    private async Task<BatchOutcome?> JudgeAsync(int index, int status, Reader read, CancellationToken cancellation)
    {
        var stored = await read(_partition, _writes[index].Id, cancellation);
        // The SDK, too, may have sent the batch twice: what stands in the way may be our own.
        if ((stored?.Token == _token || _isInDoubt) && await RecogniseAsync(read, cancellation) is { } committed) return committed;
        bool hadMet = _met[index] is not null;
        _met[index] = null;
        switch (_writes[index])
        {
            case DocumentWrite.Create when status == 409 && stored is not null && !stored.IsPresent(_clock.GetCurrentInstant()):
                // Expired, but the service has it still: the new document takes its place.
                _met[index] = stored.RawETag;
                return null;
            case DocumentWrite.Create when stored is null || hadMet: return null;
            case DocumentWrite.Create: return new BatchOutcome.Refused(index, WriteRefusal.Exists);
            case DocumentWrite.Delete { ETag: null }: return null;
            case DocumentWrite.Upsert: return null;
            // Changed, and expired since: gone all the same, though the service has it still.
            default:
                bool isMissing = status == 404 || stored?.IsPresent(_clock.GetCurrentInstant()) != true;
                return new BatchOutcome.Refused(index, isMissing ? WriteRefusal.Missing : WriteRefusal.Changed);
        }
    }

    /// <summary>
    /// Whether an attempt without an answer was done after all: then its token is on what it wrote. Deletes leave nothing to find it on; where there
    /// were only deletes and all is gone, it counts as done.
    /// </summary>
    private async Task<BatchOutcome?> RecogniseAsync(Reader read, CancellationToken cancellation)
    {
        var etags = new string?[_writes.Count];
        bool isOurs = false;
        bool isGone = true;
        for (int index = 0; index < _writes.Count; index++)
        {
            var stored = await read(_partition, _writes[index].Id, cancellation);
            isGone &= stored is null && _writes[index] is DocumentWrite.Delete;
            if (_writes[index] is DocumentWrite.Delete) continue;
            bool mine = stored?.Token == _token;
            isOurs |= mine;
            // Overwritten since: the ETag it had is nobody's any more.
            etags[index] = mine ? stored!.Document.ETag : "\"overwritten\"";
        }

        return isOurs || (isGone && _isInDoubt) ? new BatchOutcome.Committed(etags) : null;
    }
}
