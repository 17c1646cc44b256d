using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Engine.Offers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using Loyalty.Engine.Work;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>The steps that act, on the real use cases and a real file.</summary>
public sealed class ActStepsTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    private const string Enter = "enter: { event: customer.signed-up, again: never }\n";

    [Fact]
    public async Task Set_FactTagAttribute_KeptWithTheCustomer()
    {
        await using var world = await WorldOf(new ProgramText().Program("facts: { size: text }").Journey("note", Enter + """
            steps:
              - { name: note-size, set: { customer.facts.size: "'large'", customer.tags.vip: "true", customer.country: "'BG'" } }
              - { name: seen, choose: [ { case: all, when: customer.facts.size = 'large', steps: [ { name: yes, end: saw-it } ] } ] }
            """));
        var customer = Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer));
        Assert.Equal(("large", "BG"), (((AttributeValue.Text)Assert.Single(customer.Facts).Value).Value, customer.Profile.Country!.Value));
        Assert.Equal(["vip"], customer.Profile.Tags!.Value.AsEnumerable());
        Assert.Equal(["saw-it"], await OutcomesAsync(world));
    }

    [Fact]
    public async Task EmitAndStart_OtherJourneys_RunInTheSameCustomer()
    {
        await using var world = await WorldOf(new ProgramText()
            .Program("events: { lead.scored: { score: number } }")
            .Journey("first", Enter + """
                steps:
                  - { name: tell, emit: lead.scored, with: { score: 7 } }
                  - { name: go, start: second, with: { why: "'hot'" } }
                  - { name: done, end: told }
                """)
            .Journey("second", """
                enter: { manual: true, with: { why: text } }
                steps:
                  - { name: look, choose: [ { case: hot, when: entry.why = 'hot', steps: [ { name: warm, end: hot } ] } ] }
                """)
            .Journey("third", """
                enter: { event: lead.scored, when: event.score > 5 }
                steps:
                  - { name: award-it, award: entry.score * 10 }
                """));
        Assert.Equal(["completed", "hot", "told"], await OutcomesAsync(world));
        Assert.Equal(70, Assert.Single(await world.AllAsync<LedgerEntry>(Kinds.Entry)).Points);
    }

    [Fact]
    public async Task EmitAndStart_StartsLost_TheMarkerTellsThemLater()
    {
        await using var world = await WorldOf(
            new ProgramText()
                .Journey("first", Enter + "steps:\n  - { name: pause, wait: 1h }\n  - { name: go, start: second }\n")
                .Journey("second", "enter: { manual: true }\nsteps:\n  - { name: done, end: second-done }\n"));
        world.LosesStarts = true;
        await world.PassAsync(Duration.FromHours(2));
        Assert.Equal(["completed", "second-done"], await OutcomesAsync(world));
    }

    [Fact]
    public async Task Emit_JourneysThatStartEachOther_EndAtTheBound()
    {
        await using var world = await WorldOf(new ProgramText()
            .Journey("seed", Enter + "steps:\n  - { name: go, start: ping }\n")
            .Journey("ping", "enter: { manual: true, when: customer.orders >= 0 }\nsteps:\n  - { name: to-pong, start: pong }\n")
            .Journey("pong", "enter: { manual: true }\nsteps:\n  - { name: to-ping, start: ping }\n"));
        await world.PassAsync(Duration.FromDays(1));
        var runs = await world.AllAsync<RunDocument>(Kinds.Run);
        Assert.All(runs, static run => Assert.Equal(RunStatus.Finished, run.Status));
        Assert.InRange(runs.Count, 10, CustomerLimits.Hops + 1);
    }

    [Fact]
    public async Task Webhook_RefusedThenDone_RetriedWithOneIdAndReplyUsed()
    {
        await using var world = await WorldOf(
            new ProgramText()
                .Program("endpoints: { crm: { url: https://crm.example/hook, reply: { score: number, name: text } } }")
                .Journey("ask", Enter + """
                    steps:
                      - { name: crm-call, webhook: crm, with: { source: "'trial'" } }
                      - { name: points, award: steps.crm-call.reply.score, refused: [ { name: none, end: no-score } ] }
                    """),
            world => world.Desk.Answers.Enqueue(new WebhookAnswer.Refused(503, null)),
            world => world.Desk.Answers.Enqueue(new WebhookAnswer.Unreachable("time-out")),
            world => world.Desk.Answers.Enqueue(WebhookDesk.Done("""{ "score": 42, "name": 17, "more": {} }""")));
        await world.PassAsync(Duration.FromHours(1));

        Assert.Equal(3, world.Desk.Calls.Count);
        Assert.Single(world.Desk.Calls.Select(static call => call.Id).Distinct());
        Assert.Single(world.Desk.Calls.Select(static call => Convert.ToHexString(call.Body.Span)).Distinct());
        Assert.Equal(42, Assert.Single(await world.AllAsync<LedgerEntry>(Kinds.Entry)).Points);
        var body = JsonNode.Parse(world.Desk.Calls[0].Body.Span)!;
        Assert.Equal(("journey.webhook", "ask", "crm-call", "trial"), ((string)body["type"]!, (string)body["data"]!["journey"]!, (string)body["data"]!["step"]!, (string)body["data"]!["with"]!["source"]!));
    }

    [Fact]
    public async Task Webhook_RefusedForGood_FailedAfterGiveUp()
    {
        await using var world = await WorldOf(
            new ProgramText()
                .Program("endpoints: { crm: { url: https://crm.example/hook } }")
                .Journey("ask", Enter + "steps:\n  - { name: crm-call, webhook: crm, give-up: 2h, failed: [ { name: sad, end: no-crm } ] }\n"),
            [.. Enumerable.Repeat<Action<EngineWorld>>(static world => world.Desk.Answers.Enqueue(new WebhookAnswer.Refused(500, null)), 9)]);
        await world.PassAsync(Duration.FromHours(3));
        Assert.Equal(["no-crm"], await OutcomesAsync(world));
        Assert.InRange(world.Desk.Calls.Count, 3, 5);
    }

    [Fact]
    public async Task Offer_StockAndLimit_CodesOnceThenSoldOut()
    {
        var program = new ProgramText()
            .Offers("  ten: { title: 10% off, gives: 10%, pattern: TEN-########, valid: 14d, stock: 3, per-customer: 2 }")
            .Templates("code-mail code")
            .Journey("give", """
                enter: { event: customer.signed-up }
                steps:
                  - { name: gift, offer: ten, sold-out: [ { name: none, end: none-left } ] }
                  - { name: tell, send: code-mail, class: transactional, with: { code: steps.gift.code } }
                """);
        await using var world = await EngineWorld.StartAsync(Start, program: program);
        foreach (var name in new[] { "ann", "bea", "cem", "dan" }) await world.TellAsync(Tell.SignUp(name + "@shop.example", Start));
        await world.PassAsync(Duration.FromHours(1));

        var codes = (await world.AllAsync<JsonObject>(Kinds.Code)).Where(static code => code["customerDocument"] is not null).ToList();
        Assert.Equal(3, codes.Select(static code => (string)code["code"]!).Distinct().Count());
        Assert.All(codes, static code => Assert.Matches("^TEN-[2-9A-HJKMNP-Z]{8}$", (string)code["code"]!));
        Assert.Equal(["completed", "completed", "completed", "none-left"], await OutcomesAsync(world));
        Assert.Equal(3, Directory.GetFiles(world.OutboxFolder, "*.eml").Length);

        // Asked again for what it has given: the same code, no further stock.
        var run = (await world.AllAsync<RunDocument>(Kinds.Run)).First(static run => run.Run.Outcome == "completed").Run;
        var key = new OfferKey(run.CustomerId, run.RunId, "gift", 1);
        var one = Assert.IsType<OfferAnswer.Issued>(await world.Offers.IssueAsync(new OfferRequest(key, "ten", null)));
        Assert.Equal(one, await world.Offers.IssueAsync(new OfferRequest(key, "ten", null)));
        Assert.Contains(one.Code, codes.Select(static code => (string)code["code"]!));
    }

    [Fact]
    public async Task Exit_Revokes_PointsReversedAndCodeVoid()
    {
        await using var world = await WorldOf(new ProgramText()
            .Offers("  ten: { title: 10% off, gives: 5 EUR }")
            .Journey("give", Enter + """
                exit:
                  - { event: feedback.given, when: event.reason = 'price', revoke: true }
                steps:
                  - { name: points, award: 50 }
                  - { name: gift, offer: ten }
                  - { name: rest, wait: 9d }
                """));
        await world.TellAsync(Tell.Reason("ann@shop.example", "price", Start + Duration.FromMinutes(1)));
        await world.PassAsync(Duration.FromHours(1));

        var customer = Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer));
        Assert.Equal(0, Assert.Single(customer.Wallets).Available);
        Assert.All(await world.AllAsync<JsonObject>(Kinds.Code), static code => Assert.NotNull(code["voidedAt"]));
        Assert.All(await world.AllAsync<RunDocument>(Kinds.Run), static run => Assert.Equal(RunStatus.Finished, run.Status));
        await world.CheckBooksAsync();
    }

    [Fact]
    public async Task Task_OutcomeTold_JourneyGoesOnOnce()
    {
        await using var world = await WorldOf(new ProgramText().Journey("call", Enter + """
            steps:
              - name: phone
                task: call-center
                script: Ask how it was
                due: 2d
                with: { who: customer.first-name }
                outcomes:
                  - { outcome: happy, steps: [ { name: points, award: 5 } ] }
                  - { outcome: unhappy }
                too-late: [ { name: never, end: not-called } ]
              - { name: done, end: called }
            """));
        var open = Assert.Single(await world.Tasks.ListAsync("call-center", 10));
        Assert.Empty(await world.Tasks.ListAsync("other", 10));
        Assert.Equal(open.Reference, TaskReference.Parse(open.Reference.ToString()));
        Assert.Equal(TaskAnswer.NoSuchOutcome, await world.Tasks.CompleteAsync(open.Reference, "glad", null));
        Assert.Equal(TaskAnswer.Unknown, await world.Tasks.CompleteAsync(open.Reference with { Visit = 2 }, "happy", null));
        Assert.Equal(TaskAnswer.Done, await world.Tasks.CompleteAsync(open.Reference, "happy", "talked long"));
        Assert.Equal(TaskAnswer.DoneBefore, await world.Tasks.CompleteAsync(open.Reference, "happy", null));
        Assert.Equal(TaskAnswer.Closed, await world.Tasks.CompleteAsync(open.Reference, "unhappy", null));
        await world.PassAsync(Duration.FromDays(3));

        Assert.Equal(["called"], await OutcomesAsync(world));
        Assert.Equal(5, Assert.Single(await world.AllAsync<LedgerEntry>(Kinds.Entry)).Points);
    }

    [Fact]
    public async Task Task_Overdue_ClosedAndTooLate()
    {
        await using var world = await WorldOf(new ProgramText().Journey("call", Enter + """
            steps:
              - { name: phone, task: desk, due: 2d, outcomes: [ { outcome: happy } ], too-late: [ { name: never, end: not-called } ] }
            """));
        var open = Assert.Single(await world.Tasks.ListAsync(null, 10));
        await world.PassAsync(Duration.FromDays(3));
        Assert.Equal(["not-called"], await OutcomesAsync(world));
        Assert.Equal(TaskAnswer.Closed, await world.Tasks.CompleteAsync(open.Reference, "happy", null));
        Assert.Equal("overdue", Assert.Single(await world.AllAsync<TaskDocument>(Kinds.Task)).ClosedAs);
    }

    [Fact]
    public async Task SplitAdaptive_ManyCustomers_CountsOnceAndLearns()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Journey("try", """
            enter: { event: customer.signed-up }
            goal: { event: feedback.given, within: 9d }
            steps:
              - name: way
                split:
                  - { arm: left, share: 50%, steps: [ { name: go-left, set: { customer.tags.left: "true" } } ] }
                  - { arm: right, share: 50%, steps: [ { name: go-right, set: { customer.tags.left: "false" } } ] }
                adaptive: true
            """));
        for (var i = 0; i < 60; i++)
        {
            var email = $"c{i}@shop.example";
            await world.TellAsync(Tell.SignUp(email, world.Clock.Now));
            await world.SettleAsync();
        }

        var given = await world.AllAsync<RunDocument>(Kinds.Run);
        foreach (var run in given.Where(static run => run.Run.Steps["way"].Result == "left"))
        {
            var person = (await world.AllAsync<PersonState>(Kinds.Person)).Single(p => p.CustomerId == run.Run.CustomerId);
            await world.TellAsync(Tell.Reason(person.Email!.Value, "trust", world.Clock.Now));
        }

        await world.PassAsync(Duration.FromHours(1));
        var left = given.Count(static run => run.Run.Steps["way"].Result == "left");
        var counts = (await world.AllAsync<JsonObject>(Kinds.Tally)).Where(static t => t["arms"] is not null).SelectMany(static t => t["arms"]!.AsArray()).ToList();
        Assert.Equal((60, left), (counts.Sum(static a => (int)a!["given"]!), counts.Sum(static a => (int)a!["goals"]!)));
        Assert.Equal(left, counts.Where(static a => (string)a!["arm"]! == "left").Sum(static a => (int)a!["given"]!));
        Assert.All(await world.AllAsync<RunDocument>(Kinds.Run), static run => Assert.Equal(RunStatus.Finished, run.Status));

        await world.TellAsync(Tell.SignUp("next@shop.example", world.Clock.Now));
        await world.SettleAsync();
        var next = (await world.AllAsync<RunDocument>(Kinds.Run)).Single(run => given.All(g => g.Run.RunId != run.Run.RunId));
        Assert.Equal("left", next.Run.Steps["way"].Result);
        Assert.Contains(next.Log, static line => line.Why is { } why && why.StartsWith("drawn with probability ", StringComparison.Ordinal) && why[^6..] != "0.5000");
    }

    private static async Task<EngineWorld> WorldOf(ProgramText program, params Action<EngineWorld>[] before)
    {
        var world = await EngineWorld.StartAsync(Start, program: program);
        foreach (var act in before) act(world);
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        await world.SettleAsync();
        return world;
    }

    private static async Task<List<string>> OutcomesAsync(EngineWorld world) =>
        [.. (await world.AllAsync<RunDocument>(Kinds.Run)).Select(static run => run.Run.Outcome ?? "lives").Order(StringComparer.Ordinal)];
}
