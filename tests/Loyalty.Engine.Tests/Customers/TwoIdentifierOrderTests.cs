using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Customers;

/// <summary>
/// People known by an address here, by an account there, and at some moment by both: delivered more than once and in any order. The event that makes
/// two people one may come first, last, or in between.
/// </summary>
public sealed class TwoIdentifierOrderTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);
    private static readonly Instant End = Start + Duration.FromDays(20);

    [Fact]
    public async Task Deliver_EveryEventThriceInOrder_EqualsOnce()
    {
        await using var once = await EngineWorld.StartAsync(Start);
        await using var thrice = await EngineWorld.StartAsync(Start);
        foreach (var e in Events())
        {
            foreach (var (world, times) in new[] { (once, 1), (thrice, 3) })
            {
                if (e.Time > world.Clock.Now) await world.PassAsync(e.Time - world.Clock.Now);
                for (var i = 0; i < times; i++)
                {
                    world.ForgetMessageIds();
                    await world.TellAsync(e);
                }
            }
        }

        await once.PassAsync(Duration.FromDays(40));
        await thrice.PassAsync(Duration.FromDays(40));
        Assert.Equal(await DeliveryOrderTests.DumpAsync(once), await DeliveryOrderTests.DumpAsync(thrice));
        Assert.Equal(8, (await thrice.AllAsync<CustomerState>(Kinds.Customer)).Count);
        await thrice.CheckBooksAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Deliver_Shuffled_SamePeopleOrdersAndLedgerAndNoEffectTwice(int seed)
    {
        var events = Events().ToArray();
        var ordered = await DeliveryOrderTests.FactsAsync(events, End);
        new Random(seed).Shuffle(events);
        Assert.Equal(ordered, await DeliveryOrderTests.FactsAsync([.. events, .. events.Take(events.Length / 2)], End));
    }

    /// <summary>Eight people with up to four identifiers each; consents agree, for the stricter of two wins by the time of the merge.</summary>
    private static List<CanonicalEvent> Events()
    {
        var events = new List<CanonicalEvent>();
        for (var i = 0; i < 8; i++)
        {
            var (ann, second) = (new Shopper($"ann{i}"), new Shopper($"second{i}"));
            Instant At(int hours) => Start + Duration.FromHours(hours + i);
            events.Add(ann.Paid([ann.Email], "g1", 30 + i, At(1)));
            events.Add(ann.SignUp(ann.Account, At(20)) with { Identifiers = [ann.Account] });
            events.Add(ann.Paid([ann.Account], "a1", 50 + i, At(30)));
            events.Add(ann.Said(ann.Email, "price", At(40)));
            events.Add(ann.Refund("g1", $"r{i}", 10, At(50)));
            events.Add(ann.Both(At(60)));
            events.Add(ann.Paid([ann.Account], "b1", 7, At(70)));
            events.Add(ann.Fulfilled([ann.Account], "a1", 50 + i, At(30), At(80)));
            events.Add(ann.Refund("a1", $"ra{i}", 50 + i, At(90)));
            if (i % 2 == 0) continue;
            events.Add(second.SignUp(second.Email, At(25)));
            events.Add(second.Paid([second.Email], "s1", 20, At(35)));
            events.Add(second.Both(At(65)) with { Identifiers = [ann.Email, second.Email] });
            events.Add(second.Paid([second.Account, ann.Account], "s2", 9, At(75)));
        }

        Assert.True(events.Max(static e => e.Time) < End);
        return [.. events.OrderBy(static e => e.Time).ThenBy(static e => e.Id, StringComparer.Ordinal)];
    }
}
