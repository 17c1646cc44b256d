using System.Collections.Concurrent;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Ledger;
using Loyalty.Core.Offers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Limits;

/// <summary>
/// Limits that many people share: stock and pools of codes in <see cref="Shards"/> partitions each, so that people do not stand in each other's way;
/// a budget in one, because amounts that had to be put together from several would refuse each other near its end. Acquire, commit what it is for, confirm; what nobody confirmed is settled after ten minutes by reading whether it was used.
/// Never more than the capacity is taken; a take is found again by its key.
/// </summary>
/// <remarks>
/// A budget of points is spread over shards all the same: who asks there takes less where less is left, so nobody is refused for what lies in pieces.
/// A take begins in the home shard of its key, which notes it even where all of it has to come from others; so one read tells a key that is new. A
/// capacity that changes is spread anew: a shard that has given more than its new share gives nothing until it has.
/// </remarks>
public sealed class SharedLimits(IDocumentStore store, IClock clock)
{
    /// <summary>Partitions of a limit. It never changes: keys would lose their home.</summary>
    public const int Shards = 8;

    private const long All = long.MaxValue;
    private const string PoolPrefix = "pool-";
    private const string BudgetPrefix = "budget-";
    private const string TakePrefix = "take-";
    private readonly ConcurrentDictionary<(string Limit, int Shard), SemaphoreSlim> _turns = new();

    /// <summary>After this an unconfirmed take is settled.</summary>
    public static Duration SettleAfter { get; } = Duration.FromMinutes(10);

    /// <summary>What relies on a take is committed within this time of it, or the take is acquired again: far from where it is settled.</summary>
    public static Duration CommitWithin { get; } = Duration.FromMinutes(4);

    private static Duration RefreshAfter { get; } = Duration.FromMinutes(1);

    private static Duration Kept { get; } = Duration.FromDays(90);

    /// <summary>The limit of an offer's stock.</summary>
    public static string StockOf(string offer) => "stock-" + offer;

    /// <summary>The limit of an offer's budget.</summary>
    public static string BudgetOf(string offer) => BudgetPrefix + offer;

    /// <summary>The limit of an earning rule's budget over all customers.</summary>
    public static string PointsOf(string rule) => "points-" + rule;

    /// <summary>The limit of an offer's pool.</summary>
    public static string PoolOf(string offer) => PoolPrefix + offer;

    /// <summary>Takes a part, or finds what the key has taken. null: there is not enough; nothing is taken.</summary>
    public async Task<LimitGrant?> AcquireAsync(LimitRequest request, CancellationToken cancellation = default)
    {
        var home = HomeOf(request.Limit, request.Key);
        var first = await TouchInTurnAsync(request, home, request.Amount, isHome: true, cancellation);
        if (first is null) return null;
        var shards = ShardsOf(request.Limit);
        var parts = new LimitTake?[shards];
        parts[home] = first;
        // What an earlier attempt took is found before anything more is taken.
        for (var wanted = 0; wanted <= 1; wanted++)
        {
            for (var i = 1; i < shards; i++)
            {
                var missing = request.Amount - parts.Sum(static part => part?.Amount ?? 0);
                if (missing <= 0) return Grant();
                var shard = (home + i) % shards;
                parts[shard] ??= await TouchInTurnAsync(request, shard, missing * wanted, isHome: false, cancellation);
            }
        }

        var taken = parts.Sum(static part => part?.Amount ?? 0);
        if (taken >= request.Amount || (request.TakesPart && taken > 0)) return Grant();
        await ReleaseAsync(request.Limit, request.Key, cancellation);
        return null;

        LimitGrant Grant() => new(
            parts.Where(static part => part is { Amount: > 0 }).Min(static part => part!.At),
            parts.FirstOrDefault(static part => part?.Code is not null)?.Code)
        {
            Amount = parts.Sum(static part => part?.Amount ?? 0),
        };
    }

    /// <summary>What it was taken for is committed. Told twice, or for a key that took nothing: nothing changes.</summary>
    public Task ConfirmAsync(string limit, string key, CancellationToken cancellation = default) =>
        CloseAsync(limit, key, used: All, cancellation);

    /// <summary>Of what was taken so much was used; the rest is free again.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="key">The purpose.</param>
    /// <param name="used">0 or more.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task ConfirmAsync(string limit, string key, long used, CancellationToken cancellation = default) =>
        CloseAsync(limit, key, used, cancellation);

    /// <summary>What it was taken for will not be: it is free again. What was confirmed stays taken.</summary>
    public Task ReleaseAsync(string limit, string key, CancellationToken cancellation = default) =>
        CloseAsync(limit, key, used: 0, cancellation);

    /// <summary>How much is left.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="capacity">Of the whole.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<long> LeftAsync(string limit, long capacity, CancellationToken cancellation = default)
    {
        var left = 0L;
        for (var shard = 0; shard < ShardsOf(limit); shard++) left += await RoomAsync(ShelfOf(limit, capacity), limit, shard, cancellation);
        return left;
    }

    /// <summary>How many codes of a pool nobody has yet, counted as far as a shard looks ahead: enough to say whether it runs out.</summary>
    public async Task<PoolCount> PoolLeftAsync(string offer, CancellationToken cancellation = default)
    {
        var (number, mayBeMore) = (0L, false);
        for (var shard = 0; shard < Shards; shard++)
        {
            var room = await RoomAsync(ShelfOf(PoolOf(offer), 0), PoolOf(offer), shard, cancellation);
            number += room;
            mayBeMore |= room == LimitShelf.Pool.Looked;
        }

        return new PoolCount(number, mayBeMore);
    }

    /// <summary>The due scan found a take that nobody confirmed: used is confirmed, unused given back.</summary>
    /// <param name="limitAndShard">The partition without its prefix.</param>
    /// <param name="id">The take's document.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task SettleAsync(string limitAndShard, string id, CancellationToken cancellation = default)
    {
        var limit = limitAndShard[..limitAndShard.LastIndexOf(':')];
        var shard = int.Parse(limitAndShard[(limit.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        var partition = Keys.LimitPartition(limit, shard);
        await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, partition);
            if (await session.ReadAsync<LimitTake>(id, cancellation) is not { IsOpen: true } take) return new object();
            // Read after the take: what relied on it was committed long before, or never will be.
            var used = await UsedAsync(take.Outcome, cancellation);
            var place = (shard - HomeOf(limit, take.Key) + ShardsOf(limit)) % ShardsOf(limit);
            await PutClosedAsync(session, limit, id, take, await ShareAsync(limit, take.Key, place, take.Amount, used, cancellation), used > 0, cancellation);
            return await session.CommitAsync(cancellation) ? new object() : null;
        });
    }

    private static int ShardsOf(string limit) => limit.StartsWith(BudgetPrefix, StringComparison.Ordinal) ? 1 : Shards;

    private static int HomeOf(string limit, string key) => (int)(Hashing.Draw("shard", limit, key) * ShardsOf(limit));

    private static string TakeId(string key) => TakePrefix + Hashing.Id(32, key);

    private LimitShelf ShelfOf(string limit, long capacity) => limit.StartsWith(PoolPrefix, StringComparison.Ordinal)
        ? new LimitShelf.Pool(limit, store)
        : new LimitShelf.Counter(limit, capacity, ShardsOf(limit));

    private ValueTask<long> RoomAsync(LimitShelf shelf, string limit, int shard, CancellationToken cancellation) =>
        shelf.RoomAsync(new PartitionSession(store, Keys.LimitPartition(limit, shard)), shard, cancellation);

    /// <summary>One after the other in this process: only other processes are met at the commit.</summary>
    private async Task<LimitTake?> TouchInTurnAsync(LimitRequest request, int shard, long wanted, bool isHome, CancellationToken cancellation)
    {
        var turn = _turns.GetOrAdd((request.Limit, shard), static _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(cancellation);
        try
        {
            return (await Attempts.UntilCommittedAsync(() => TouchAsync(request, shard, wanted, isHome, cancellation))).Take;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The key's part of one shard: found, kept fresh, or taken.</summary>
    /// <returns>null: a race was lost.</returns>
    private async Task<Touched?> TouchAsync(LimitRequest request, int shard, long wanted, bool isHome, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.LimitPartition(request.Limit, shard));
        var id = TakeId(request.Key);
        var now = clock.GetCurrentInstant();
        var known = await session.ReadAsync<LimitTake>(id, cancellation);
        if (known is { ReleasedAt: null })
        {
            if (!known.IsOpen || now - known.At < RefreshAfter) return new Touched(known);
            known = known with { At = now };
            session.Put(id, Kinds.LimitTake, known, now + request.SettleAfter);
            return await session.CommitAsync(cancellation) ? new Touched(known) : null;
        }

        if (wanted == 0) return Touched.Nothing;
        var shelf = ShelfOf(request.Limit, request.Capacity);
        var got = Math.Min(wanted, await shelf.RoomAsync(session, shard, cancellation));
        var missing = request.TakesPart ? (got == 0 ? 1 : 0) : wanted - got;
        if (isHome && missing > 0 && !await IsElsewhereAsync(request, shard, missing, cancellation)) return Touched.Nothing;
        if (got == 0 && !isHome) return Touched.Nothing;
        var code = got == 0 ? null : shelf.Take(session, request.Key, got);
        var take = new LimitTake { Key = request.Key, Amount = got, Wanted = request.Amount, At = now, Outcome = request.Outcome, Code = code };
        session.Put(id, Kinds.LimitTake, take, now + request.SettleAfter);
        return await session.CommitAsync(cancellation) ? new Touched(take) : null;
    }

    /// <summary>Whether the other shards have so much: who comes when all is gone writes nothing.</summary>
    private async Task<bool> IsElsewhereAsync(LimitRequest request, int home, long missing, CancellationToken cancellation)
    {
        var shards = ShardsOf(request.Limit);
        for (var i = 1; i < shards && missing > 0; i++)
        {
            missing -= await RoomAsync(ShelfOf(request.Limit, request.Capacity), request.Limit, (home + i) % shards, cancellation);
        }

        return missing <= 0;
    }

    private async Task CloseAsync(string limit, string key, long used, CancellationToken cancellation)
    {
        var home = HomeOf(limit, key);
        // The home shard is closed last: while it is open a repetition looks into the others.
        var first = await new PartitionSession(store, Keys.LimitPartition(limit, home)).ReadAsync<LimitTake>(TakeId(key), cancellation);
        var isSpread = first is not null && first.Amount < first.Wanted;
        var shards = ShardsOf(limit);
        for (var i = isSpread ? shards - 1 : 0; i >= 0; i--)
        {
            var (place, shard) = (i, (home + i) % shards);
            await Attempts.UntilCommittedAsync(async () =>
            {
                var session = new PartitionSession(store, Keys.LimitPartition(limit, shard));
                if (await session.ReadAsync<LimitTake>(TakeId(key), cancellation) is not { IsOpen: true } take) return new object();
                await PutClosedAsync(session, limit, TakeId(key), take, await ShareAsync(limit, key, place, take.Amount, used, cancellation), used > 0, cancellation);
                return await session.CommitAsync(cancellation) ? new object() : null;
            });
        }
    }

    /// <summary>
    /// How much of one shard's part was used. What was used in all is counted from the home shard on, so that each shard finds the same by itself: amounts
    /// of takes do not change.
    /// </summary>
    private async ValueTask<long> ShareAsync(string limit, string key, int place, long amount, long used, CancellationToken cancellation)
    {
        if (used is 0 or All) return Math.Min(used, amount);
        var home = HomeOf(limit, key);
        for (var i = 0; i < place; i++)
        {
            var session = new PartitionSession(store, Keys.LimitPartition(limit, (home + i) % ShardsOf(limit)));
            used -= (await session.ReadAsync<LimitTake>(TakeId(key), cancellation))?.Amount ?? 0;
        }

        return Math.Clamp(used, 0, amount);
    }

    private async ValueTask PutClosedAsync(
        PartitionSession session, string limit, string id, LimitTake take, long used, bool isUsed, CancellationToken cancellation)
    {
        var now = clock.GetCurrentInstant();
        if (used < take.Amount) await ShelfOf(limit, capacity: 0).GiveBackAsync(session, take with { Amount = take.Amount - used }, cancellation);
        var closed = isUsed ? take with { ConfirmedAt = now, Used = used < take.Amount ? used : null } : take with { ReleasedAt = now };
        session.Put(id, Kinds.LimitTake, closed, wakeAt: null, Retention.Until(now, Kept));
    }

    private async Task<long> UsedAsync(TakeOutcome outcome, CancellationToken cancellation)
    {
        var partition = outcome.Partition;
        while (true)
        {
            if (await store.ReadAsync(partition, outcome.Id, cancellation) is { } document)
            {
                if (outcome.Entry is not null) return LoyaltyJson.Read<LedgerEntry>(document.Body.Span).Points;
                return outcome.RedeemedBy is null || LoyaltyJson.Read<CodeState>(document.Body.Span).RedeemedBy == outcome.RedeemedBy ? All : 0;
            }

            // A merge copies before it deletes: what is not here any more is with the one who stays.
            if (await store.ReadAsync(partition, Keys.CustomerId, cancellation) is not { } customer) return 0;
            if (LoyaltyJson.Read<CustomerState>(customer.Body.Span).MergedInto is not { } into) return 0;
            partition = Keys.CustomerPartition(into);
            if (outcome.Entry is { } entry) outcome = outcome with { Id = Keys.Entry(WalletMerge.MovedIdOf(into, entry.CustomerId, entry.Wallet, entry.Key)) };
        }
    }

    private sealed record Touched(LimitTake? Take)
    {
        public static Touched Nothing { get; } = new((LimitTake?)null);
    }
}
