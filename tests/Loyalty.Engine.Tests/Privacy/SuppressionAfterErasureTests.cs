using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Privacy;

/// <summary>A mailbox that is not there, or whose owner has complained, is not written to when its person was erased and the address becomes known again.</summary>
public sealed class SuppressionAfterErasureTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Theory]
    [InlineData("message.complained", null, true, false)]
    [InlineData("message.bounced", "hard", true, false)]
    [InlineData("message.bounced", "soft", true, true)]
    [InlineData("message.complained", null, false, false)]
    [InlineData("message.bounced", "hard", false, false)]
    [InlineData("message.bounced", "soft", false, true)]
    [InlineData("message.opened", null, false, true)]
    public async Task SignUp_UnderAnErasedPersonsAddress_IsWrittenToOnlyIfTheMailboxAllows(string type, string? kind, bool isBefore, bool isSent)
    {
        await using var world = await PrivacyWorld.StartAsync(Start, ErasureRaceTests.Program());
        await SignUpAsync(world, "first");
        await world.PassAsync(Duration.FromDays(2));
        Assert.Equal("sent", Assert.Single(await world.World.AllAsync<MessageRecord>(Kinds.Message)).Result);
        var first = (await world.World.Queries.FindAsync("canary@example.com"))!;

        if (isBefore) await ReportAsync(world, type, kind);
        await world.Rights.Erasures.EraseAsync(first, "test");
        if (!isBefore) await ReportAsync(world, type, kind);
        await ErasureRaceTests.AssertGoneAsync(world, "canary");
        Assert.Null(await world.World.Queries.FindAsync("canary@example.com"));
        await world.PassAsync(Duration.FromDays(1));
        await SignUpAsync(world, "second");
        await world.PassAsync(Duration.FromDays(2));

        var message = Assert.Single(await world.World.AllAsync<MessageRecord>(Kinds.Message));
        Assert.Equal(isSent ? ("sent", null) : ("withheld", "suppressed"), (message.Result, message.Reason));
        Assert.NotEqual(first, await world.World.Queries.FindAsync("canary@example.com"));
        // Support can lift it, and is told why it was there.
        var lifted = await new LiftSuppression(world.World.Store, world.World.People, new SuppressionList(world.World.Store, world.World.Clock), world.World.Programs).LiftAsync("canary@example.com");
        if (isSent) Assert.IsType<LiftAnswer.Refused>(lifted);
        else Assert.Equal(type == "message.bounced" ? "hard-bounce" : "complaint", Assert.Single(Assert.IsType<LiftAnswer.Done>(lifted).Reasons));
    }

    private static Task SignUpAsync(PrivacyWorld world, string id) => TellAsync(world, new CanonicalEvent
    {
        Id = id,
        Source = "shopify:shop.example",
        Type = EventTypes.CustomerSignedUp,
        Time = world.Now,
        ReceivedAt = world.Now,
        Identifiers = [Identifier.Email("canary@example.com")!.Value],
        Data = new EventData.Person { Email = "canary@example.com", FirstName = "canary", Consent = ImmutableDictionary<string, bool>.Empty.Add("offers", true) },
    });

    private static Task ReportAsync(PrivacyWorld world, string type, string? kind) => TellAsync(world, new CanonicalEvent
    {
        Id = "report",
        Source = "provider",
        Type = type,
        Time = world.Now,
        ReceivedAt = world.Now,
        Identifiers = [Identifier.Email("canary@example.com")!.Value],
        Data = new EventData.Facts(kind is null ? ImmutableDictionary<string, AttributeValue>.Empty : ImmutableDictionary<string, AttributeValue>.Empty.Add("kind", kind)),
    });

    private static async Task TellAsync(PrivacyWorld world, CanonicalEvent e)
    {
        await world.World.TellAsync(e);
        await world.World.SettleAsync();
    }
}
