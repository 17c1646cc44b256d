using Loyalty.Engine.Intake;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Intake;

/// <summary>A message whose event cannot be found: with a store of session consistency another process may see the document a moment later.</summary>
public sealed class MissingIntakeTests
{
    [Fact]
    public async Task ConsumeAsync_IntakeNotThereYet_TriesAgainBeforeItCountsAsLost()
    {
        await using var world = await EngineWorld.StartAsync(Instant.FromUtc(2026, 3, 1, 12, 0));
        var reference = new EventReference("m-1", "s-1");
        for (int attempt = 0; attempt < EventConsumer.MissingLimit; attempt++)
        {
            Assert.IsType<ConsumeOutcome.Complete>(await world.Consumer.ConsumeAsync(reference));
            reference = reference.Next();
        }

        Assert.Equal("intake-missing", Assert.IsType<ConsumeOutcome.DeadLetter>(await world.Consumer.ConsumeAsync(reference)).Reason);
    }
}
