using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;
using static Loyalty.Engine.Tests.Privacy.PrivacyWorld;

namespace Loyalty.Engine.Tests.Privacy;

/// <summary>An erasure beside a merge, and beside itself in another process.</summary>
public sealed class ErasureRaceTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    /// <summary>Cut at every call of the erasure; then the shop tells that somebody else is the same person. Whoever asked is forgotten, whichever of the two stays.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Erase_CutAndMergedBeforeItGoesOn_IsFinished(bool isOlder)
    {
        await using var world = await PrivacyWorld.StartAsync(Start, Program());
        for (var calls = 0; ; calls++)
        {
            var (asks, other) = ($"asks{calls}x", $"other{calls}x");
            foreach (var word in isOlder ? new[] { asks, other } : [other, asks]) await SignUpAsync(world, word);
            var id = (await world.World.Queries.FindAsync(asks + "@example.com"))!;
            world.Faulty.CutAfter(calls, isAfter: calls % 2 == 0);
            var isDone = true;
            try
            {
                await world.Rights.Erasures.EraseAsync(id, "test");
            }
            catch (StoreUnavailableException)
            {
                isDone = false;
            }

            world.Faulty.Mend();
            var wasNoted = await world.Rights.Erasures.FindAsync(id) is not null;
            await world.TellAsync("same" + calls, EventTypes.CustomerUpdated, [Email(asks), Email(other)], new EventData.Person { LastName = other });
            await world.PassAsync(Duration.FromMinutes(10));
            await world.PassAsync(Duration.FromMinutes(10));
            if (wasNoted) await AssertGoneAsync(world, asks);
            else Assert.Equal(await world.World.Queries.FindAsync(other + "@example.com"), await world.World.Queries.FindAsync(asks + "@example.com"));
            Assert.All(await world.World.AllAsync<ErasureRecord>(Kinds.Erasure), static record => Assert.Equal(ErasureStep.Done, record.Step));
            if (isDone) return;
            Assert.InRange(calls, 0, 200);
        }
    }

    /// <summary>Two processes are asked at once, and a third time by the sweep, while events of the person come in: it is done once, and nothing is left.</summary>
    [Fact]
    public async Task Erase_ByTwoProcessesAtOnceWhileEventsComeIn_IsDoneOnce()
    {
        await using var world = await PrivacyWorld.StartAsync(Start, Program());
        var beside = world.Beside();
        for (var round = 0; round < 10; round++)
        {
            var word = $"twice{round}x";
            await SignUpAsync(world, word);
            var id = (await world.World.Queries.FindAsync(word + "@example.com"))!;
            // What the other process knows of the person's key it has remembered.
            Assert.NotNull(await beside.Exports.ReadAsync(id));
            var old = world.Now - Duration.FromHours(1);
            await Task.WhenAll(
                Task.Run(() => world.Rights.Erasures.EraseAsync(id, "one")),
                Task.Run(() => beside.Erasures.EraseAsync(id, "other")),
                Task.Run(() => beside.Restrictions.RestrictAsync(id)),
                Task.Run(() => beside.Exports.ReadAsync(id)),
                Task.Run(() => world.World.Apply.ApplyAsync(Event("late" + word, EventTypes.CustomerUpdated, [Email(word)], new EventData.Person { LastName = word }, old), mayStart: true)));
            await world.PassAsync(Duration.FromMinutes(5));

            Assert.Equal(ErasureStep.Done, (await world.Rights.Erasures.FindAsync(id))!.Step);
            await AssertGoneAsync(world, word);
            Assert.Null((await world.World.Store.FindCustomerAsync(id))!.RestrictedAt);
        }

        await world.World.CheckBooksAsync();
    }

    /// <summary>An old file comes in while the next owner has the address, and is applied when that one has another: it is about neither.</summary>
    [Fact]
    public async Task Apply_AnErasedPersonsEventAfterTheNextOwnersAddressWasCorrected_IsRefused()
    {
        await using var world = await PrivacyWorld.StartAsync(Start, Program());
        await SignUpAsync(world, "handed");
        var old = world.Now;
        await world.Rights.Erasures.EraseAsync((await world.World.Queries.FindAsync("handed@example.com"))!, "test");
        await world.PassAsync(Duration.FromDays(1));
        await world.TellAsync("next", EventTypes.CustomerSignedUp, [Email("handed")], new EventData.Person { Email = "handed@example.com" });
        var next = (await world.World.Queries.FindAsync("handed@example.com"))!;
        var late = Event("late", EventTypes.CustomerUpdated, [Email("handed")], new EventData.Person { FirstName = "canaryold" }, old) with { ReceivedAt = world.Now };
        await world.PassAsync(Duration.FromMinutes(1));
        Assert.Null(await world.Rights.Corrections.RectifyAsync(next, new RectifyRequest { Email = "right@example.com" }));

        Assert.Equal(new ApplyOutcome.Refused(Core.RefusalCode.CustomerErased), await world.World.Apply.ApplyAsync(late, mayStart: true));
        await AssertGoneAsync(world, "canaryold");
        // What happened since and came in then is the next owner's; what comes in under the address now is nobody's, and no erased person's.
        Assert.Equal(next, Assert.IsType<ApplyOutcome.Applied>(await world.World.Apply.ApplyAsync(late with { Id = "since", Time = world.Now - Duration.FromMinutes(2) }, mayStart: true)).CustomerId);
        var now = Event("now", EventTypes.CustomerUpdated, [Email("handed")], new EventData.Person { FirstName = "canarynew" }, world.Now + Duration.FromMinutes(1));
        Assert.NotEqual(next, Assert.IsType<ApplyOutcome.Applied>(await world.World.Apply.ApplyAsync(now, mayStart: true)).CustomerId);
    }

    internal static async Task AssertGoneAsync(PrivacyWorld world, string word)
    {
        var found = (await world.EverythingAsync()).Where(one => one.Text.Contains(word, StringComparison.OrdinalIgnoreCase)).Select(static one => one.Place).ToList();
        Assert.True(found.Count == 0, $"'{word}' is left in {string.Join(", ", found)}");
    }

    internal static ProgramText Program() => new ProgramText().Journey("greet", """
        title: Greeting
        topic: offers
        enter: { event: customer.signed-up }
        steps:
          - { name: pause, wait: 1d }
          - { name: mail, send: hello }
        """).Templates("hello customer.first-name");

    private static async Task SignUpAsync(PrivacyWorld world, string word)
    {
        world.World.Clock.Now += Duration.FromSeconds(1);
        await world.TellAsync("signup-" + word, EventTypes.CustomerSignedUp, [Email(word)], new EventData.Person
        {
            Email = word + "@example.com",
            FirstName = word,
            Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true),
        });
    }
}
