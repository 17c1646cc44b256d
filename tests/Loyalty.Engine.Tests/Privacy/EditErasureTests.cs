using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Privacy;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Privacy;

/// <summary>An erasure while a publish brings people inside along: before its page, in the middle of it, between its passes, both of them cut off and gone on with.</summary>
public sealed class EditErasureTests
{
    private const string Journey = "greet";
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Theory]
    [InlineData("follow", Moment.Before)]
    [InlineData("map", Moment.Within)]
    [InlineData("end moved-on", Moment.Within)]
    [InlineData("follow", Moment.Between)]
    [InlineData("map", Moment.Cut)]
    [InlineData("end moved-on", Moment.Cut)]
    public async Task Erase_WhileAPublishBringsPeopleAlong_NoRunComesBackAndThePublishEnds(string inFlight, Moment moment)
    {
        await using var world = await PrivacyWorld.StartAsync(Start, Draft(0));
        var edits = new RunEditsUseCase(world.World.Store, world.World.Programs, world.World.Turns, RunProtocolSettings.Default, world.World.Clock);
        var rounds = 0;
        for (var isCut = true; isCut; rounds++)
        {
            foreach (var word in new[] { Word("gone", rounds), Word("stay", rounds) }) await SignUpAsync(world, word);
            var gone = (await world.World.Queries.FindAsync(Word("gone", rounds) + "@example.com"))!;
            await PublishAsync(world, rounds + 1, inFlight);
            isCut = await MeetAsync(world, edits, gone, moment, rounds);

            for (var minutes = 0; (await edits.ProgressAsync(Journey))!.IsRunning; minutes++)
            {
                Assert.InRange(minutes, 0, 20);
                await world.PassAsync(Duration.FromMinutes(1));
                await edits.RunAsync(Journey);
            }

            await ErasureRaceTests.AssertGoneAsync(world, Word("gone", rounds));
            Assert.Equal(ErasureStep.Done, (await world.Rights.Erasures.FindAsync(gone))!.Step);
            var run = Assert.Single(await world.World.Queries.RunsAsync(gone));
            Assert.Equal((RunStatus.Finished, 0, null), (run.Status, run.Outbox.Length, run.WakeAt));
            // Ended by the erasure, or by the publish before it.
            Assert.Contains(run.Run.Outcome, new[] { RunOutcomes.Erased, inFlight == "end moved-on" ? "moved-on" : RunOutcomes.Erased });
            Assert.InRange(rounds, 0, 100);
            // Nobody of this round is inside when the next one is published.
            await world.PassAsync(Duration.FromDays(15));
        }

        // Everybody else went the way of the publish, once.
        Assert.Equal(inFlight == "end moved-on" ? 0 : rounds, world.Mail.Messages.Count);
        Assert.DoesNotContain(world.Mail.Messages, static one => one.To.StartsWith("gone", StringComparison.Ordinal));
        foreach (var round in Enumerable.Range(0, rounds))
        {
            var run = Assert.Single(await world.World.Queries.RunsAsync((await world.World.Queries.FindAsync(Word("stay", round) + "@example.com"))!));
            Assert.Equal(inFlight == "end moved-on" ? "moved-on" : RunOutcomes.Completed, run.Run.Outcome);
        }

        await world.World.CheckBooksAsync();
    }

    public enum Moment
    {
        /// <summary>Published, and nobody was brought along yet.</summary>
        Before,

        /// <summary>The person's run is about to be committed.</summary>
        Within,

        /// <summary>Everybody was gone through once.</summary>
        Between,

        /// <summary>Publish and erasure are cut off at each call of the store in turn, and gone on with.</summary>
        Cut,
    }

    /// <returns>Whether anything was cut off.</returns>
    private static async Task<bool> MeetAsync(PrivacyWorld world, RunEditsUseCase edits, string gone, Moment moment, int calls)
    {
        switch (moment)
        {
            case Moment.Before: await world.Rights.Erasures.EraseAsync(gone, "test"); break;
            case Moment.Within:
                world.Faulty.BeforeCommit = async partition =>
                {
                    if (partition != Keys.CustomerPartition(gone)) return;
                    world.Faulty.BeforeCommit = null;
                    await world.Rights.Erasures.EraseAsync(gone, "test");
                };
                await edits.RunAsync(Journey);
                Assert.Null(world.Faulty.BeforeCommit);
                break;
            case Moment.Between:
                await edits.RunAsync(Journey);
                Assert.True((await edits.ProgressAsync(Journey))!.IsRunning);
                await world.Rights.Erasures.EraseAsync(gone, "test");
                break;
            default:
                var isPublishCut = await CutAsync(world, calls, () => edits.RunAsync(Journey));
                var isErasureCut = await CutAsync(world, calls, () => world.Rights.Erasures.EraseAsync(gone, "test"));
                // Where not even the wish was noted it is told once more.
                if (isErasureCut) await world.Rights.Erasures.EraseAsync(gone, "test");
                return isPublishCut || isErasureCut;
        }

        return false;
    }

    private static async Task<bool> CutAsync(PrivacyWorld world, int calls, Func<Task> act)
    {
        world.Faulty.CutAfter(calls, isAfter: calls % 2 == 0);
        try
        {
            await act();
            return false;
        }
        catch (Exception cut) when (cut is StoreUnavailableException or AggregateException { InnerException: StoreUnavailableException })
        {
            return true;
        }
        finally
        {
            world.Faulty.Mend();
        }
    }

    /// <summary>Each version waits an hour longer under another name.</summary>
    private static ProgramText Draft(int version) => new ProgramText().Journey(Journey, $$"""
        title: Greeting
        topic: offers
        enter: { event: customer.signed-up }
        steps:
          - { name: {{Step(version)}}, wait: {{(200 + version).ToString(CultureInfo.InvariantCulture)}}h }
          - { name: mail, send: hello }
        """).Templates("hello customer.first-name");

    private static string Step(int version) => version % 2 == 0 ? "pause" : "breathe";

    private static async Task PublishAsync(PrivacyWorld world, int version, string inFlight)
    {
        var publish = new PublishUseCase(
            world.World.Store, world.World.Programs, new NoCheck(), world.World.Turns, RunProtocolSettings.Default, world.World.Clock, new PublishForecast(world.World.Enrolment, ImmutableDictionary<string, ProviderQuota>.Empty));
        var way = inFlight == "map" ? $"map {Step(version - 1)}={Step(version)}" : inFlight;
        var draft = inFlight == "follow" ? Draft(version * 2) : Draft(version);
        var outcome = await publish.PublishAsync(new PublishRequest { Files = draft.Bytes(), InFlight = InFlight.Parse(way), Commit = true, By = "test" });
        Assert.True(outcome is PublishOutcome.Published, outcome.ToString());
    }

    private static async Task SignUpAsync(PrivacyWorld world, string word)
    {
        world.World.Clock.Now += Duration.FromSeconds(1);
        await world.World.TellAsync(new CanonicalEvent
        {
            Id = "signup-" + word,
            Source = "shopify:shop.example",
            Type = EventTypes.CustomerSignedUp,
            Time = world.Now,
            ReceivedAt = world.Now,
            Identifiers = [Identifier.Email(word + "@example.com")!.Value],
            Data = new EventData.Person { Email = word + "@example.com", FirstName = word, Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true) },
        });
        await world.World.SettleAsync();
    }

    private static string Word(string name, int round) => string.Create(CultureInfo.InvariantCulture, $"{name}{round}x");

    private sealed class NoCheck : IProgramCheck
    {
        public IReadOnlyList<Finding> Check(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string? defaultLocale) => [];
    }
}
