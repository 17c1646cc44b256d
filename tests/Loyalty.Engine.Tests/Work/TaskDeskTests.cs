using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.Contact;
using Loyalty.Engine.Tests.World;
using Loyalty.Engine.Work;
using NodaTime;

namespace Loyalty.Engine.Tests.Work;

/// <summary>Tasks of journeys and of complaints: taken, done, late, opened again, and who did it.</summary>
public sealed class TaskDeskTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);
    private static readonly TaskActor Ann = new("ann", "key:support");
    private static readonly TaskActor Bob = new("bob", "entra:5b54");

    [Fact]
    public async Task Claim_OnePersonAtATime_AndEveryChangeSaysWho()
    {
        await using var world = await CallsAsync();
        var desk = Desk(world);
        var open = Assert.Single(await desk.ListAsync(new TaskFilter()));
        var id = TaskReference.Parse(open.Id)!;

        Assert.Equal(TaskAnswer.Done, await desk.ClaimAsync(id, Ann));
        Assert.Equal(TaskAnswer.DoneBefore, await desk.ClaimAsync(id, Ann));
        Assert.Equal(TaskAnswer.TakenByAnother, await desk.ClaimAsync(id, Bob));
        Assert.Equal("ann", Assert.Single(await desk.ListAsync(new TaskFilter { State = TaskState.Claimed })).ClaimedBy);
        Assert.Empty(await desk.ListAsync(new TaskFilter { State = TaskState.Open }));
        Assert.Equal(TaskAnswer.Done, await desk.ReleaseAsync(id, Bob));
        Assert.Equal(TaskAnswer.DoneBefore, await desk.ReleaseAsync(id, Bob));
        Assert.Equal(TaskAnswer.Done, await desk.ClaimAsync(id, Bob));
        Assert.Equal(TaskAnswer.NoSuchOutcome, await desk.CompleteAsync(id, "glad", null, Bob));
        Assert.Equal(TaskAnswer.TakenByAnother, await desk.CompleteAsync(id, "happy", null, Ann));
        Assert.Equal(TaskAnswer.Done, await desk.CompleteAsync(id, "happy", "talked long", Bob));
        await world.PassAsync(Duration.FromDays(3));

        var closed = (await desk.FindAsync(id))!;
        Assert.Equal(("happy", "done", "talked long", false), (closed.Outcome, closed.ClosedAs, closed.Note, closed.IsOverdue));
        Assert.Equal(
            ["claimed ann key:support", "released bob entra:5b54", "claimed bob entra:5b54", "done bob entra:5b54"],
            closed.History.Select(static line => $"{line.What} {line.By} {line.Caller}"));
        Assert.Equal("called", Assert.Single(await world.AllAsync<RunDocument>(Kinds.Run)).Run.Outcome);
        Assert.Equal(TaskAnswer.Closed, await desk.ClaimAsync(id, Ann));
        // Told again, by whomever, it is what it was; told otherwise it is too late.
        Assert.Equal(TaskAnswer.DoneBefore, await desk.CompleteAsync(id, "happy", "again", Ann));
        Assert.Equal(TaskAnswer.Closed, await desk.CompleteAsync(id, "unhappy", null, Bob));
        // The journey has gone on with the outcome: it is not taken back.
        Assert.Equal(TaskAnswer.Closed, await desk.ReopenAsync(id, "wrong person", Ann));
        Assert.Equal(closed.Id, Assert.Single(await desk.ListAsync(new TaskFilter { State = TaskState.Closed })).Id);
    }

    [Fact]
    public async Task List_PastItsDueTime_IsOverdueAndAJourneysIsClosedByIt()
    {
        await using var world = await CallsAsync();
        await ComplainAsync(world, "c1");
        var desk = Desk(world);
        Assert.Equal(2, (await desk.ListAsync(new TaskFilter())).Count);
        Assert.Empty(await desk.ListAsync(new TaskFilter { State = TaskState.Overdue }));
        await world.PassAsync(Duration.FromDays(5));

        var late = Assert.Single(await desk.ListAsync(new TaskFilter { State = TaskState.Overdue }));
        Assert.Equal(("complaints", true), (late.Queue, late.IsOverdue));
        Assert.Equal("overdue", Assert.Single(await desk.ListAsync(new TaskFilter { State = TaskState.Closed })).ClosedAs);
        Assert.Empty(await desk.ListAsync(new TaskFilter { Queue = "no-such-queue" }));
    }

    [Fact]
    public async Task Complaint_DoneAndOpenedAgain_TellsEachOutcomeOnce()
    {
        await using var world = await CallsAsync();
        await ComplainAsync(world, "c1");
        var desk = Desk(world);
        var id = TaskReference.Parse(Assert.Single(await desk.ListAsync(new TaskFilter { Queue = "complaints" })).Id)!;
        Assert.Equal("Cold tea", (await desk.FindAsync(id))!.Feedback!.Text);
        Assert.Equal(TaskAnswer.DoneBefore, await desk.ReopenAsync(id, null, Ann));

        Assert.Equal(TaskAnswer.Done, await desk.CompleteAsync(id, "resolved", null, Ann));
        Assert.Equal(TaskAnswer.DoneBefore, await desk.CompleteAsync(id, "resolved", null, Ann));
        Assert.Equal(TaskAnswer.Closed, await desk.CompleteAsync(id, "refunded", null, Ann));
        await world.SettleAsync();
        await world.PassAsync(Duration.FromDays(10));
        Assert.Equal(TaskAnswer.Done, await desk.ReopenAsync(id, "wrote again", Bob));
        var again = (await desk.FindAsync(id))!;
        Assert.Equal((null, null, false), (again.Outcome, again.ClosedAt, again.IsOverdue));
        Assert.True(again.DueAt > world.Clock.Now);
        Assert.Equal(TaskAnswer.Done, await desk.CompleteAsync(id, "resolved", null, Bob));
        await world.SettleAsync();

        // The journey that listens for outcomes ran once for each.
        Assert.Equal(2, (await world.AllAsync<RunDocument>(Kinds.Run)).Count(static run => run.Run.Journey == "thanks"));
        Assert.Equal(["done", "reopened", "done"], (await desk.FindAsync(id))!.History.Select(static line => line.What));
    }

    [Fact]
    public async Task Claim_ManyAtOnce_OneHasIt()
    {
        await using var world = await CallsAsync();
        var desk = Desk(world);
        var id = TaskReference.Parse(Assert.Single(await desk.ListAsync(new TaskFilter())).Id)!;

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => desk.ClaimAsync(id, new TaskActor($"w{i}", "key:support")))));

        Assert.Single(answers, static one => one == TaskAnswer.Done);
        Assert.Equal(11, answers.Count(static one => one == TaskAnswer.TakenByAnother));
        Assert.Single((await desk.FindAsync(id))!.History);
    }

    [Theory]
    [InlineData("ann.b.c", "run", "call", 2)]
    [InlineData("c4kq", "run", "call", 1)]
    public void Reference_WrittenAndRead_IsTheSame(string customer, string run, string step, int visit)
    {
        var reference = new TaskReference(customer, run, step, visit);
        Assert.Equal(reference, TaskReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.")]
    [InlineData("a.b.c.x")]
    [InlineData("a.b.c.-1")]
    [InlineData(".b.c.1")]
    [InlineData("a..c.1")]
    [InlineData("...")]
    public void Reference_WhatIsNone_IsNull(string text) => Assert.Null(TaskReference.Parse(text));

    private static async Task<EngineWorld> CallsAsync()
    {
        var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: new ProgramText().Journey("calls", """
            title: Calls
            enter: { event: customer.signed-up }
            steps:
              - name: phone
                task: desk
                due: 2d
                outcomes: [ { outcome: happy, steps: [ { name: called, end: called } ] } ]
                too-late: [ { name: never, end: not-called } ]
            """).Journey("thanks", """
            title: Thanks
            enter: { event: task.completed, when: event.task = 'complaints', again: after-end }
            steps:
              - { name: over, end: thanked }
            """));
        await ContactTests.SignUpAsync(world, "ann@example.com");
        await world.SettleAsync();
        return world;
    }

    private static async Task ComplainAsync(EngineWorld world, string id)
    {
        await world.TellAsync(new CanonicalEvent
        {
            Id = id,
            Source = "page",
            Type = EventTypes.FeedbackGiven,
            Time = world.Clock.Now,
            ReceivedAt = world.Clock.Now,
            Identifiers = [Identifier.Email("ann@example.com")!.Value],
            Data = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("kind", "complaint").Add("text", "Cold tea")),
        });
        await world.SettleAsync();
    }

    private static TaskDesk Desk(EngineWorld world) => new(world.Store, world.Tasks, world.Queries, world.Programs, world.Clock);
}
