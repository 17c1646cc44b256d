using System.Collections.Immutable;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Privacy;

/// <summary>What is left of an erased person looks like somebody who has never ordered: it belongs to no audience.</summary>
public sealed class AudienceErasureTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Theory]
    [InlineData("audience: customer.orders = 0, each: { days: [wed], at: \"10:00\" }", false)]
    [InlineData("event: order.paid", true)]
    public async Task Enter_SomebodyWhoIsErased_IsPassedOver(string enter, bool enrols)
    {
        await using var world = await PrivacyWorld.StartAsync(Start, new ProgramText().Journey("gift", $$"""
            enter: { {{enter}} }
            steps: [ { name: give, award: 10 } ]
            """));
        foreach (var word in new[] { "gone", "stay" })
            await world.TellAsync(word, EventTypes.CustomerSignedUp, [PrivacyWorld.Email(word)], new EventData.Person { Email = word + "@example.com" });
        var gone = (await world.World.Queries.FindAsync("gone@example.com"))!;
        await world.Rights.Erasures.EraseAsync(gone, "test");
        await world.PassAsync(Duration.FromHours(1));

        if (enrols)
        {
            Assert.Equal(1, await world.World.Enrolment.CountExistingAsync(world.World.Programs.Current.Journey("gift")!));
            await world.World.Enrolment.EnrolExistingAsync("gift");
        }

        await world.PassAsync(Duration.FromDays(3));

        var run = Assert.Single(await world.World.AllAsync<RunDocument>(Kinds.Run));
        Assert.NotEqual(gone, run.Run.CustomerId);
        Assert.Single(await world.World.AllAsync<LedgerEntry>(Kinds.Entry));
    }
}
