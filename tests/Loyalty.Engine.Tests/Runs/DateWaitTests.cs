using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Runs;

/// <summary>A wait for a date of the customer goes by the date as it is, not as it was when the wait began.</summary>
public sealed class DateWaitTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 10, 0);

    [Theory]
    [InlineData(9, 20, "2026-09-13T06:00:00Z")]
    [InlineData(4, 20, "2026-04-13T06:00:00Z")]
    [InlineData(12, 1, "2026-11-24T07:00:00Z")]
    public async Task Wait_BirthdayIsCorrected_TheRunWaitsForTheNewOne(int month, int day, string due)
    {
        await using var world = await EngineWorld.StartAsync(Start, program: new ProgramText().Journey("party", """
            enter: { event: customer.signed-up }
            steps:
              - { name: party, wait: { until: customer.birthday - 7d, at: "09:00" } }
            """));
        await world.TellAsync(Person("1", EventTypes.CustomerSignedUp, new LocalDate(1990, 9, 20), Start));
        await world.PassAsync(Duration.FromDays(3));

        await world.TellAsync(Person("2", EventTypes.CustomerUpdated, new LocalDate(1990, month, day), world.Clock.Now));
        await world.SettleAsync();

        var run = Assert.Single(await world.AllAsync<RunDocument>(Kinds.Run));
        Assert.Equal((RunStatus.Parked, due, due), (run.Status, run.Run.Position!.DueAt.ToString(), run.WakeAt.ToString()));
        Assert.Empty(run.Inbox);
    }

    private static CanonicalEvent Person(string id, string type, LocalDate birthday, Instant at) => new()
    {
        Id = id,
        Source = "shopify:shop.example",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email("ann@shop.example")!.Value],
        Data = new EventData.Person { Email = "ann@shop.example", Birthday = birthday },
    };
}
