using Loyalty.Engine.Limits;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Offers;

/// <summary>Limits over shards: never more than the capacity, nothing lost, found again by key.</summary>
public sealed class SharedLimitTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    [Theory]
    [InlineData("stock-x", 3, 1)]
    [InlineData("stock-x", 100, 1)]
    [InlineData("budget-x", 100, 7)]
    [InlineData("budget-x", 10, 10)]
    public async Task Acquire_ManyAtOnce_ExactlyTheCapacity(string limit, int capacity, int each)
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText());
        var grants = await Task.WhenAll(Enumerable.Range(0, 150).Select(i => Task.Run(() => world.Counter.Limits.AcquireAsync(Request($"k{i}", each, capacity) with { Limit = limit }))));
        Assert.Equal(capacity / each, grants.Count(static grant => grant is not null));
        Assert.Equal(capacity % each, await world.Counter.Limits.LeftAsync(limit, capacity));
    }

    [Fact]
    public async Task Acquire_SameKeyAtOnce_TakesOnce()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText());
        for (var i = 0; i < 20; i++)
        {
            var key = $"k{i}";
            Assert.All(await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => world.Counter.Limits.AcquireAsync(Request(key, 5, 100))))), Assert.NotNull);
        }

        Assert.Equal(0, await world.Counter.Limits.LeftAsync("stock-x", 100));
        Assert.Null(await world.Counter.Limits.AcquireAsync(Request("k99", 1, 100)));
        Assert.NotNull(await world.Counter.Limits.AcquireAsync(Request("k7", 5, 100)));
    }

    [Fact]
    public async Task Settle_NobodyConfirmed_UsedIsKeptAndUnusedGivenBack()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText());
        var limits = world.Counter.Limits;
        foreach (var key in new[] { "used", "unused", "confirmed", "released" }) Assert.NotNull(await limits.AcquireAsync(Request(key, 2, 8)));
        await world.Store.CommitAsync("customer:used", [new DocumentWrite.Create("note", Kinds.Code, "{}"u8.ToArray())]);
        await limits.ConfirmAsync("stock-x", "confirmed");
        await limits.ReleaseAsync("stock-x", "released");
        await limits.ReleaseAsync("stock-x", "confirmed");
        Assert.Equal(2, await limits.LeftAsync("stock-x", 8));
        await world.PassAsync(Duration.FromMinutes(9));
        Assert.Equal(2, await limits.LeftAsync("stock-x", 8));
        await world.PassAsync(Duration.FromMinutes(3));
        Assert.Equal(4, await limits.LeftAsync("stock-x", 8));
        Assert.NotNull(await limits.AcquireAsync(Request("unused", 2, 8)));
        Assert.Equal(2, await limits.LeftAsync("stock-x", 8));
    }

    private static LimitRequest Request(string key, int amount, int capacity) => new("stock-x", key, amount, capacity, new TakeOutcome("customer:" + key, "note"));
}
