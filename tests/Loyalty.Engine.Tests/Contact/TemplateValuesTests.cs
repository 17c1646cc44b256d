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
}
