using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Tests.Privacy;

/// <summary>The pass over inactive people beside what they do meanwhile, beside a merge and beside an erasure, cut off at every call of the store.</summary>
public sealed class RetentionRaceTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);
    private static readonly Duration Kept = Duration.FromDays(365);

    /// <summary>A page is read at once and takes as long as its erasures do: whoever does something in that time stays.</summary>
    [Theory]
    [InlineData("audit:")]
    [InlineData("customer:")]
    public async Task Pass_SomebodyComesBackWhileItsPageIsWorkedOff_TheyStay(string moment)
    {
        await using var world = await PrivacyWorld.StartAsync(Start, ErasureRaceTests.Program());
        foreach (var word in new[] { "onex", "twox" }) await SignUpAsync(world, word);
        await world.PassAsync(Duration.FromDays(400));
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in new[] { "onex", "twox" }) ids.Add((await world.World.Queries.FindAsync(Address(word)))!, word);
        string? back = null;
        world.Faulty.BeforeCommit = async partition =>
        {
            // The first of the two that the pass erases brings the other one back, or, where its own erasure is about to be noted, itself.
            if (!partition.StartsWith(moment, StringComparison.Ordinal)) return;
            world.Faulty.BeforeCommit = null;
            var line = (await Audit(world).ListAsync(world.Now, customerId: null, 10)).SingleOrDefault();
            back = moment == "customer:" ? ids[partition[moment.Length..]] : ids.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => one.Value).Last();
            Assert.Equal(moment == "customer:", line is not null);
            await TellAsync(world, "back-" + back, EventTypes.CustomerSignedUp, back);
        };

        var state = (await Pass(world).AdvanceAsync())!;
        await world.PassAsync(Duration.FromMinutes(10));

        Assert.Equal((true, 1), (state.IsDone, state.Erased));
        Assert.NotNull(back);
        Assert.NotNull(await world.World.Queries.FindAsync(Address(back!)));
        await ErasureRaceTests.AssertGoneAsync(world, back == "onex" ? "twox" : "onex");
        // Who reads the log to erase again after a restore finds who went, and that the other one stayed.
        var lines = await Audit(world).ListAsync(world.Now, ids.Single(one => one.Value == back).Key, 10);
        Assert.Equal(moment == "customer:" ? ["EraseCustomer", "KeepCustomer"] : [], lines.Select(static one => one.Action).Order(StringComparer.Ordinal));
    }

    /// <summary>Cut anywhere and begun again, with a merge and an erasure that were cut off beside it: whoever is inactive goes, nobody else does, all of it ends.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pass_CutAnywhereBesideAMergeAndAnErasure_TakesWhoIsInactiveAndNobodyElse(bool isAfter)
    {
        await using var world = await PrivacyWorld.StartAsync(Start, ErasureRaceTests.Program());
        for (var calls = 0; ; calls++)
        {
            var (idle, busy, old, twin, asked) = (Word("idle", calls), Word("busy", calls), Word("old", calls), Word("twin", calls), Word("asked", calls));
            foreach (var word in new[] { idle, old, asked }) await SignUpAsync(world, word);
            await world.PassAsync(Duration.FromDays(400));
            foreach (var word in new[] { busy, twin }) await SignUpAsync(world, word);
            // The merge of somebody idle with somebody who is not, and an erasure, stop somewhere.
            await CutAsync(world, calls, isAfter, () => TellAsync(world, "same-" + old, EventTypes.CustomerUpdated, old, twin));
            var askedId = (await world.World.Queries.FindAsync(Address(asked)))!;
            await CutAsync(world, calls, isAfter, () => world.Rights.Erasures.EraseAsync(askedId, "test"));

            var isCut = await CutAsync(world, calls, isAfter, () => Pass(world).AdvanceAsync());
            var state = await Pass(world).AdvanceAsync();
            await world.PassAsync(Duration.FromMinutes(10));
            await world.PassAsync(Duration.FromMinutes(10));

            Assert.True(state!.IsDone);
            foreach (var gone in new[] { idle, asked }) await ErasureRaceTests.AssertGoneAsync(world, gone);
            foreach (var stays in new[] { busy, twin }) Assert.NotNull(await world.World.Queries.FindAsync(Address(stays)));
            Assert.All(await world.World.AllAsync<ErasureRecord>(Kinds.Erasure), static record => Assert.Equal(ErasureStep.Done, record.Step));
            // Everybody whom the rule has taken today is in the log.
            foreach (var record in (await world.World.AllAsync<ErasureRecord>(Kinds.Erasure)).Where(one => one.IsByRule && one.RequestedAt > world.Now - Duration.FromDays(1)))
                Assert.Contains(await Audit(world).OfAsync(record.CustomerId), static line => line.Action == "EraseCustomer");
            if (!isCut) break;
            Assert.InRange(calls, 0, 300);
        }

        await world.World.CheckBooksAsync();
    }

    private static async Task<bool> CutAsync(PrivacyWorld world, int calls, bool isAfter, Func<Task> act)
    {
        world.Faulty.CutAfter(calls, isAfter);
        try
        {
            await act();
            return false;
        }
        catch (StoreUnavailableException)
        {
            return true;
        }
        finally
        {
            world.Faulty.Mend();
        }
    }

    private static RetentionPass Pass(PrivacyWorld world) =>
        new(world.World.Store, world.Rights.Erasures, Audit(world), new RetentionRules { Inactive = Kept }, world.World.Clock);

    private static AuditLog Audit(PrivacyWorld world) => new(world.World.Store, world.World.Clock);

    private static string Word(string name, int calls) => string.Create(CultureInfo.InvariantCulture, $"{name}{calls}x");

    private static string Address(string word) => word + "@example.com";

    private static async Task SignUpAsync(PrivacyWorld world, string word)
    {
        world.World.Clock.Now += Duration.FromSeconds(1);
        await world.World.Apply.ApplyAsync(Event("signup-" + word, EventTypes.CustomerSignedUp, world.Now, word), mayStart: true);
        await world.World.SettleAsync();
    }

    private static async Task TellAsync(PrivacyWorld world, string id, string type, params string[] words) =>
        await world.World.Apply.ApplyAsync(Event(id, type, world.Now, words), mayStart: true);

    private static CanonicalEvent Event(string id, string type, Instant at, params string[] words) => new()
    {
        Id = id,
        Source = "shopify:shop.example",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [.. words.Select(static word => Identifier.Email(Address(word))!.Value)],
        Data = new EventData.Person { FirstName = words[0], Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true) },
    };
}
