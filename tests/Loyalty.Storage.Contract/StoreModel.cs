using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Storage.Contract;

/// <summary>The store in a few lines: what the random operations are compared with.</summary>
internal sealed class StoreModel
{
    private readonly Dictionary<(string Partition, string Id), Entry> _entries = [];
    private long _changes;

    /// <summary>ETags that were once valid, per document, to try old ones.</summary>
    public Dictionary<(string Partition, string Id), List<string>> OldETags { get; } = [];

    public sealed record Entry(string ETag, string Kind, int Value, Instant? WakeAt, Instant? ExpiresAt, long Change);

    public Entry? Find(string partition, string id, Instant now) =>
        _entries.TryGetValue((partition, id), out Entry? entry) && (entry.ExpiresAt is not { } expiry || expiry > now) ? entry : null;

    public IEnumerable<((string Partition, string Id) Key, Entry Entry)> Present(Instant now) =>
        from pair in _entries where Find(pair.Key.Partition, pair.Key.Id, now) is not null select (pair.Key, pair.Value);

    public BatchOutcome.Refused? Check(string partition, IReadOnlyList<DocumentWrite> writes, Instant now)
    {
        for (int index = 0; index < writes.Count; index++)
        {
            Entry? present = Find(partition, writes[index].Id, now);
            WriteRefusal? reason = writes[index] switch
            {
                DocumentWrite.Create => present is null ? null : WriteRefusal.Exists,
                DocumentWrite.Replace replace => CheckTag(present, replace.ETag),
                DocumentWrite.Delete delete => CheckTag(present, delete.ETag),
                DocumentWrite.Guard guard => CheckTag(present, guard.ETag),
                _ => null,
            };
            if (reason is { } refusal)
            {
                return new BatchOutcome.Refused(index, refusal);
            }
        }

        return null;
    }

    /// <summary>Applies a batch the store has committed, with the store's ETags.</summary>
    public void Apply(string partition, IReadOnlyList<(DocumentWrite Write, int Value)> writes, IReadOnlyList<string?> etags)
    {
        for (int index = 0; index < writes.Count; index++)
        {
            (string, string) key = (partition, writes[index].Write.Id);
            switch (writes[index].Write)
            {
                case DocumentWrite.Create write:
                    Set(key, etags[index], write.Kind, writes[index].Value, write.WakeAt, write.ExpiresAt);
                    break;
                case DocumentWrite.Upsert write:
                    Set(key, etags[index], write.Kind, writes[index].Value, write.WakeAt, write.ExpiresAt);
                    break;
                case DocumentWrite.Replace write:
                    Set(key, etags[index], write.Kind, writes[index].Value, write.WakeAt, write.ExpiresAt);
                    break;
                case DocumentWrite.Delete:
                    Assert.Null(etags[index]);
                    _entries.Remove(key);
                    break;
                case DocumentWrite.Guard:
                    // A store may or may not renew the ETag of what was guarded.
                    _entries[key] = _entries[key] with { ETag = Assert.IsType<string>(etags[index]) };
                    break;
            }
        }
    }

    private void Set((string Partition, string Id) key, string? etag, string kind, int value, Instant? wakeAt, Instant? expiresAt)
    {
        string given = Assert.IsType<string>(etag);
        if (!OldETags.TryGetValue(key, out List<string>? old))
        {
            OldETags[key] = old = [];
        }

        Assert.DoesNotContain(given, old);
        old.Add(given);
        _entries[key] = new Entry(given, kind, value, wakeAt, expiresAt, ++_changes);
    }

    private static WriteRefusal? CheckTag(Entry? present, string? etag)
    {
        if (present is null)
        {
            return WriteRefusal.Missing;
        }

        return etag is null || etag == present.ETag ? null : WriteRefusal.Changed;
    }
}
