using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.Identity;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Customers;

/// <summary>What happens to a message reaches the journeys with the run and step that sent it.</summary>
public sealed class MessageEventTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MessageEvent_WithAMessageId_TellsRunAndStep(bool isKnown)
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var (ann, run) = await PersonMergeTests.InsideAsync(world, "welcome");
        await world.SettleAsync();
        var owner = (await world.People.OwnerAsync(ann.Account))!;
        var message = Assert.Single(await world.Queries.MessagesAsync(owner), one => one.RunId == run.RunId);
        var id = isKnown ? Keys.Message(run.RunId, message.Step, message.Visit) : "message-of-nobody-1";
        var facts = ImmutableDictionary<string, AttributeValue>.Empty.Add("message-id", id).Add("run", "claimed-by-the-sender");

        var session = new PartitionSession(world.Store, Keys.CustomerPartition(owner));
        var e = await Engine.Customers.MessageEvents.AboutAsync(session, Clicked(ann, facts, world.Clock.Now), CancellationToken.None);

        var values = Assert.IsType<EventData.Facts>(e.Data).Values;
        Assert.Equal(isKnown ? run.RunId : "claimed-by-the-sender", ((AttributeValue.Text)values["run"]).Value);
        if (!isKnown) return;
        Assert.Equal((message.Step, message.Template), (((AttributeValue.Text)values["step"]).Value, ((AttributeValue.Text)values["template"]).Value));
        await world.TellAsync(Clicked(ann, facts, world.Clock.Now));
    }

    private static CanonicalEvent Clicked(Shopper ann, ImmutableDictionary<string, AttributeValue> facts, Instant at) => new()
    {
        Id = "click",
        Source = "test",
        Type = EventTypes.MessageClicked,
        Time = at,
        ReceivedAt = at,
        Identifiers = [ann.Account],
        Data = new EventData.Facts(facts),
    };
}
