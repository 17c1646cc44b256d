using System.Collections.Immutable;
using System.Reflection;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>
/// Every reason why a message does not go, produced through the whole engine: the message ends with it, in the person's history. The table holds every constant
/// of <see cref="WithholdReasons"/>; one that is added without a way to produce it fails.
/// </summary>
public sealed class ReasonTests
{
    /// <summary>10:00 in Sofia, a Monday.</summary>
    private static readonly Instant Day = Instant.FromUtc(2026, 3, 2, 8, 0);

    /// <summary>05:00 in Sofia.</summary>
    private static readonly Instant Night = Day - Duration.FromHours(5);

    private const string Window = "send-window: { from: \"09:00\", to: \"20:00\" }";
    private const string Quiet = "contact: { quiet-hours: { from: \"21:00\", to: \"09:00\" } }";

    private static readonly Dictionary<string, (string Result, Func<Task<MessageRecord>> Produce)> Table = new(StringComparer.Ordinal)
    {
        [WithholdReasons.Erased] = ("withheld", ErasedAsync),
        [WithholdReasons.NoAddress] = ("withheld", () => OneAsync(Day, Mail(), tell: static world => world.TellAsync(Person("ann", static person => person with { Email = null }, external: true)))),
        [WithholdReasons.Suppressed] = ("withheld", SuppressedAsync),
        [WithholdReasons.NoConsent] = ("withheld", () => OneAsync(Day, Mail(), tell: static world => world.TellAsync(Person("ann", static person => person with { Consent = ImmutableDictionary<string, bool>.Empty })))),
        [WithholdReasons.TopicOff] = ("withheld", () => OneAsync(Night, Mail(Quiet), then: static world => world.TellAsync(Tell.Unsubscribed("ann@example.com", world.Clock.Now + Duration.FromMinutes(1))))),
        [WithholdReasons.Duplicate] = ("withheld", () => OneAsync(Day, Two("contact: { repeat-after: 7d }", "hello", "hello"), reason: WithholdReasons.Duplicate)),
        [WithholdReasons.QuietHours] = ("withheld", () => OneAsync(Night, Mail(Quiet, "if-not-now: drop"))),
        [WithholdReasons.FrequencyCap] = ("withheld", () => OneAsync(Day, Two("contact: { caps: [ { at-most: 1, per: week } ] }", "hello", "other", "if-not-now: drop", important: "if-not-now: drop"), reason: WithholdReasons.FrequencyCap)),
        [WithholdReasons.LowerPriority] = ("withheld", () => OneAsync(
            Night, Two("contact: { caps: [ { at-most: 1, per: day } ] }", "hello", "other", "if-not-now: drop", Window), reason: WithholdReasons.LowerPriority)),
        [WithholdReasons.Budget] = ("withheld", () => OneAsync(
            Day, Mail("contact: { budgets: { email: { at-most: 1, per: day } } }", "if-not-now: drop"), tell: TwoPeopleAsync, contact: Paced(new ProviderQuota()), reason: WithholdReasons.Budget)),
        [WithholdReasons.ProviderQuota] = ("withheld", () => OneAsync(
            Day, Mail("", "if-not-now: drop"), tell: TwoPeopleAsync, contact: Paced(new ProviderQuota(PerMinute: 1)), reason: WithholdReasons.ProviderQuota)),
        [WithholdReasons.NoChannel] = ("withheld", () => OneAsync(Day, Mail("channels: { sms: { url: \"https://sms.shop.example/send\", to: phone } }", "channel: sms"))),
        [WithholdReasons.GaveUp] = ("expired", () => OneAsync(Day, Mail("", "give-up: 1h"), channel: new TestProvider { Fault = static () => ProviderFault.Busy })),
        [WithholdReasons.Refused] = ("withheld", () => ByChannelAsync("EmailDropped")),
        [WithholdReasons.BadRecipient] = ("withheld", () => ByChannelAsync(WithholdReasons.BadRecipient)),
        [WithholdReasons.BadSender] = ("withheld", () => ByChannelAsync(WithholdReasons.BadSender)),
        [WithholdReasons.BadSubject] = ("withheld", () => ByChannelAsync(WithholdReasons.BadSubject)),
        [WithholdReasons.BadHeader] = ("withheld", () => ByChannelAsync(WithholdReasons.BadHeader)),
        [WithholdReasons.TemplateBroken] = ("withheld", () => OneAsync(Night, Mail(Quiet), then: static world =>
        {
            // Published sound, and no longer there when it is rendered.
            File.Delete(Path.Combine(Path.GetDirectoryName(world.OutboxFolder)!, "program", "templates", "hello", "en.hbs"));
            return Task.CompletedTask;
        })),
        [WithholdReasons.OutcomeUnknown] = ("expired", () => OneAsync(Day, Mail(), channel: new TestProvider { CanBeAsked = false, Fault = static () => ProviderFault.LostAnswer })),
        [WithholdReasons.Cancelled] = ("withheld", () => OneAsync(Night, Mail("", "", Window + "\nexit: [ { event: order.paid } ]"), then: static world => world.TellAsync(Tell.Paid("ann@example.com", "1", 20, world.Clock.Now)))),
    };

    /// <summary>Reasons that no message of the history bears, and the test that produces each.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        // A run that is held out queues nothing; the arbiter would stop what was queued all the same.
        [WithholdReasons.HeldOut] = "tests/Loyalty.Core.Tests/Contact/ArbiterTests.cs Judge_ThisAndEverythingAfterIt_SaysThisReason",
        // Nothing was queued: the step ends by itself.
        [WithholdReasons.WindowNeverOpens] = "tests/Loyalty.Core.Tests/Journeys/EffectTests.cs Send_WindowThatNeverOpens_IsWithheldWithItsReason",
        // No end: it waits.
        [WithholdReasons.SendWindow] = "tests/Loyalty.Core.Tests/Contact/ArbiterTests.cs Judge_OutsideTheWindow_WaitsForItAndIsDroppedForNoReason",
        [WithholdReasons.ProviderBusy] = "tests/Loyalty.Engine.Tests/Contact/ReasonTests.cs Message_ProviderBusy_WaitsWithThatReason",
        [WithholdReasons.StepRemoved] = "tests/Loyalty.Functions.Tests/Journeys/RemovedMessageTests.cs Follow_StepOfAWaitingMessageRemoved_EndsItWithItsReason",
    };

    public static TheoryData<string> Reasons() => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Message_ForEachReason_EndsWithItInThePersonsHistory(string reason)
    {
        var message = await Table[reason].Produce();

        Assert.Equal((Table[reason].Result, reason), (message.Result, message.Reason!.Split(':')[0]));
    }

    [Fact]
    public void Reasons_EveryOne_IsProducedByATest()
    {
        var all = typeof(WithholdReasons).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static field => (string)field.GetRawConstantValue()!);
        Assert.Equal(all.Order(StringComparer.Ordinal), Table.Keys.Concat(Elsewhere.Keys).Order(StringComparer.Ordinal));
        foreach (var (reason, place) in Elsewhere)
        {
            var text = File.ReadAllText(SourceTree.File(place.Split(' ')[0]));
            Assert.Contains(" " + place.Split(' ')[1] + "(", text, StringComparison.Ordinal);
            Assert.True(text.Contains(reason, StringComparison.Ordinal) || text.Contains("WithholdReasons.", StringComparison.Ordinal), place);
        }
    }

    [Fact]
    public async Task Message_ProviderBusy_WaitsWithThatReason()
    {
        await using var world = await EngineWorld.StartAsync(Day, new TestProvider { Fault = static () => ProviderFault.Busy }, program: Mail());
        var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
        await world.SettleAsync();

        var item = Assert.Single(Assert.Single(await world.Queries.RunsAsync(customer)).Outbox);
        Assert.Equal((OutboxState.Open, WithholdReasons.ProviderBusy), (item.State, item.Reason));
        Assert.Empty(await world.Queries.MessagesAsync(customer));
    }

    [Fact]
    public async Task Cancelled_AfterItWasClaimedOnce_UsesUpNoPlaceUnderACap()
    {
        var provider = new TestProvider { Fault = static () => ProviderFault.Busy };
        var program = Mail("contact: { caps: [ { at-most: 1, per: week } ] }", "", "exit: [ { event: order.paid } ]").Journey("receipts", """
            title: After an order
            topic: offers
            enter: { event: order.paid }
            steps:
              - { name: later, wait: 1h }
              - { name: mail, send: other }
            """).Templates("other");
        await using var world = await EngineWorld.StartAsync(Day, provider, program: program);
        var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
        await world.SettleAsync();
        provider.Fault = null;
        await world.TellAsync(Tell.Paid("ann@example.com", "1", 20, world.Clock.Now));
        await world.PassAsync(Duration.FromDays(2));

        var messages = (await world.Queries.MessagesAsync(customer)).ToDictionary(static one => one.Template, static one => (one.Result, one.Reason), StringComparer.Ordinal);
        Assert.Equal(("withheld", WithholdReasons.Cancelled), messages["hello"]);
        Assert.Equal(("sent", null), messages["other"]);
    }

    [Fact]
    public async Task Unsubscribed_ByATextMessage_TakesThatChannelsConsentBackAndNoOther()
    {
        var texts = new TestProvider();
        var program = Mail("channels: { sms: { url: \"https://sms.shop.example/send\", to: phone } }", "channel: sms");
        await using var world = await EngineWorld.StartAsync(Day, new TestProvider(), program: program, contact: (_, _, _) =>
            new ContactServices(Channels: new MessageChannels(new Dictionary<string, IMessageChannel>(StringComparer.Ordinal) { ["sms"] = texts })));
        await world.TellAsync(Person("ann", static person => person with { Phone = "+359881110001", Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true).Add("sms/offers", true) }));
        await world.SettleAsync();
        var customer = (await world.Queries.FindAsync("ann@example.com"))!;
        Assert.Equal("+359881110001", Assert.Single(texts.Messages).To);

        await world.TellAsync(ContactTests.About(Assert.Single(await world.Queries.RunsAsync(customer)), EventTypes.MessageUnsubscribed, "ann@example.com", world.Clock.Now + Duration.FromMinutes(1)));
        await world.SettleAsync();

        var consents = (await world.Queries.GetAsync(customer))!.Customer!.Consents.ToDictionary(static one => one.Topic, static one => one.IsGiven, StringComparer.Ordinal);
        Assert.Equal((true, false), (consents["offers"], consents["sms/offers"]));
    }

    private static async Task<MessageRecord> OneAsync(
        Instant start,
        ProgramText program,
        IMessageChannel? channel = null,
        Func<EngineWorld, Task>? tell = null,
        Func<EngineWorld, Task>? then = null,
        Func<Engine.Storage.IDocumentStore, IClock, IProgramSource, ContactServices>? contact = null,
        string? reason = null)
    {
        await using var world = await EngineWorld.StartAsync(start, channel ?? new TestProvider(), program: program, contact: contact);
        if (tell is null) await world.TellAsync(Tell.SignUp("ann@example.com", start));
        else await tell(world);
        await world.SettleAsync();
        if (then is not null) await then(world);
        await world.PassAsync(Duration.FromDays(6));
        var messages = await world.AllAsync<MessageRecord>(Kinds.Message);
        return Assert.Single(messages, one => reason is null || one.Reason == reason);
    }

    private static async Task<MessageRecord> ErasedAsync()
    {
        await using var world = await EngineWorld.StartAsync(Night, new TestProvider(), program: Mail(Quiet));
        var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
        await world.SettleAsync();
        var session = new PartitionSession(world.Store, Keys.CustomerPartition(customer));
        var state = (await session.ReadAsync<CustomerState>(Keys.CustomerId))!;
        session.Put(Keys.CustomerId, Kinds.Customer, state with { Contact = (state.Contact ?? new ContactState()) with { ErasedAt = world.Clock.Now } });
        Assert.True(await session.CommitAsync());
        await world.PassAsync(Duration.FromDays(2));
        return Assert.Single(await world.Queries.MessagesAsync(customer));
    }

    private static async Task<MessageRecord> SuppressedAsync()
    {
        await using var world = await EngineWorld.StartAsync(
            Day, new TestProvider(), program: Mail(), contact: static (store, clock, _) => new ContactServices(Suppressions: new SuppressionList(store, clock)));
        await new SuppressionList(world.Store, world.Clock).ImportAsync(["ann@example.com"], "old-system");
        var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
        await world.PassAsync(Duration.FromDays(1));
        return Assert.Single(await world.Queries.MessagesAsync(customer));
    }

    private static Task<MessageRecord> ByChannelAsync(string says) => OneAsync(Day, Mail(), new Refusing(says));

    private static Func<Engine.Storage.IDocumentStore, IClock, IProgramSource, ContactServices> Paced(ProviderQuota quota) => (store, clock, programs) =>
        new ContactServices(Pacing: new StorePacing(store, programs, new Dictionary<string, ProviderQuota>(StringComparer.Ordinal) { ["email"] = quota }, clock));

    private static async Task TwoPeopleAsync(EngineWorld world)
    {
        await world.TellAsync(Tell.SignUp("ann@example.com", world.Clock.Now));
        await world.TellAsync(Tell.SignUp("bob@example.com", world.Clock.Now));
    }

    private static CanonicalEvent Person(string name, Func<EventData.Person, EventData.Person> change, bool external = false)
    {
        var told = Tell.SignUp(name + "@example.com", Day);
        return told with
        {
            Identifiers = external ? [Identifier.External("shopify", "shop.example", name)] : told.Identifiers,
            Data = change((EventData.Person)told.Data!),
        };
    }

    private static ProgramText Mail(string program = "", string send = "", string journey = "") => new ProgramText().Program(program).Journey("greet", $$"""
        title: Greeting
        topic: offers
        enter: { event: customer.signed-up }
        {{journey}}
        steps:
          - { name: mail, send: hello{{(send.Length == 0 ? "" : ", " + send)}} }
        """).Templates("hello");

    private static ProgramText Two(string program, string first, string second, string option = "priority: normal", string journey = "", string important = "if-not-now: wait") => new ProgramText().Program(program).Journey("alpha", $$"""
        title: One
        topic: offers
        enter: { event: customer.signed-up }
        {{journey}}
        steps:
          - { name: mail, send: {{first}}, {{option}} }
        """).Journey("beta", $$"""
        title: The important one
        topic: offers
        enter: { event: customer.signed-up }
        {{journey}}
        steps:
          - { name: mail, send: {{second}}, priority: high, {{important}} }
        """).Templates(first == second ? [first] : [first, second]);

    /// <summary>A channel that will never take it.</summary>
    private sealed class Refusing(string says) : IMessageChannel
    {
        public Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default) => Task.FromResult<HandOver>(new HandOver.Refused(says));

        public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => Task.FromResult<HandOver>(new HandOver.NeverSeen());
    }
}
