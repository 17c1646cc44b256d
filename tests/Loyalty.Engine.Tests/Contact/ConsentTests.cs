using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
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
        var token = new ContactToken(ContactPurpose.Preferences, customer, null, null);
        Assert.True(Assert.Single((await answers.ChoicesAsync(customer))!.Value).IsPending);
        Assert.True(await answers.ChooseAsync(token, new HashSet<string>(StringComparer.Ordinal) { "offers" }, "yes, please"));

        var consent = Assert.Single((await world.Queries.GetAsync(customer))!.Customer!.Consents);
        Assert.Equal((true, false), (consent.IsGiven, consent.IsPending));
        // Told by the shop once more, what was confirmed stays.
        await world.TellAsync(Consent("ann@example.com", world.Clock.Now + Duration.FromMinutes(5)));
        Assert.True(Assert.Single((await world.Queries.GetAsync(customer))!.Customer!.Consents).IsGiven);
        var proofs = (await world.AllAsync<ConsentRecord>(Kinds.Consent)).Select(static one => one.Decision).ToList();
        Assert.Contains("asked", proofs);
        Assert.Contains("given", proofs);
    }

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
