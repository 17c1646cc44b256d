using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>Which address a report or a withdrawal is about: the one its message went to.</summary>
public sealed class ReportAddressTests
{
    // 10:00 in Sofia, a Monday.
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Theory]
    [InlineData("message.complained")]
    [InlineData("message.bounced")]
    public async Task Report_WithAShopsIdOnly_SuppressesTheAddressThatTheMessageWentTo(string type)
    {
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: ContactTests.OneMail());
        var shopper = new Shopper("ann");
        await world.TellAsync(shopper.SignUp(shopper.Email, Start));
        await world.TellAsync(shopper.Both(Start));
        await world.SettleAsync();
        var customer = (await world.Queries.FindAsync(shopper.Address))!;
        var run = Assert.Single(await world.Queries.RunsAsync(customer));
        await world.TellAsync(Changed(shopper, "ann@new.example", world.Clock.Now + Duration.FromMinutes(1)));

        await world.TellAsync(ContactTests.About(run, type, shopper.Address, world.Clock.Now + Duration.FromMinutes(5)) with { Identifiers = [shopper.Account] });

        var contact = (await world.Queries.GetAsync(customer))!.Customer!.Contact!;
        Assert.NotNull(contact.Find(Consents.Email, shopper.Address));
        Assert.Null(contact.Find(Consents.Email, "ann@new.example"));
    }

    [Fact]
    public async Task Report_OfATextMessage_SuppressesTheNumberOnItsChannelAndNoMail()
    {
        var sms = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: Texts(), contact: (_, _, _) => Sms(sms));
        var (customer, run) = await TextedAsync(world);

        // Whoever tells it cannot say which address it was, and a hash of their own counts for nothing.
        var report = ContactTests.About(run, "message.complained", "ann@example.com", world.Clock.Now + Duration.FromMinutes(5), ("message-address", ContactState.AddressHash("email", "ann@example.com")));
        await world.TellAsync(report with { Identifiers = [Identifier.External("shopify", "shop.example", "ann")] });

        var contact = (await world.Queries.GetAsync(customer))!.Customer!.Contact!;
        Assert.NotNull(contact.Find("sms", "+359888123456"));
        Assert.Null(contact.Find(Consents.Email, "ann@example.com"));
    }

    [Fact]
    public async Task Report_WhileTheOutcomeIsOpen_KnowsTheAddressFromTheClaim()
    {
        var sms = new TestProvider { CanBeAsked = false, Fault = static () => ProviderFault.LostAnswer };
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: Texts(), contact: (_, _, _) => Sms(sms));
        var (customer, run) = await TextedAsync(world);
        Assert.Empty(await world.Queries.MessagesAsync(customer));

        await world.TellAsync(ContactTests.About(run, "message.complained", "ann@example.com", world.Clock.Now) with { Identifiers = [Identifier.External("shopify", "shop.example", "ann")] });

        Assert.NotNull((await world.Queries.GetAsync(customer))!.Customer!.Contact!.Find("sms", "+359888123456"));
        Assert.Equal("sent", Assert.Single(await world.Queries.MessagesAsync(customer)).Result);
    }

    [Fact]
    public async Task UnsubscribeByMail_QuotingAnothersMessage_TakesNothingBackFromAnybody()
    {
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: ContactTests.OneMail());
        var (ann, eve) = (await ContactTests.SignUpAsync(world, "ann@example.com"), await ContactTests.SignUpAsync(world, "eve@example.com"));
        await world.SettleAsync();
        var annsMessage = Keys.Message(Assert.Single(await world.Queries.RunsAsync(ann)).Run.RunId, "mail", 1);

        await world.TellAsync(Mail("u1", "eve@example.com", annsMessage, world.Clock.Now));
        foreach (var one in new[] { ann, eve }) Assert.True(Assert.Single((await world.Queries.GetAsync(one))!.Customer!.Consents).IsGiven);
        var mails = new AsideMails(world.Store, world.People, world.Merger, world.Apply);
        var aside = Assert.Single(await mails.ListAsync(10));
        Assert.Equal(("unsubscribe", "not-their-message", "eve@example.com", eve, annsMessage), (aside.Kind, aside.Reason, aside.From, aside.SenderIs, aside.MessageId));
        Assert.Equal(RefusalCode.NotTheirMessage, await mails.AttachAsync(aside.Id, eve));

        // Her own, from the address it went to.
        await world.TellAsync(Mail("u2", "ann@example.com", annsMessage, world.Clock.Now));
        Assert.False(Assert.Single((await world.Queries.GetAsync(ann))!.Customer!.Consents).IsGiven);
        Assert.Equal(RefusalCode.NotTheirMessage, await mails.AttachAsync(aside.Id, eve));
        Assert.Null(await mails.DismissAsync(aside.Id));
        Assert.Empty(await mails.ListAsync(10));
    }

    private static ProgramText Texts() => new ProgramText().Program("channels: { sms: { url: \"https://sms.example/send\", to: phone } }").Journey("greet", """
        title: Greeting
        enter: { event: customer.signed-up }
        steps:
          - { name: mail, send: hello, class: transactional, channel: sms }
        """).Templates("hello");

    private static ContactServices Sms(TestProvider sms) => new(Channels: new MessageChannels(new Dictionary<string, IMessageChannel>(StringComparer.Ordinal) { ["sms"] = sms }));

    private static async Task<(string Customer, Core.Runs.RunDocument Run)> TextedAsync(EngineWorld world)
    {
        await world.TellAsync(Person("signup", EventTypes.CustomerSignedUp, Start, new EventData.Person { Email = "ann@example.com", Phone = "+359888123456" }));
        await world.PassAsync(Duration.FromMinutes(10));
        var customer = (await world.Queries.FindAsync("ann@example.com"))!;
        return (customer, Assert.Single(await world.Queries.RunsAsync(customer)));
    }

    private static CanonicalEvent Changed(Shopper shopper, string to, Instant at) => Person("changed", EventTypes.CustomerUpdated, at, new EventData.Person { Email = to }) with { Identifiers = [shopper.Account] };

    private static CanonicalEvent Person(string id, string type, Instant at, EventData.Person person) => new()
    {
        Id = id,
        Source = "shopify:shop.example",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email("ann@example.com")!.Value, Identifier.External("shopify", "shop.example", "ann")],
        Data = person,
    };

    private static CanonicalEvent Mail(string id, string from, string messageId, Instant at) => new()
    {
        Id = id,
        Source = MailEvents.Source,
        Type = EventTypes.MessageUnsubscribed,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email(from)!.Value],
        Data = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("message-id", messageId)),
    };
}
