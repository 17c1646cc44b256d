using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;
using static Loyalty.Engine.Tests.Privacy.PrivacyWorld;

namespace Loyalty.Engine.Tests.Privacy;

/// <summary>A merge that is cut off at every call of the store, and a right that is used before anybody goes on with it.</summary>
public sealed class MergeRightsTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    /// <summary>Whoever asks while the two count as one is forgotten as both; before that, only as the one who asked.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Erase_WhileAMergeIsCutOff_BothAreForgottenOrOne(bool asksForTheOneWhoGoes, bool isAfter)
    {
        await using var world = await PrivacyWorld.StartAsync(Start, ErasureRaceTests.Program());
        var called = 0;
        for (var calls = 0; ; calls++)
        {
            var (stays, goes, isCut) = await CutMergeAsync(world, calls, isAfter);
            var wasSealed = (await world.World.Store.FindCustomerAsync(goes))?.MergedInto is not null;
            var wasJoined = (await world.World.Store.FindCustomerAsync(stays))!.Absorbed.Contains(goes);

            Assert.NotNull(await world.Rights.Erasures.EraseAsync(asksForTheOneWhoGoes ? goes : stays, "test"));
            if (wasSealed && !wasJoined) called++;
            await world.PassAsync(Duration.FromMinutes(10));
            await world.PassAsync(Duration.FromMinutes(10));

            var asked = Word(asksForTheOneWhoGoes ? "goes" : "stays", calls);
            await ErasureRaceTests.AssertGoneAsync(world, asked);
            var other = Word(asksForTheOneWhoGoes ? "stays" : "goes", calls);
            if (wasSealed) await ErasureRaceTests.AssertGoneAsync(world, other);
            else Assert.NotNull(await world.World.Queries.FindAsync(other + "@example.com"));
            await AssertQuietAsync(world);
            if (!isCut) break;
            Assert.InRange(calls, 0, 400);
        }

        Assert.True(called > 0, "no cut fell between the seal and the join");
        await world.World.CheckBooksAsync();
    }

    /// <summary>Inactivity is the one's who is inactive: whoever was to be joined with them, and is not, stays.</summary>
    [Fact]
    public async Task EraseInactive_WhileAMergeIsCutOff_OnlyWhoIsInactiveGoes()
    {
        await using var world = await PrivacyWorld.StartAsync(Start, ErasureRaceTests.Program());
        var stood = 0;
        for (var calls = 0; ; calls++)
        {
            var (stays, goes, isCut) = await CutMergeAsync(world, calls, isAfter: true, between: Duration.FromDays(400));
            var wasSealed = (await world.World.Store.FindCustomerAsync(goes))?.MergedInto is not null;
            var wasJoined = (await world.World.Store.FindCustomerAsync(stays))!.Absorbed.Contains(goes);

            var record = await world.Rights.Erasures.EraseInactiveAsync(stays, RetentionPass.Cause, Duration.FromDays(365));

            // Joined, they are somebody who has signed up lately.
            Assert.Equal(wasJoined, record is null);
            await world.PassAsync(Duration.FromMinutes(10));
            await world.PassAsync(Duration.FromMinutes(10));
            if (!wasJoined) await ErasureRaceTests.AssertGoneAsync(world, Word("stays", calls));
            Assert.NotNull(await world.World.Queries.FindAsync(Word("goes", calls) + "@example.com"));
            if (wasSealed && !wasJoined) stood++;
            await AssertQuietAsync(world);
            if (!isCut) break;
            Assert.InRange(calls, 0, 400);
        }

        Assert.True(stood > 0, "no cut fell between the seal and the join");
    }

    /// <summary>Restricted or lifted is who was asked for, whichever of the two they are by now, and nothing goes to them meanwhile.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Restrict_WhileAMergeIsCutOff_HoldsForTheOneWhoStays(bool asksForTheOneWhoGoes, bool isLifted)
    {
        await using var world = await PrivacyWorld.StartAsync(Start, ErasureRaceTests.Program());
        for (var calls = 0; ; calls++)
        {
            var mails = world.Mail.Messages.Count;
            var (stays, goes, isCut) = await CutMergeAsync(world, calls, isAfter: calls % 2 == 0, restricts: isLifted ? (asksForTheOneWhoGoes ? "goes" : "stays") : null);
            var asked = asksForTheOneWhoGoes ? goes : stays;

            var answer = isLifted ? await world.Rights.Restrictions.LiftAsync(asked) : await world.Rights.Restrictions.RestrictAsync(asked);

            Assert.Equal((null, !isLifted), (answer.Refusal, answer.RestrictedAt is not null));
            await MergeAgainAsync(world, calls);
            await world.PassAsync(Duration.FromDays(2));
            var one = (await world.World.Store.FindCustomerAsync(stays))!;
            Assert.Equal((stays, !isLifted), (await world.World.Queries.FindAsync(Word("goes", calls) + "@example.com"), one.RestrictedAt is not null));
            var run = Assert.Single(await world.World.Queries.RunsAsync(stays), static run => run.Run.Outcome != Core.Journeys.RunOutcomes.Merged);
            // Held, or gone on: one letter for the one they are, none while they are restricted.
            Assert.Equal((isLifted ? 1 : 0, isLifted), (world.Mail.Messages.Count - mails, run.Run.IsFinished));
            if (!isLifted)
            {
                Assert.Null((await world.Rights.Restrictions.LiftAsync(goes)).RestrictedAt);
                await world.PassAsync(Duration.FromDays(1));
                Assert.Equal(1, world.Mail.Messages.Count - mails);
            }

            if (!isCut) break;
            Assert.InRange(calls, 0, 400);
        }
    }

    /// <summary>Two people with a run each, who are told to be one; the store is cut off on the way.</summary>
    private static async Task<(string Stays, string Goes, bool IsCut)> CutMergeAsync(
        PrivacyWorld world, int calls, bool isAfter, Duration? between = null, string? restricts = null)
    {
        var ids = new List<string>();
        foreach (var name in new[] { "stays", "goes" })
        {
            var word = Word(name, calls);
            await world.TellAsync("signup-" + word, EventTypes.CustomerSignedUp, [Email(word)], new EventData.Person
            {
                Email = word + "@example.com",
                FirstName = word,
                Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true),
            });
            ids.Add((await world.World.Queries.FindAsync(word + "@example.com"))!);
            if (restricts == name) Assert.NotNull((await world.Rights.Restrictions.RestrictAsync(ids[^1])).RestrictedAt);
            world.World.Clock.Now += name == "stays" ? between ?? Duration.FromSeconds(1) : Duration.FromSeconds(1);
            await world.World.SettleAsync();
        }

        world.Faulty.CutAfter(calls, isAfter);
        var isCut = false;
        try
        {
            await MergeAgainAsync(world, calls);
        }
        catch (StoreUnavailableException)
        {
            isCut = true;
        }

        world.Faulty.Mend();
        return (ids[0], ids[1], isCut);
    }

    private static Task MergeAgainAsync(PrivacyWorld world, int calls) => world.World.Apply.ApplyAsync(
        Event($"same-{calls.ToString(CultureInfo.InvariantCulture)}", EventTypes.CustomerUpdated, [Email(Word("stays", calls)), Email(Word("goes", calls))], new EventData.Person { Locale = "en" }, world.Now), mayStart: true);

    /// <summary>Nothing is left under way, and nobody who was erased has a name or a run.</summary>
    private static async Task AssertQuietAsync(PrivacyWorld world)
    {
        Assert.All(await world.World.AllAsync<ErasureRecord>(Kinds.Erasure), static record => Assert.Equal(ErasureStep.Done, record.Step));
        Assert.All(await world.World.AllAsync<MergeRecord>(Kinds.Merge), static record => Assert.NotNull(record.DoneAt));
        Assert.All(
            (await world.World.AllAsync<CustomerState>(Kinds.Customer)).Where(static one => one.Contact?.ErasedAt is not null),
            static one => Assert.Equal((0, 0, 0), (one.Identifiers.Length, one.Runs.Length, one.Joining.Length)));
    }

    [Fact]
    public async Task Survivor_OfSomebodySealedWithoutARecordOfIt_IsTheOneTheyWentTo()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        var gone = new CustomerState { CustomerId = "gone", CreatedAt = Start, KnownSince = Start, MergedInto = "stays" };
        await world.Store.CommitAsync(Keys.CustomerPartition("gone"), [new DocumentWrite.Create(Keys.CustomerId, Kinds.Customer, LoyaltyJson.Write(gone))]);
        // Going round for ever would end here.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        Assert.Equal("stays", await world.Merger.SurvivorAsync("gone", patience.Token));
    }

    private static string Word(string name, int calls) => string.Create(CultureInfo.InvariantCulture, $"{name}{calls}x");
}
