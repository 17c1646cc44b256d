using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>Double opt-in and proofs.</summary>
public sealed class ConsentTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Fact]
    public async Task DoubleOptIn_AskedByTheShop_CountsOnlyWhenConfirmedFromTheAddress()
    {
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: ContactTests.OneMail().Program("contact: { double-opt-in: [offers] }").Journey("confirm", """
            title: Confirm
            enter: { event: customer.consent-changed, when: "event.asked contains 'offers'" }
            steps:
              - { name: ask, send: please-confirm, class: transactional }
            """).Templates("please-confirm"));
        var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
        await world.TellAsync(Consent("ann@example.com", Start + Duration.FromMinutes(1)));
        await world.PassAsync(Duration.FromDays(1));
        Assert.Equal(["no-consent", "sent"], (await world.Queries.MessagesAsync(customer)).OrderBy(static one => one.Template).Select(static one => one.Reason ?? one.Result));
        Assert.True(Assert.Single((await world.Queries.GetAsync(customer))!.Customer!.Consents).IsPending);

        var answers = new AnswersUseCase(world.Store, world.Apply, world.Merger, world.Programs, world.Clock);
        var confirm = Assert.Single(await world.Queries.RunsAsync(customer), static run => run.Run.Journey == "confirm");
        var token = new ContactToken(ContactPurpose.Preferences, customer, null, Keys.Message(confirm.Run.RunId, "ask", 1));
        Assert.Equal((true, true), Assert.Single((await answers.ChoicesAsync(token))!.Value) is var choice ? (choice.IsPending, choice.IsConfirmable) : default);
        Assert.Empty((await answers.ChooseAsync(token, Offers, None, "yes, please"))!.Value);

        var consent = Assert.Single((await world.Queries.GetAsync(customer))!.Customer!.Consents);
        Assert.Equal((true, false), (consent.IsGiven, consent.IsPending));
        // Told by the shop once more, what was confirmed stays.
        await world.TellAsync(Consent("ann@example.com", world.Clock.Now + Duration.FromMinutes(5)));
        Assert.True(Assert.Single((await world.Queries.GetAsync(customer))!.Customer!.Consents).IsGiven);
        var proofs = (await world.AllAsync<ConsentRecord>(Kinds.Consent)).Select(static one => one.Decision).ToList();
        Assert.Contains("asked", proofs);
        Assert.Contains("given", proofs);
    }

    [Theory]
    [InlineData("sms")]
    [InlineData("old address")]
    [InlineData("no message")]
    [InlineData("another's message")]
    public async Task DoubleOptIn_LinkThatCameElsewhere_ConfirmsNothing(string where)
    {
        var sms = new TestProvider();
        await using var world = await EngineWorld.StartAsync(
            Start, new TestProvider(), program: SmsAndMail(), contact: (_, _, _) => new ContactServices(Channels: new MessageChannels(new Dictionary<string, IMessageChannel>(StringComparer.Ordinal) { ["sms"] = sms })));
        await world.TellAsync(SignUp("ann@example.com", "+359888123456"));
        await world.TellAsync(SignUp("eve@example.com", "+359888123457"));
        var (customer, other) = ((await world.Queries.FindAsync("ann@example.com"))!, (await world.Queries.FindAsync("eve@example.com"))!);
        await world.PassAsync(Duration.FromHours(1));
        Assert.Equal(2, sms.Messages.Count);
        if (where == "old address")
        {
            await world.TellAsync(Changed("ann@example.com", "ann@new.example", world.Clock.Now));
            Assert.Equal("ann@new.example", (await world.Queries.GetAsync(customer))!.Person!.Email!.Value);
        }

        var answers = new AnswersUseCase(world.Store, world.Apply, world.Merger, world.Programs, world.Clock);
        var run = Assert.Single(await world.Queries.RunsAsync(where == "another's message" ? other : customer), static one => one.Run.Journey == "confirm");
        var message = where == "no message" ? null : Keys.Message(run.Run.RunId, where == "sms" ? "text" : "ask", 1);
        var token = new ContactToken(ContactPurpose.Preferences, customer, null, message);
        var before = await AskedAsync(world, customer);

        var waiting = (await answers.ChooseAsync(token, new HashSet<string>(StringComparer.Ordinal) { "offers", "sms/offers" }, None, "yes"))!.Value;

        Assert.Equal(where == "sms" ? ["offers"] : ["offers", "sms/offers"], waiting.Select(static one => one.Key).Order(StringComparer.Ordinal));
        var consents = (await world.Queries.GetAsync(customer))!.Customer!.Consents.ToDictionary(static one => one.Topic, StringComparer.Ordinal);
        Assert.Equal((false, true), (consents["offers"].IsGiven, consents["offers"].IsPending));
        Assert.Equal(where == "sms", consents["sms/offers"].IsGiven);
        // It is asked for once more, so that the journey can send another confirmation.
        Assert.Equal(before + 1, await AskedAsync(world, customer));
    }

    [Theory]
    [InlineData(EventTypes.CustomerSignedUp)]
    [InlineData(EventTypes.CustomerUpdated)]
    [InlineData(EventTypes.CustomerConsentChanged)]
    public async Task DoubleOptIn_HoweverItIsAskedFor_TheJourneyThatConfirmsHearsOfIt(string type)
    {
        var program = ContactTests.OneMail().Program("contact: { double-opt-in: [offers] }").Journey("confirm", """
            title: Confirm
            enter: { event: customer.consent-changed, when: "event.asked contains 'offers'", again: after-end }
            steps:
              - { name: ask, send: please-confirm, class: transactional }
            """).Templates("please-confirm");
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: program);
        await world.TellAsync(SignUp("ann@example.com", "+359888123456") with { Type = type });
        await world.SettleAsync();

        var customer = (await world.Queries.FindAsync("ann@example.com"))!;
        Assert.Equal("sent", Assert.Single(await world.Queries.MessagesAsync(customer), static one => one.Template == "please-confirm").Result);
        Assert.Equal(1, (await world.Queries.RunsAsync(customer)).Count(static run => run.Run.Journey == "confirm"));
    }

    [Theory]
    [InlineData("ann@new.example", "+359888123456", true, false)]
    [InlineData("ANN@example.com", "+359888999999", false, true)]
    [InlineData("ann@new.example", "+359888999999", true, true)]
    [InlineData("ann@example.com", "+359888123456", false, false)]
    public async Task DoubleOptIn_AnotherAddress_IsAskedAgainThere(string email, string phone, bool mailWaits, bool textWaits)
    {
        var program = new ProgramText().Program("channels: { sms: { url: \"https://sms.example/send\", to: phone }, push: { url: \"https://push.example/send\", to: customer } }\ncontact: { double-opt-in: [offers] }").Journey("confirm", """
            title: Confirm
            enter: { event: customer.consent-changed, when: event.asked is set, again: after-end, max-age: 30d }
            steps:
              - { name: ask, send: please-confirm, class: transactional }
            """).Templates("please-confirm");
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: program);
        var all = ImmutableDictionary<string, bool>.Empty.Add("offers", true).Add("sms/offers", true).Add("push/offers", true);
        var known = new EventData.Person { Email = "ann@example.com", Phone = "+359888123456", Consent = all, ConsentHow = CustomerDecider.Confirmed };
        ImmutableArray<Identifier> ann = [Identifier.External("shopify", "shop.example", "7")];
        await world.TellAsync(Person("signup", EventTypes.CustomerSignedUp, [.. ann, Identifier.Email("ann@example.com")!.Value], Start, known));
        await world.PassAsync(Duration.FromDays(1));
        var customer = (await world.Queries.FindAsync("ann@example.com"))!;
        Assert.All((await world.Queries.GetAsync(customer))!.Customer!.Consents, static one => Assert.True(one.IsGiven));

        var changed = Person("changed", EventTypes.CustomerUpdated, ann, world.Clock.Now, new EventData.Person { Email = email, Phone = phone });
        await world.TellAsync(changed);
        await world.TellAsync(changed);
        await world.SettleAsync();

        var consents = (await world.Queries.GetAsync(customer))!.Customer!.Consents.ToDictionary(static one => one.Topic, static one => one.IsPending, StringComparer.Ordinal);
        Assert.Equal((mailWaits, textWaits, false), (consents["offers"], consents["sms/offers"], consents["push/offers"]));
        var isAsked = mailWaits || textWaits;
        Assert.Equal(isAsked ? ["please-confirm"] : [], (await world.Queries.MessagesAsync(customer)).Select(static one => one.Template));
        Assert.Equal((mailWaits ? 1 : 0) + (textWaits ? 1 : 0), (await world.AllAsync<ConsentRecord>(Kinds.Consent)).Count(static one => one is { Decision: "asked", How: EventTypes.CustomerUpdated }));
        // Confirmed together with the new address by a shop that has asked itself.
        await world.TellAsync(Person("confirmed", EventTypes.CustomerUpdated, ann, world.Clock.Now + Duration.FromHours(1), known with { Email = "ann@third.example" }));
        Assert.All((await world.Queries.GetAsync(customer))!.Customer!.Consents, static one => Assert.True(one.IsGiven));
    }

    [Theory]
    [InlineData("*", false, false)]
    [InlineData("sms/*", true, false)]
    public async Task Everything_TakenBack_LeavesNothingToBeConfirmed(string topic, bool mailWaits, bool textWaits)
    {
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: SmsAndMail());
        await world.TellAsync(SignUp("ann@example.com", "+359888123456"));
        var customer = (await world.Queries.FindAsync("ann@example.com"))!;
        await world.TellAsync(Person("stop", EventTypes.CustomerConsentChanged, [Identifier.Email("ann@example.com")!.Value], Start + Duration.FromHours(1), new EventData.Person { Consent = ImmutableDictionary<string, bool>.Empty.Add(topic, false) }));

        var consents = (await world.Queries.GetAsync(customer))!.Customer!.Consents.ToDictionary(static one => one.Topic, StringComparer.Ordinal);
        Assert.Equal((mailWaits, textWaits), (consents["offers"].IsPending, consents["sms/offers"].IsPending));
        // Each that was ended so has its proof.
        Assert.Equal(mailWaits ? 2 : 3, (await world.AllAsync<ConsentRecord>(Kinds.Consent)).Count(static one => one.Decision == "withdrawn"));
    }

    [Fact]
    public async Task Preferences_WhatWaits_WaitsOnUnlessItIsGivenOrDeclined()
    {
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: SmsAndMail());
        await world.TellAsync(SignUp("ann@example.com", "+359888123456"));
        var customer = (await world.Queries.FindAsync("ann@example.com"))!;
        await world.PassAsync(Duration.FromHours(1));
        var answers = new AnswersUseCase(world.Store, world.Apply, world.Merger, world.Programs, world.Clock);
        var token = new ContactToken(ContactPurpose.Preferences, customer, null, null);
        var count = (await world.AllAsync<ConsentRecord>(Kinds.Consent)).Count;

        Assert.Empty((await answers.ChooseAsync(token, None, None, "saved"))!.Value);
        Assert.All((await world.Queries.GetAsync(customer))!.Customer!.Consents, static one => Assert.True(one.IsPending));
        Assert.Equal(count, (await world.AllAsync<ConsentRecord>(Kinds.Consent)).Count);

        Assert.Empty((await answers.ChooseAsync(token, None, Offers, "no"))!.Value);
        Assert.Equal([("offers", false), ("sms/offers", true)], (await world.Queries.GetAsync(customer))!.Customer!.Consents.Select(static one => (one.Topic, one.IsPending)));
    }

    [Fact]
    public async Task Answer_OtherwiseTheSame_AboutSomethingElseIsAnotherAnswer()
    {
        await using var world = await EngineWorld.StartAsync(Start, new TestProvider(), program: ContactTests.OneMail());
        var customer = await ContactTests.SignUpAsync(world, "ann@example.com");
        var answers = new AnswersUseCase(world.Store, world.Apply, world.Merger, world.Programs, world.Clock);
        foreach (var about in new[] { "product", "outlet", "product", null }) Assert.True(await answers.AnswerAsync(customer, new FeedbackAnswer { Kind = "rating", Rating = 3, About = about }, null, "page"));
        Assert.Equal([null, "outlet", "product"], (await world.AllAsync<FeedbackRecord>(Kinds.Feedback)).Select(static one => one.About).Order(StringComparer.Ordinal));
    }

    private static readonly HashSet<string> Offers = new(StringComparer.Ordinal) { "offers" };
    private static readonly HashSet<string> None = [];

    private static ProgramText SmsAndMail() => new ProgramText().Program("channels: { sms: { url: \"https://sms.example/send\", to: phone } }\ncontact: { double-opt-in: [offers] }").Journey("confirm", """
        title: Confirm
        enter: { event: customer.signed-up }
        steps:
          - { name: ask, send: please-confirm, class: transactional }
          - { name: text, send: please-confirm, class: transactional, channel: sms }
        """).Templates("please-confirm");

    private static async Task<int> AskedAsync(EngineWorld world, string customer) =>
        (await world.AllAsync<ConsentRecord>(Kinds.Consent)).Count(one => one is { Decision: "asked", Topic: "offers", Channel: "email" } && one.How == CustomerDecider.PreferencePage);

    private static CanonicalEvent SignUp(string email, string phone) => Person($"signup-{email}", EventTypes.CustomerSignedUp, [Identifier.Email(email)!.Value], Start, new EventData.Person
    {
        Email = email,
        Phone = phone,
        Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true).Add("sms/offers", true),
    });

    private static CanonicalEvent Changed(string email, string to, Instant at) =>
        Person($"changed-{email}", EventTypes.CustomerUpdated, [Identifier.Email(email)!.Value], at, new EventData.Person { Email = to });

    private static CanonicalEvent Person(string id, string type, ImmutableArray<Identifier> whose, Instant at, EventData.Person person) =>
        new() { Id = id, Source = "shopify:shop.example", Type = type, Time = at, ReceivedAt = at, Identifiers = whose, Data = person };

    private static CanonicalEvent Consent(string email, Instant at) => new()
    {
        Id = $"consent-{at}",
        Source = "shopify:shop.example",
        Type = EventTypes.CustomerConsentChanged,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email(email)!.Value],
        Data = new EventData.Person { Email = email, Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true), ConsentHow = "checkout", ConsentText = "v3" },
    };
}
