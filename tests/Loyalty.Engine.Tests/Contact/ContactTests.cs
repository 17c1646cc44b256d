using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>Messages through the whole engine: what holds them, what ends them, what comes back.</summary>
public sealed class ContactTests
{
    // 10:00 in Sofia, a Monday.
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Theory]
    [InlineData(null, "expired", "outcome-unknown")]
    [InlineData("message.delivered", "sent", null)]
    [InlineData("message.bounced", "sent", null)]
    [InlineData("message.clicked", "sent", null)]
    public async Task Send_AnswerLostAndTheProviderCannotBeAsked_IsNeverSentAgain(string? report, string result, string? reason)
    {
        var provider = new TestProvider { CanBeAsked = false, Fault = static () => ProviderFault.LostAnswer };
        await using var world = await EngineWorld.StartAsync(Start, provider, program: OneMail());
        var customer = await SignUpAsync(world, "ann@example.com");
        await world.PassAsync(Duration.FromMinutes(10));
        var run = Assert.Single(await world.Queries.RunsAsync(customer));
        Assert.Equal(OutboxState.Unknown, Assert.Single(run.Outbox).State);
        Assert.Empty(await world.Queries.MessagesAsync(customer));

        if (report is not null) await world.TellAsync(About(run, report, "ann@example.com", world.Clock.Now));
        await world.PassAsync(Duration.FromDays(2));

        var message = Assert.Single(await world.Queries.MessagesAsync(customer));
        Assert.Equal((result, reason), (message.Result, message.Reason));
        Assert.Equal(1, Assert.Single(provider.Taken).Value);
        Assert.Equal(RunStatus.Finished, Assert.Single(await world.Queries.RunsAsync(customer)).Status);
    }

    [Theory]
    [InlineData("message.bounced", "hard", true)]
    [InlineData("message.bounced", null, true)]
    [InlineData("message.bounced", "soft", false)]
    [InlineData("message.complained", null, true)]
    public async Task Report_HardBounceOrComplaint_SuppressesTheAddress(string type, string? kind, bool isSuppressed)
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: OneMail().Journey("receipts", """
            title: Receipts
            enter: { event: order.paid, again: after-end }
            steps:
              - { name: receipt, send: receipt, class: transactional }
            """).Templates("receipt"));
        var customer = await SignUpAsync(world, "ann@example.com");
        await world.SettleAsync();
        var run = Assert.Single(await world.Queries.RunsAsync(customer));
        await world.TellAsync(About(run, type, "ann@example.com", world.Clock.Now + Duration.FromMinutes(5), kind is null ? [] : [("kind", kind)]));
        await world.TellAsync(Tell.Paid("ann@example.com", "1", 20, world.Clock.Now));
        await world.PassAsync(Duration.FromDays(2));

        var receipt = Assert.Single(await world.Queries.MessagesAsync(customer), static one => one.Template == "receipt");
        Assert.Equal(isSuppressed ? ("withheld", "suppressed") : ("sent", null), (receipt.Result, receipt.Reason));
    }

    [Fact]
    public async Task Import_ListOfAddresses_NothingGoesToThem()
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: OneMail(), contact: static (store, clock, _) =>
            new ContactServices(Suppressions: new SuppressionList(store, clock)));
        var list = new SuppressionList(world.Store, world.Clock);
        var import = await list.ImportAsync(["Ann@Example.com", "", "no address", "ann@example.com", "bob@example.com"], "old-system");
        Assert.Equal((2, 1), (import.Added, import.Known));
        Assert.Equal([3], import.BadLines);
        Assert.True(await list.RemoveAsync("bob@example.com"));
        Assert.False(await list.RemoveAsync("bob@example.com"));

        var (ann, bob) = (await SignUpAsync(world, "ann@example.com"), await SignUpAsync(world, "bob@example.com"));
        await world.PassAsync(Duration.FromDays(1));

        Assert.Equal("suppressed", Assert.Single(await world.Queries.MessagesAsync(ann)).Reason);
        Assert.Equal("sent", Assert.Single(await world.Queries.MessagesAsync(bob)).Result);
    }

    [Fact]
    public async Task Caps_TwoJourneysAtOnce_TheMoreImportantGoesTodayTheOtherTomorrow()
    {
        var provider = new TestProvider();
        // 05:00 in Sofia: both wait for the morning.
        var night = Start - Duration.FromHours(5);
        await using var world = await EngineWorld.StartAsync(night, provider, program: TwoMails("contact: { caps: [ { at-most: 1, per: day } ], quiet-hours: { from: \"21:00\", to: \"09:00\" } }"));
        var customer = await SignUpAsync(world, "ann@example.com");
        await world.PassAsync(Duration.FromDays(3));

        var messages = (await world.Queries.MessagesAsync(customer)).OrderBy(static one => one.At).ToList();
        Assert.Equal(["important", "other"], messages.Select(static one => one.Template));
        Assert.All(messages, static one => Assert.Equal("sent", one.Result));
        var days = messages.Select(static one => one.At.InZone(DateTimeZoneProviders.Tzdb["Europe/Sofia"]).LocalDateTime).ToList();
        Assert.Equal([new LocalDate(2026, 3, 2), new LocalDate(2026, 3, 3)], days.Select(static day => day.Date));
        Assert.All(days, static day => Assert.Equal(9, day.Hour));
    }

    [Fact]
    public async Task Caps_StepSaysDrop_IsWithheldWithItsReason()
    {
        await using var world = await EngineWorld.StartAsync(
            Start, new TestProvider(), program: TwoMails("contact: { caps: [ { at-most: 1, per: week } ] }", "if-not-now: drop"));
        var customer = await SignUpAsync(world, "ann@example.com");
        await world.PassAsync(Duration.FromDays(3));
        var messages = (await world.Queries.MessagesAsync(customer)).OrderBy(static one => one.Result).ToList();
        Assert.Equal([("sent", null), ("withheld", WithholdReasons.FrequencyCap)], messages.Select(static one => (one.Result, one.Reason)));
    }

    [Fact]
    public async Task Quota_AHundredAtOnceAgainstTenAMinute_PacedParkedAndNoneLost()
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: OneMail(), contact: static (store, clock, programs) => new ContactServices(
            Pacing: new StorePacing(store, programs, new Dictionary<string, ProviderQuota>(StringComparer.Ordinal) { ["email"] = new(PerMinute: 10) }, clock)));
        for (var i = 0; i < 100; i++) await world.TellAsync(Tell.SignUp($"p{i}@example.com", Start));
        await world.SettleAsync();
        Assert.Equal(10, provider.Messages.Count);
        var runs = await world.AllAsync<RunDocument>(Kinds.Run);
        // Who waits longer than the due scan takes holds no orchestration.
        Assert.True(runs.Count(static run => run.Status == RunStatus.Parked) >= 60);
        world.WipeHands();
        await world.PassAsync(Duration.FromHours(1));

        Assert.Equal(100, provider.Messages.Count);
        Assert.True(provider.Messages.GroupBy(static one => one.At.ToUnixTimeSeconds() / 60).Max(static minute => minute.Count()) <= 10);
        Assert.All(await world.AllAsync<MessageRecord>(Kinds.Message), static one => Assert.Equal("sent", one.Result));
    }

    [Theory]
    [InlineData("Mozilla/5.0", 60, false)]
    [InlineData("Mimecast URL scanner", 60, false)]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", 1, false)]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", 60, true)]
    public async Task Click_ByAScannerOrTooSoon_DrivesNoBranch(string agent, int secondsLater, bool isPerson)
    {
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: new ProgramText().Journey("greet", """
            title: Greeting
            topic: offers
            enter: { event: customer.signed-up }
            steps:
              - { name: mail, send: hello }
              - name: look
                wait-for: { event: message.clicked, of: mail, up-to: 1d }
                in-time: [ { name: in-end, end: clicked } ]
                too-late: [ { name: late-end, end: silent } ]
            """).Templates("hello"));
        var customer = await SignUpAsync(world, "ann@example.com");
        await world.SettleAsync();
        var run = Assert.Single(await world.Queries.RunsAsync(customer));
        var before = (await world.Queries.GetAsync(customer))!.Customer!.LastActivityAt;
        world.Clock.Now += Duration.FromSeconds(secondsLater);
        await world.TellAsync(About(run, "message.clicked", "ann@example.com", world.Clock.Now, ("user-agent", agent)));
        await world.PassAsync(Duration.FromDays(2));

        Assert.Equal(isPerson ? "clicked" : "silent", Assert.Single(await world.Queries.RunsAsync(customer)).Run.Outcome);
        Assert.Equal(isPerson, (await world.Queries.GetAsync(customer))!.Customer!.LastActivityAt > before);
    }

    internal static ProgramText OneMail() => new ProgramText().Journey("greet", """
        title: Greeting
        topic: offers
        enter: { event: customer.signed-up }
        steps:
          - { name: mail, send: hello }
        """).Templates("hello");

    internal static CanonicalEvent About(RunDocument run, string type, string email, Instant at, params (string Name, string Value)[] more) => new()
    {
        Id = $"{type}-{run.Run.RunId}",
        Source = "provider",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email(email)!.Value],
        Data = new EventData.Facts(more.Aggregate(
            ImmutableDictionary<string, AttributeValue>.Empty.Add("message-id", Keys.Message(run.Run.RunId, "mail", 1)), static (all, one) => all.Add(one.Name, one.Value))),
    };

    internal static async Task<string> SignUpAsync(EngineWorld world, string email)
    {
        await world.TellAsync(Tell.SignUp(email, world.Clock.Now));
        return (await world.Queries.FindAsync(email))!;
    }

    private static ProgramText TwoMails(string contact, string option = "priority: normal") => new ProgramText().Program(contact).Journey("alpha", $$"""
        title: The other
        topic: offers
        enter: { event: customer.signed-up }
        steps:
          - { name: mail, send: other, {{option}} }
        """).Journey("beta", $$"""
        title: The important one
        topic: offers
        enter: { event: customer.signed-up }
        steps:
          - { name: mail, send: important, {{(option.StartsWith("if", StringComparison.Ordinal) ? option : "priority: high")}} }
        """).Templates("other", "important");
}
