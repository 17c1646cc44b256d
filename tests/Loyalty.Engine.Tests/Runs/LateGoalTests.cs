using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>
/// Every entry's goal is counted within its own window, however often the person has entered since, and of those who get something just as of those who
/// are held out.
/// </summary>
public sealed class LateGoalTests
{
    private const string Ann = "ann@shop.example";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Theory]
    [InlineData(2, 9.0, 2)]
    [InlineData(2, 11.0, 1)]
    [InlineData(2, 12.5, 0)]
    [InlineData(5, 9.0, 5)]
    [InlineData(5, 10.0, 5)]
    [InlineData(5, 11.0, 4)]
    [InlineData(5, 17.0, 1)]
    [InlineData(5, 19.0, 0)]
    public async Task Goal_AfterLaterEntries_CountsForEachEntryWhoseWindowIsOpen(int entries, double goalDay, int goals)
    {
        foreach (var isHeldOut in new[] { false, true })
        {
            await using var world = await WorldAsync(isHeldOut, "10d");
            await EnterAsync(world, entries, everyDays: 2);
            await BuyAsync(world, Day(goalDay), "o");

            var runs = await RunsAsync(world);
            Assert.Equal(entries, runs.Count);
            Assert.All(runs, run => Assert.Equal(isHeldOut, run.Run.IsHeldOut));
            Assert.Equal(goals, runs.Count(static run => run.Run.GoalAt is not null));
            Assert.All(runs.Where(static run => run.Run.GoalAt is not null), run => Assert.Equal(Day(goalDay), run.Run.GoalAt));
        }
    }

    [Fact]
    public async Task Goal_OpenForManyYears_CountsOnceForEveryEntry()
    {
        foreach (var isHeldOut in new[] { false, true })
        {
            await using var world = await WorldAsync(isHeldOut, "80y");
            await EnterAsync(world, 5, everyDays: 2);
            await BuyAsync(world, Day(400), "first");
            await BuyAsync(world, Day(401), "second");

            Assert.All(await RunsAsync(world), static run => Assert.Equal(Day(400), run.Run.GoalAt));
            Assert.Null((await CustomerAsync(world)).Followed);
        }
    }

    [Fact]
    public async Task Goal_ToldLongAfterTheWindow_CountsForEachEntryInWhoseWindowItOccurred()
    {
        foreach (var isHeldOut in new[] { false, true })
        {
            await using var world = await WorldAsync(isHeldOut, "10d");
            await EnterAsync(world, 5, everyDays: 2);
            await world.PassAsync(Day(60) - world.Clock.Now);
            await world.TellAsync(Tell.Paid(Ann, "late", 20, Day(11)));
            await world.SettleAsync();

            Assert.Equal(4, (await RunsAsync(world)).Count(static run => run.Run.GoalAt == Day(11)));
        }
    }

    [Fact]
    public async Task Goal_BeforeTheRestartedRunHasHadItsTurn_Counts()
    {
        await using var world = await WorldAsync(isHeldOut: false, "10d");
        await EnterAsync(world, 1, everyDays: 2);
        await world.PassAsync(Duration.FromHours(2));
        await world.TellAsync(Tell.Reason(Ann, "price", world.Clock.Now));
        await world.TellAsync(Tell.Paid(Ann, "o", 20, world.Clock.Now));
        await world.SettleAsync();

        var runs = await RunsAsync(world);
        Assert.Equal(["completed", "restarted"], (await AfterAsync(world, Duration.FromDays(3))).Select(static run => run.Run.Outcome).Order(StringComparer.Ordinal));
        Assert.Equal(2, runs.Count(static run => run.Run.GoalAt is not null));
    }

    /// <summary>
    /// Whatever happens, an entry has the same goal. With <c>restart</c> the entries are the same as well; with <c>ignore</c> who is held out is inside for
    /// longer and enters less often.
    /// </summary>
    [Theory]
    [InlineData(1, "restart")]
    [InlineData(2, "restart")]
    [InlineData(3, "restart")]
    [InlineData(4, "restart")]
    [InlineData(5, "ignore")]
    [InlineData(6, "ignore")]
    [InlineData(7, "ignore")]
    [InlineData(8, "ignore")]
    public async Task Goal_OfRandomHistories_IsTheSameWhetherHeldOutOrNot(int seed, string ifInside)
    {
        var goals = new List<Dictionary<string, Instant?>>();
        foreach (var isHeldOut in new[] { false, true })
        {
            var random = new Random(seed);
            await using var world = await WorldAsync(isHeldOut, $"{random.Next(3, 40)}d", ifInside);
            for (var i = 0; i < 40; i++)
            {
                await world.PassAsync(Duration.FromHours(random.Next(1, 100)));
                var at = world.Clock.Now - (random.Next(3) == 0 ? Duration.FromHours(random.Next(300)) : Duration.Zero);
                if (random.Next(4) > 0) await world.TellAsync(Tell.Reason(Ann, "price", world.Clock.Now));
                else await world.TellAsync(Tell.Paid(Ann, i.ToString(CultureInfo.InvariantCulture), 20, at));
                if (random.Next(2) == 0) await world.SettleAsync();
            }

            goals.Add((await AfterAsync(world, Duration.FromDays(50))).ToDictionary(static run => run.Run.Entry.Id, static run => run.Run.GoalAt, StringComparer.Ordinal));
        }

        var both = goals[0].Keys.Intersect(goals[1].Keys, StringComparer.Ordinal).ToList();
        Assert.Contains(both, id => goals[0][id] is not null);
        Assert.All(both, id => Assert.Equal(goals[0][id], goals[1][id]));
        if (ifInside == "restart") Assert.Equal(goals[0].Keys.Order(StringComparer.Ordinal), goals[1].Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Entries_MoreThanAreFollowed_AreNotMeasuredWhetherHeldOutOrNot()
    {
        foreach (var isHeldOut in new[] { false, true })
        {
            await using var world = await WorldAsync(isHeldOut, "2y");
            await EnterAsync(world, CustomerLimits.OpenGoals + 4, everyDays: 1.5);
            await BuyAsync(world, Day(300), "o");

            var runs = (await RunsAsync(world)).OrderBy(static run => run.Run.EnteredAt).ToList();
            Assert.All(runs.Take(CustomerLimits.OpenGoals), static run => Assert.Equal((false, Day(300)), (run.Run.IsUnmeasured, run.Run.GoalAt)));
            Assert.All(runs.Skip(CustomerLimits.OpenGoals), static run => Assert.True(run.Run.IsUnmeasured));
            Assert.InRange((await CustomerAsync(world)).Followed?.Length ?? 0, 0, CustomerLimits.OpenGoals);
        }
    }

    [Fact]
    public async Task Followed_WindowsThatPass_AreForgottenAtALaterEntry()
    {
        await using var world = await WorldAsync(isHeldOut: false, "10d");
        await EnterAsync(world, 5, everyDays: 2);
        Assert.Equal(4, (await CustomerAsync(world)).Followed?.Length);
        await world.PassAsync(Day(110) - world.Clock.Now);
        await world.TellAsync(Tell.Reason(Ann, "price", world.Clock.Now));

        Assert.Null((await CustomerAsync(world)).Followed);
    }

    [Fact]
    public async Task Goal_OfAVersionThatIsLiveNoMore_IsWhatThatVersionSays()
    {
        const string entry = "enter: { event: feedback.given, if-inside: restart }\nsteps: [ { name: a-day, wait: 1d } ]\n";
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Journey("trial", entry + "goal: { event: order.paid, within: 10d }"));
        await EnterAsync(world, 2, everyDays: 2);
        await world.PassAsync(Duration.FromDays(2));
        var draft = new ProgramText().Journey("trial", entry + "goal: { event: cart.updated, within: 10d }");
        var publish = new PublishUseCase(
            world.Store, world.Programs, new NoCheck(), world.Turns, RunProtocolSettings.Default, world.Clock, new PublishForecast(world.Enrolment, ImmutableDictionary<string, ProviderQuota>.Empty));
        Assert.IsType<PublishOutcome.Published>(await publish.PublishAsync(new PublishRequest { Files = draft.Bytes(), Commit = true, By = "test" }));

        await BuyAsync(world, Day(6), "o");

        Assert.All(await RunsAsync(world), static run => Assert.Equal(Day(6), run.Run.GoalAt));
    }

    private static Instant Day(double day) => Start + Duration.FromDays(day);

    /// <summary>A journey of a day, which half of the people are held out of: Ann is, or is not.</summary>
    private static async Task<EngineWorld> WorldAsync(bool isHeldOut, string within, string ifInside = "restart")
    {
        for (var salt = 0; ; salt++)
        {
            var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Journey("trial", $$"""
                enter: { event: feedback.given, if-inside: {{ifInside}}, max-age: 30d }
                holdout: 50%
                salt: s{{salt}}
                goal: { event: order.paid, within: {{within}} }
                steps:
                  - { name: a-day, wait: 1d }
                """));
            await world.TellAsync(Tell.SignUp(Ann, Start - Duration.FromDays(1)));
            var id = (await CustomerAsync(world)).CustomerId;
            if (Core.Journeys.JourneyDraw.IsHeldOut(world.Programs.Current.Journey("trial")!, id) == isHeldOut) return world;
            await world.DisposeAsync();
        }
    }

    private static async Task EnterAsync(EngineWorld world, int times, double everyDays)
    {
        for (var i = 0; i < times; i++)
        {
            await world.PassAsync(Day(i * everyDays) - world.Clock.Now);
            await world.TellAsync(Tell.Reason(Ann, "price", world.Clock.Now));
            await world.SettleAsync();
        }
    }

    private static async Task BuyAsync(EngineWorld world, Instant at, string number)
    {
        await world.PassAsync(at - world.Clock.Now);
        await world.TellAsync(Tell.Paid(Ann, number, 20, at));
        await world.SettleAsync();
    }

    private static async Task<List<RunDocument>> AfterAsync(EngineWorld world, Duration span)
    {
        await world.PassAsync(span);
        return await RunsAsync(world);
    }

    private static async Task<CustomerState> CustomerAsync(EngineWorld world) => Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer));

    private static Task<List<RunDocument>> RunsAsync(EngineWorld world) => world.AllAsync<RunDocument>(Kinds.Run);

    private sealed class NoCheck : IProgramCheck
    {
        public IReadOnlyList<Finding> Check(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string? defaultLocale) => [];
    }
}
