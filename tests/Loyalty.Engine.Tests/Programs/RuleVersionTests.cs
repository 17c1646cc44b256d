using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Programs;

/// <summary>What grants points has a version that goes up when it is published with another meaning, and every entry keeps the one that was valid.</summary>
public sealed class RuleVersionTests
{
    private const string PerEuro = "earning: [ { rule: per-euro, event: order.paid, per-amount: 1 } ]";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    [Fact]
    public async Task Publish_TwiceWithOrdersEditedInBetween_EntriesKeepTheVersionThatWasValid()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Program(PerEuro));
        await world.TellAsync(Tell.SignUp("ann@example.com", Start));
        await world.TellAsync(Tell.Paid("ann@example.com", "1", 100, Start));

        await PublishAsync(world, "earning: [ { rule: per-euro, event: order.paid, per-amount: 2 } ]");
        await world.TellAsync(Tell.Refund("1", "r1", 40, Start));
        await world.TellAsync(Tell.Paid("ann@example.com", "2", 100, Start));

        await PublishAsync(world, "earning: [ { rule: per-euro, event: order.paid, per-amount: 2, when: \"event.total > 1 EUR\" } ]");
        await world.TellAsync(Tell.Refund("2", "r2", 10, Start));
        await world.TellAsync(Tell.Refund("1", "r3", 10, Start));
        await world.TellAsync(Tell.Paid("ann@example.com", "3", 100, Start));

        var entries = (await world.AllAsync<LedgerEntry>(Kinds.Entry)).Where(static entry => entry.Cause.OrderId is not null)
            .OrderBy(static entry => entry.Sequence).Select(static entry => (entry.Cause.OrderId![^1], entry.Type, entry.Points, entry.Cause.RuleVersion)).ToList();
        Assert.Equal(
            [
                ('1', EntryType.Grant, 100, 1), ('1', EntryType.Reverse, 40, 1), ('2', EntryType.Grant, 200, 2),
                ('2', EntryType.Reverse, 20, 2), ('1', EntryType.Reverse, 10, 1), ('3', EntryType.Grant, 200, 3),
            ],
            entries);
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Publish_OnlyCommentsTitlesAndOrderOfKeys_RaisesNoVersion()
    {
        const string Games = "games: [ { badge: regular, title: Regular, event: order.paid, times: 10, points: 100 } ]";
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Program(PerEuro).Program(Games));

        var preview = await PublishAsync(
            world,
            "# the same, told otherwise\nearning:\n  - event: order.paid\n    per-amount: 1\n    rule: per-euro\n" + Games.Replace("Regular", "Faithful", StringComparison.Ordinal));

        Assert.Equal(["program.yaml"], preview.Files.ToArray());
        Assert.Empty(preview.Rules);
        Assert.Equal(1, world.Programs.Current.Model.Earning.Rules[0].Version);
    }

    [Fact]
    public async Task Publish_RuleTakenAwayAndBack_GoesOnFromItsLastVersion()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Program(PerEuro));

        Assert.Equal([new RuleChange("earning/other", null, 1), new RuleChange("earning/per-euro", 1, null)], (await PublishAsync(world, PerEuro.Replace("per-euro", "other", StringComparison.Ordinal))).Rules.ToArray());
        Assert.Equal([new RuleChange("earning/other", 1, null), new RuleChange("earning/per-euro", null, 2)], (await PublishAsync(world, PerEuro)).Rules.ToArray());
        Assert.Equal(2, world.Programs.Current.Model.Earning.Rules[0].Version);
    }

    [Fact]
    public async Task Publish_GamesTiersReferralsAndOffers_HaveVersionsOfTheirOwn()
    {
        const string Rest = """
            games: [ { badge: regular, event: order.paid, times: 10, points: 100 } ]
            tiers: { by: spend, window: 365d, levels: [ { tier: gold, from: 500 EUR, multiply: 1.5 } ] }
            referrals: { link: "https://shop.example/?ref={code}", referrer: { points: 100 } }
            """;
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Program(PerEuro).Program(Rest).Offers("  five: { title: Five, gives: 5 EUR }"));

        var changed = Rest.Replace("points: 100 } ]", "points: 101 } ]", StringComparison.Ordinal).Replace("1.5", "1.6", StringComparison.Ordinal)
            .Replace("{ points: 100 }", "{ points: 150 }", StringComparison.Ordinal);
        var preview = await PublishAsync(world, PerEuro + "\n" + changed, "  five: { title: Five, gives: 6 EUR }");

        Assert.Equal(
            [new RuleChange("game/regular", 1, 2), new RuleChange("offer/five", 1, 2), new RuleChange("referrals", 1, 2), new RuleChange("tiers", 1, 2)], preview.Rules.ToArray());
        var live = world.Programs.Current;
        Assert.Equal((2, 2, 2, 2, 1), (live.Model.Games[0].Version, live.Offers["five"].Version, live.Model.Referrals!.Version, live.Model.Tiers!.Version, live.Model.Earning.Rules[0].Version));
    }

    [Fact]
    public async Task Open_FolderChangedBetweenTwoStarts_RaisesTheVersion()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Program(PerEuro));
        var changed = ProgramLoader.Load(new ProgramText().Program(PerEuro.Replace("per-amount: 1", "per-amount: 3", StringComparison.Ordinal)).Bytes()).Program!;

        var second = await PublishedPrograms.PublishAsync(world.Store, changed);
        var third = await PublishedPrograms.PublishAsync(world.Store, changed);

        Assert.Equal((2, 2), (second.Current.Model.Earning.Rules[0].Version, third.Current.Model.Earning.Rules[0].Version));
    }

    private static async Task<PublishPreview> PublishAsync(EngineWorld world, string yaml, string? offers = null)
    {
        var forecast = new PublishForecast(world.Enrolment, ImmutableDictionary<string, ProviderQuota>.Empty);
        var publish = new PublishUseCase(world.Store, world.Programs, new NoCheck(), world.Turns, RunProtocolSettings.Default, world.Clock, forecast);
        var draft = new ProgramText().Program(yaml);
        if (offers is not null) draft.Offers(offers);
        var outcome = await publish.PublishAsync(new PublishRequest { Files = draft.Bytes(), Commit = true, By = "command" });
        Assert.True(outcome is PublishOutcome.Published, outcome is PublishOutcome.Refused refused ? string.Join('\n', refused.Preview.Findings) : outcome.ToString());
        return ((PublishOutcome.Published)outcome).Preview;
    }

    private sealed class NoCheck : IProgramCheck
    {
        public IReadOnlyList<Finding> Check(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string? defaultLocale) => [];
    }
}
