using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Queries;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>The main job through all of the engine: an event comes in, starts a journey, which waits, reacts to the next event, sends and ends.</summary>
public sealed class JourneysTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Fact]
    public async Task SignUp_AnsweredReason_GetsTheReasonsMessageOnce()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var email = await NotHeldOutAsync(world);
        await world.PassAsync(Duration.FromDays(16));
        await world.TellAsync(Tell.Reason(email, "trust", world.Clock.Now));
        await world.PassAsync(Duration.FromDays(60));
        var customer = (await world.Queries.FindAsync(email))!;
        var messages = await world.Queries.MessagesAsync(customer);
        Assert.Contains(messages, static message => message is { Template: "why-not-yet", Result: "sent" });
        Assert.Single(messages, static message => message is { Template: "delivery-and-returns", Result: "sent" });
        Assert.Equal(messages.Count(static message => message.Result == "sent"), Directory.GetFiles(world.OutboxFolder, "*.eml").Length);
        var runs = await world.Queries.RunsAsync(customer);
        Assert.All(runs, static run => Assert.Equal(RunStatus.Finished, run.Status));
        var story = await new RunQueries(world.Store, world.Programs).StoryAsync(runs.First(static run => run.Run.Entry.Type == EventTypes.CustomerSignedUp).Run.RunId, customer);
        Assert.Equal(("entered", EventTypes.CustomerSignedUp), (story!.Lines[0].What, story.Lines[0].Why));
        await world.CheckBooksAsync();
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, true, true)]
    public async Task Story_WhateverIsLostOfTheDurableEngine_SameMessages(bool losesPokes, bool losesStarts, bool wipes)
    {
        var healthy = await StoryAsync(false, false, false);
        Assert.Equal(healthy, await StoryAsync(losesPokes, losesStarts, wipes));
        Assert.NotEmpty(healthy);
    }

    [Fact]
    public async Task Withdrawal_BeforeTheSend_NothingIsSent()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var email = await NotHeldOutAsync(world);
        await world.PassAsync(Duration.FromDays(3));
        await world.TellAsync(Tell.Unsubscribed(email, world.Clock.Now));
        var before = (await world.Queries.MessagesAsync((await world.Queries.FindAsync(email))!)).Count(static one => one.Result == "sent");
        await world.PassAsync(Duration.FromDays(90));
        var messages = await world.Queries.MessagesAsync((await world.Queries.FindAsync(email))!);
        Assert.Equal(before, messages.Count(static one => one.Result == "sent"));
    }

    private static async Task<string> StoryAsync(bool losesPokes, bool losesStarts, bool wipes)
    {
        await using var world = await EngineWorld.StartAsync(Start);
        world.LosesPokes = losesPokes;
        world.LosesStarts = losesStarts;
        for (var i = 0; i < 6; i++) await world.TellAsync(Tell.SignUp($"p{i}@example.com", Start));
        await world.PassAsync(Duration.FromDays(15) + Duration.FromHours(3));
        if (wipes) world.WipeHands();
        await world.TellAsync(Tell.Reason("p0@example.com", "price", world.Clock.Now));
        await world.TellAsync(Tell.Paid("p1@example.com", "1001", 40, world.Clock.Now));
        await world.PassAsync(Duration.FromDays(20));
        await world.TellAsync(Tell.Paid("p1@example.com", "1002", 50, world.Clock.Now));
        if (wipes) world.WipeHands();
        await world.PassAsync(Duration.FromDays(85));
        var messages = await world.AllAsync<MessageRecord>(Kinds.Message);
        await world.CheckBooksAsync();
        // Points that were given minutes later end minutes later, and what is told of that has another id: runs are compared by whose and which they are.
        var runs = (await world.AllAsync<RunDocument>(Kinds.Run)).ToDictionary(static run => run.Run.RunId, static run => $"{run.Run.CustomerId} {run.Run.Journey}");
        return string.Join('\n', messages.Select(one => $"{runs[one.RunId!]} {one.Step} {one.Visit} {one.Template} {one.Result}").Order(StringComparer.Ordinal));
    }

    /// <summary>Signs people up until one is in the not-bought journey for real.</summary>
    private static async Task<string> NotHeldOutAsync(EngineWorld world)
    {
        for (var i = 0; i < 20; i++)
        {
            var email = $"ann{i}@example.com";
            await world.TellAsync(Tell.SignUp(email, Start));
            var runs = await world.Queries.RunsAsync((await world.Queries.FindAsync(email))!);
            if (runs.Count > 0 && runs.All(static run => !run.Run.IsHeldOut)) return email;
        }

        throw new InvalidOperationException("Twenty people in a row were held out.");
    }
}
