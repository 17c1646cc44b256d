using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>Double opt-in where addresses change hands: two people become one, or somebody who has taken everything back gets another address.</summary>
public sealed class OptInMergeTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    /// <summary>By what the one who stays and the one who goes had decided: what the one they are has, and how many letters ask at the present address.</summary>
    [Theory]
    [InlineData("given", "given", "asked", 1)]
    [InlineData("asked", "asked", "asked", 2)]
    [InlineData("asked", "given", "asked", 1)]
    [InlineData("given", "asked", "asked", 2)]
    [InlineData("given", "none", "asked", 1)]
    [InlineData("none", "given", "given", 0)]
    [InlineData("none", "asked", "asked", 1)]
    [InlineData("given", "withdrawn", "withdrawn", 0)]
    [InlineData("withdrawn", "asked", "withdrawn", 1)]
    [InlineData("everything", "given", "withdrawn", 0)]
    public async Task Merge_UnderDoubleOptIn_WhatWasConfirmedFromAnotherAddressWaits(string stays, string goes, string expected, int letters)
    {
        var mail = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, mail, program: Program());
        await DecideAsync(world, "stays", stays);
        await DecideAsync(world, "goes", goes);
        await TellAsync(world, "both", EventTypes.CustomerUpdated, new EventData.Person { Locale = "en" }, "stays", "goes");
        await world.PassAsync(Duration.FromMinutes(5));

        var customer = (await world.Queries.FindAsync("stays@example.com"))!;
        var state = (await world.Queries.GetAsync(customer))!;
        Assert.Equal("goes@example.com", state.Person!.Email!.Value);
        Assert.Equal(expected, state.Customer!.Consents.Single(static one => one.Topic == "offers") switch
        {
            { IsGiven: true } => Core.Contact.Consents.Refusal(state.Customer, "offers", "email") is null ? "given" : "withdrawn",
            { IsPending: true } => "asked",
            _ => "withdrawn",
        });
        Assert.Equal(letters, mail.Messages.Count(static one => one.To == "goes@example.com"));
        if (expected != "asked") return;

        // A link that came to the present address confirms it.
        var sent = (await world.Queries.MessagesAsync(customer)).Where(static one => one.Result == "sent").OrderBy(static one => one.At).Last();
        var answers = new AnswersUseCase(world.Store, world.Apply, world.Merger, world.Programs, world.Clock);
        var token = new ContactToken(ContactPurpose.Preferences, customer, null, Keys.Message(sent.RunId, sent.Step, sent.Visit));
        Assert.Empty((await answers.ChooseAsync(token, new HashSet<string>(StringComparer.Ordinal) { "offers" }, new HashSet<string>(StringComparer.Ordinal), "yes"))!.Value);
        Assert.True((await world.Queries.GetAsync(customer))!.Customer!.Consents.Single(static one => one.Topic == "offers").IsGiven);
        if (stays == "given") Assert.Contains(await world.AllAsync<ConsentRecord>(Kinds.Consent), static one => one is { Decision: "asked", How: EventTypes.CustomerMerged });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EverythingTakenBack_AnotherAddressOrTheShopSaysYesAgain_NothingCountsUnasked(bool shopSaysYes)
    {
        var mail = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, mail, program: Program());
        await DecideAsync(world, "ann", "given");
        await DecideAsync(world, "ann", "everything");
        await TellAsync(world, "later", EventTypes.CustomerUpdated, shopSaysYes ? Yes("ann", how: null) : new EventData.Person { Email = "ann@new.example" }, "ann");
        await world.PassAsync(Duration.FromMinutes(5));

        var customer = (await world.Queries.GetAsync((await world.Queries.FindAsync("ann@example.com"))!))!.Customer!;
        Assert.NotNull(Core.Contact.Consents.Refusal(customer, "offers", "email"));
        // Told anew it is asked for anew; another address alone is no reason to ask whoever wants nothing.
        Assert.Equal(shopSaysYes, customer.Consents.Single(static one => one.Topic == "offers").IsPending);
        Assert.Equal(shopSaysYes ? 1 : 0, mail.Messages.Count);
    }

    private static async Task DecideAsync(EngineWorld world, string who, string decision)
    {
        var none = new EventData.Person { Email = who + "@example.com" };
        var given = decision is "given" or "asked" or "withdrawn";
        await TellAsync(world, "signup", EventTypes.CustomerSignedUp, given ? Yes(who, decision == "asked" ? null : CustomerDecider.Confirmed) : none, who);
        if (decision is "withdrawn" or "everything")
        {
            var topic = decision == "withdrawn" ? "offers" : TopicConsent.Everything;
            await TellAsync(world, "no", EventTypes.CustomerConsentChanged, new EventData.Person { Consent = ImmutableDictionary<string, bool>.Empty.Add(topic, false) }, who);
        }
    }

    private static EventData.Person Yes(string who, string? how) =>
        new() { Email = who + "@example.com", Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true), ConsentHow = how };

    private static async Task TellAsync(EngineWorld world, string id, string type, EventData.Person person, params string[] who)
    {
        world.Clock.Now += Duration.FromMinutes(1);
        await world.TellAsync(new CanonicalEvent
        {
            Id = $"{id}-{string.Join('-', who)}",
            Source = "shopify:shop.example",
            Type = type,
            Time = world.Clock.Now,
            ReceivedAt = world.Clock.Now,
            Identifiers = [.. who.Select(static one => Identifier.Email(one + "@example.com")!.Value)],
            Data = person,
        });
        await world.SettleAsync();
    }

    private static ProgramText Program() => new ProgramText().Program("contact: { double-opt-in: [offers] }").Journey("confirm", """
        title: Confirm
        enter: { event: customer.consent-changed, when: "event.asked contains 'offers'", again: after-end }
        steps:
          - { name: ask, send: please-confirm, class: transactional }
        """).Templates("please-confirm");
}
