using System.Collections.Concurrent;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <content>Keys of partitions: read, remembered, destroyed.</content>
public sealed partial class SealedDocumentStore
{
    private PartitionKey? _shared;

    /// <inheritdoc/>
    public ValueTask<BatchOutcome> CommitOpenAsync(string partition, IReadOnlyList<DocumentWrite> writes, CancellationToken cancellation = default) =>
        inner.CommitAsync(partition, writes, cancellation);

    /// <inheritdoc/>
    public async Task DestroyKeyAsync(string partition, Instant at, CancellationToken cancellation = default)
    {
        if (!_rules.HasKey(partition)) throw new ArgumentException($"'{partition}' has no key of its own.", nameof(partition));
        await Attempts.UntilCommittedAsync<object>(async () =>
        {
            var document = await inner.ReadAsync(partition, PersonalKey.Id, cancellation);
            if (document is not null && LoyaltyJson.Read<PersonalKey>(document.Body.Span).Key is null) return this;
            var body = LoyaltyJson.Write(new PersonalKey { DestroyedAt = at });
            DocumentWrite write = document is null
                ? new DocumentWrite.Create(PersonalKey.Id, PersonalKey.Kind, body)
                : new DocumentWrite.Replace(PersonalKey.Id, document.ETag, PersonalKey.Kind, body);
            return (await inner.CommitAsync(partition, [write], cancellation)).IsCommitted ? this : null;
        });
        _cache.Forget(partition);
    }

    /// <inheritdoc/>
    public async Task<bool> IsDestroyedAsync(string partition, CancellationToken cancellation = default) =>
        await inner.ReadAsync(partition, PersonalKey.Id, cancellation) is { } document && LoyaltyJson.Read<PersonalKey>(document.Body.Span).Key is null;

    /// <inheritdoc/>
    public ValueTask<string> HashAsync(string text, CancellationToken cancellation = default) => ring.HashAsync(text, cancellation);

    /// <summary>null: it is to be read.</summary>
    private PartitionKey? KnownKey(string partition) => _rules.IsShared(partition) ? _shared : _cache.Find(partition);

    private async ValueTask<PartitionKey> FindKeyAsync(string partition, CancellationToken cancellation)
    {
        if (KnownKey(partition) is { } known) return known;
        if (_rules.IsShared(partition)) return _shared = new PartitionKey(await ring.SharedKeyAsync(cancellation), IsDestroyed: false);
        if (await inner.ReadAsync(partition, PersonalKey.Id, cancellation) is not { } document) return PartitionKey.None;
        var read = LoyaltyJson.Read<PersonalKey>(document.Body.Span);
        if (read.Key is null) return PartitionKey.Destroyed;
        var found = new PartitionKey(await ring.UnwrapAsync(partition, read.Key, cancellation), IsDestroyed: false);
        _cache.Remember(partition, found);
        return found;
    }

    /// <param name="Key">null: there is none.</param>
    /// <param name="IsDestroyed">There was one.</param>
    private sealed record PartitionKey(byte[]? Key, bool IsDestroyed)
    {
        public static PartitionKey None { get; } = new(null, IsDestroyed: false);

        public static PartitionKey Destroyed { get; } = new(null, IsDestroyed: true);
    }

    /// <summary>Keys used lately: two halves, of which the older is dropped when the younger is full.</summary>
    private sealed class KeyCache
    {
        private const int Half = 20_000;
        private ConcurrentDictionary<string, PartitionKey> _younger = new(StringComparer.Ordinal);
        private ConcurrentDictionary<string, PartitionKey> _older = new(StringComparer.Ordinal);
        private int _count;

        public PartitionKey? Find(string partition)
        {
            if (_younger.TryGetValue(partition, out var key)) return key;
            if (!_older.TryGetValue(partition, out key)) return null;
            Remember(partition, key);
            return key;
        }

        public void Remember(string partition, PartitionKey key)
        {
            _younger[partition] = key;
            if (Interlocked.Increment(ref _count) < Half) return;
            _older = _younger;
            _younger = new ConcurrentDictionary<string, PartitionKey>(StringComparer.Ordinal);
            _count = 0;
        }

        public void Forget(string partition)
        {
            if (_younger.TryRemove(partition, out var younger) && younger.Key is not null) KeyWrap.Forget(younger.Key);
            if (_older.TryRemove(partition, out var older) && older.Key is not null) KeyWrap.Forget(older.Key);
        }
    }
}
