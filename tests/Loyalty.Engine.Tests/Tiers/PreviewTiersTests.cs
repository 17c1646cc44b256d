using Loyalty.Core.Customers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Programs;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using Loyalty.Engine.Tiers;
using NodaTime;

namespace Loyalty.Engine.Tests.Tiers;

/// <summary>Who would move under another definition, over a whole store and without a write.</summary>
public sealed class PreviewTiersTests
{
    private const string Live = "tiers: { by: spend, window: 365d, levels: [ { tier: silver, from: 100 EUR }, { tier: gold, from: 500 EUR } ] }";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    [Fact]
    public async Task Preview_OtherThresholds_CountsUpDownAndStayWithASample()
    {
        await using var world = await FilledAsync();
        var view = await new PreviewTiers(world.Store, world.Programs, world.Clock).PreviewAsync(Plan("{ tier: silver, from: 150 EUR }, { tier: gold, from: 400 EUR }"), 2);

        // 10 × 50 none, 10 × 120 silver → none, 10 × 450 silver → gold, 10 × 900 gold.
        Assert.Equal((40, 10, 10, 20), (view.Customers, view.Up, view.Down, view.Stay));
        Assert.Equal([new TierCount(null, 10, 20), new TierCount("silver", 20, 0), new TierCount("gold", 10, 20)], view.Tiers.ToArray());
        Assert.Equal([("silver", null, 10L), ("silver", "gold", 10L)], view.Moves.Select(static move => (move.From!, move.To, move.Customers)));
        Assert.Equal(4, view.Sample.Length);
        Assert.All(view.Sample, static one => Assert.Equal(one.To is null ? 12_000 : 45_000, one.Counts));
    }

    [Fact]
    public async Task Preview_Any_IsWhatHappensAfterThePublishAndWritesNothing()
    {
        await using var world = await FilledAsync();
        var before = await TextAsync(world);
        var plan = Plan("{ tier: bronze, from: 40 EUR }, { tier: gold, from: 450 EUR }");
        var view = await new PreviewTiers(world.Store, world.Programs, world.Clock).PreviewAsync(plan);
        Assert.Equal(before, await TextAsync(world));
        // Silver is no more: 20 who had it are in bronze or gold, 10 of them higher.
        Assert.Equal((20, 10, 10), (view.Up, view.Down, view.Stay));

        var model = world.Programs.Current.Model with { Tiers = plan };
        var after = (await world.AllAsync<CustomerState>(Kinds.Customer))
            .Select(one => CustomerDecider.Tick(new CustomerSnapshot { CustomerId = one.CustomerId, Customer = one, Wallets = one.WalletStates }, model, world.Clock.Now).Customer.Tier?.Name)
            .CountBy(static tier => tier ?? "").ToDictionary();
        Assert.Equal(view.Tiers.Where(static tier => tier.Then > 0).ToDictionary(static tier => tier.Tier ?? "", static tier => (int)tier.Then), after);
    }

    [Theory]
    [InlineData("by: spend", "400 EUR", 20, "no tiers yet", "who does nothing stays")]
    [InlineData("by: points", "400", 0, "no tiers yet", "'spendable' have not been counted")]
    public async Task Preview_FirstTiersOfAProgram_TellsWhatHappensToWhom(string by, string from, int up, params string[] says)
    {
        await using var world = await FilledAsync("");
        var plan = Plan($"{{ tier: gold, from: {from} }}", by);

        var view = await new PreviewTiers(world.Store, world.Programs, world.Clock).PreviewAsync(plan);

        Assert.Equal((up, 0, 40 - up), (view.Up, view.Down, view.Stay));
        Assert.All(says, one => Assert.Contains(view.Notes, note => note.Contains(one, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Preview_NoTiersAnyMore_EverybodyWithOneGoesDown()
    {
        await using var world = await FilledAsync();
        var view = await new PreviewTiers(world.Store, world.Programs, world.Clock).PreviewAsync(draft: null, shown: 0);
        Assert.Equal((0, 30, 10, 0), (view.Up, view.Down, view.Stay, view.Sample.Length));
    }

    private static async Task<EngineWorld> FilledAsync(string tiers = Live)
    {
        var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Program(tiers));
        long[] amounts = [50, 120, 450, 900];
        for (var i = 0; i < 40; i++) await world.Apply.ApplyToAsync($"c{i}", Tell.Paid($"c{i}@example.com", $"{i}", amounts[i % 4], Start), mayStart: true);
        return world;
    }

    private static Core.Tiers.TierPlan Plan(string levels, string by = "by: spend") =>
        ProgramLoader.Load(new ProgramText().Program($"tiers: {{ {by}, window: 365d, levels: [ {levels} ] }}").Bytes()).Program!.Model.Tiers!;

    private static async Task<string> TextAsync(EngineWorld world) =>
        string.Join('\n', (await world.AllAsync<CustomerState>(Kinds.Customer)).Select(static one => System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(one))).Order(StringComparer.Ordinal));
}
