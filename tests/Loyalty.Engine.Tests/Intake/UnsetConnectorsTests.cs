using Loyalty.Engine.Intake;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Intake;

/// <summary>Connectors without a secret, as they are noted for the doctor.</summary>
public sealed class UnsetConnectorsTests
{
    /// <summary>A real clock has fractions of a second.</summary>
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0) + Duration.FromNanoseconds(123_456_700);

    [Fact]
    public async Task Note_AtAnyMoment_IsToldForADayAndNotedOnceAnHour()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var unset = new UnsetConnectors(world.Store, world.Clock);

        Assert.True(await unset.NoteAsync("stripe"));
        Assert.False(await unset.NoteAsync("stripe"));
        Assert.True(await unset.NoteAsync("mail"));
        Assert.Equal([("mail", Start), ("stripe", Start)], (await unset.ListAsync()).Select(static one => (one.Connector, one.LastAt)));

        world.Clock.Now += Duration.FromHours(1);
        Assert.True(await unset.NoteAsync("stripe"));
        world.Clock.Now = Start + UnsetConnectors.TellsFor;
        Assert.Equal(["stripe"], (await unset.ListAsync()).Select(static one => one.Connector));
        // Another process notes it as well, and one document says so.
        Assert.True(await new UnsetConnectors(world.Store, world.Clock).NoteAsync("stripe"));
        Assert.Equal([("stripe", world.Clock.Now)], (await unset.ListAsync()).Select(static one => (one.Connector, one.LastAt)));
    }
}
