using Loyalty.Core;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Limits;

/// <summary>What lies in the shards of a limit: a count, or codes.</summary>
internal abstract class LimitShelf(string limit)
{
    public string Partition(int shard) => Keys.LimitPartition(limit, shard);

    /// <summary>How much a shard has left.</summary>
    public abstract ValueTask<long> RoomAsync(PartitionSession session, int shard, CancellationToken cancellation);

    /// <summary>Takes so much, which <see cref="RoomAsync"/> of the same session has shown to be there.</summary>
    /// <returns>Of a pool: the code.</returns>
    public abstract string? Take(PartitionSession session, string key, long amount);

    /// <summary>Puts back what a take has.</summary>
    public abstract ValueTask GiveBackAsync(PartitionSession session, LimitTake take, CancellationToken cancellation);

    /// <summary>A number out of a limit's capacity, spread evenly over the shards.</summary>
    internal sealed class Counter(string limit, long capacity, int shards) : LimitShelf(limit)
    {
        private const string CountId = "count";
        private ShardCount _count = new(0);

        public override async ValueTask<long> RoomAsync(PartitionSession session, int shard, CancellationToken cancellation)
        {
            _count = await session.ReadAsync<ShardCount>(CountId, cancellation) ?? new ShardCount(0);
            var share = capacity / shards + (shard < capacity % shards ? 1 : 0);
            return Math.Max(0, share - _count.Taken);
        }

        public override string? Take(PartitionSession session, string key, long amount)
        {
            session.Put(CountId, Kinds.Limit, new ShardCount(_count.Taken + amount));
            return null;
        }

        public override async ValueTask GiveBackAsync(PartitionSession session, LimitTake take, CancellationToken cancellation)
        {
            if (await session.ReadAsync<ShardCount>(CountId, cancellation) is { } count)
                session.Put(CountId, Kinds.Limit, new ShardCount(Math.Max(0, count.Taken - take.Amount)));
        }
    }

    /// <summary>Imported codes, each a document until it is taken.</summary>
    internal sealed class Pool(string limit, IDocumentStore store) : LimitShelf(limit)
    {
        /// <summary>Codes that a shard looks ahead.</summary>
        public const int Looked = 16;

        private List<PooledCode> _free = [];

        public override async ValueTask<long> RoomAsync(PartitionSession session, int shard, CancellationToken cancellation)
        {
            var page = await store.QueryAsync(new DocumentQuery(Partition(shard), CodePools.FreePrefix, Looked), cancellation);
            _free = [.. page.Items.Select(session.Adopt<PooledCode>)];
            return _free.Count;
        }

        public override string? Take(PartitionSession session, string key, long amount)
        {
            // Racers look at the same codes: each begins at another one.
            var code = _free[(int)(Hashing.Draw("pool", key) * _free.Count)];
            session.Delete(CodePools.FreeId(code.Code));
            return code.Code;
        }

        public override ValueTask GiveBackAsync(PartitionSession session, LimitTake take, CancellationToken cancellation)
        {
            if (take.Code is { } code) session.Put(CodePools.FreeId(code), Kinds.PooledCode, new PooledCode(code));
            return ValueTask.CompletedTask;
        }
    }
}
