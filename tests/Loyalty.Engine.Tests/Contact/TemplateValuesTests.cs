using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>What the loader lets a template show, the message shows.</summary>
public sealed class TemplateValuesTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Fact]
    public async Task Message_ConsentFactAndMeasure_AreShown()
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: new ProgramText()
            .Program("facts: { size: text }\nmeasures: { orders-lately: { count: order.paid, within: 30d } }")
            .Templates("hello customer.consent.offers customer.facts.size customer.measures.orders-lately")
            .Journey("greet", """
                topic: offers
                enter: { event: customer.signed-up }
                steps:
                  - { name: know, set: { customer.facts.size: "'XL'" } }
                  - { name: tell, send: hello }
                """));
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        await world.PassAsync(Duration.FromHours(1));

        var message = Assert.Single(provider.Messages);
        Assert.Contains("customer.consent.offers=True", message.Html, StringComparison.Ordinal);
        Assert.Contains("customer.facts.size=XL", message.Html, StringComparison.Ordinal);
        Assert.Contains("customer.measures.orders-lately=0", message.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_OwnFieldsOfTheTrigger_AreShownAlsoWhereItsDataHasTheirNames()
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(Start, provider, program: new ProgramText()
            .Program("events: { seminar.rated: { type: text } }")
            .Templates("hello entry.type entry.at entry.envelope.type")
            .Journey("greet", """
                topic: offers
                enter: { event: seminar.rated, when: event.type = 'green' and entry.envelope.type = 'seminar.rated', key: event.envelope.id }
                steps:
                  - { name: tell, send: hello }
                """));
        await world.TellAsync(Tell.SignUp("ann@shop.example", Start));
        await world.TellAsync(Tell.Reason("ann@shop.example", "price", Start) with
        {
            Id = "rated-1",
            Type = "seminar.rated",
            Data = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("type", "green").Add("id", "7")),
        });
        await world.PassAsync(Duration.FromHours(1));

        var message = Assert.Single(provider.Messages);
        Assert.Contains("entry.type=green", message.Html, StringComparison.Ordinal);
        Assert.Contains("entry.at=2 March 2026", message.Html, StringComparison.Ordinal);
        Assert.Contains("entry.envelope.type=seminar.rated", message.Html, StringComparison.Ordinal);
        var run = Assert.Single(await world.AllAsync<RunDocument>(Kinds.Run)).Run;
        Assert.Equal(run.Entry.Id, run.KeyValue);
    }
}
