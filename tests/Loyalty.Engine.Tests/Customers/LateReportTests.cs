using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Customers;

/// <summary>What a provider tells of a letter names the mailbox it went to, which may be somebody else's by now.</summary>
public sealed class LateReportTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 15, 0);

    [Theory]
    [InlineData(EventTypes.MessageDelivered, true)]
    [InlineData(EventTypes.MessageOpened, true)]
    [InlineData(EventTypes.MessageBounced, true)]
    [InlineData(EventTypes.MessageDelivered, false)]
    public async Task Report_NamingAnotherMailbox_ChangesNobodysAddress(string type, bool isKnownToSomebody)
    {
        await using var world = await EngineWorld.StartAsync(Start);
        await world.TellAsync(Tell.SignUp("ann@example.com", Start));
        if (isKnownToSomebody) await world.TellAsync(Tell.SignUp("bob@example.com", Start));
        var owner = (await world.People.OwnerAsync(Identifier.Email("ann@example.com")!.Value))!;
        // The first report names Ann, and the message is hers from then on.
        await world.TellAsync(Report("first", EventTypes.MessageDelivered, "ann@example.com", Start + Duration.FromMinutes(1)));
        world.Clock.Now += Duration.FromMinutes(5);

        await world.TellAsync(Report("late", type, "bob@example.com", world.Clock.Now));

        var ann = Assert.Single(await world.AllAsync<CustomerState>(Kinds.Customer), one => one.CustomerId == owner);
        Assert.DoesNotContain(ann.Identifiers, static name => name.Contains("bob", StringComparison.Ordinal));
        Assert.Equal("ann@example.com", Assert.Single(await world.AllAsync<PersonState>(Kinds.Person), one => one.CustomerId == owner).Email?.Value);
        Assert.Equal(isKnownToSomebody, await world.People.OwnerAsync(Identifier.Email("bob@example.com")!.Value) is { } bob && bob != owner);
    }

    [Fact]
    public async Task Event_OfAMessageThatNamesAPersonAndAnotherMailbox_LeavesTheAddressAsItIs()
    {
        await using var world = await EngineWorld.StartAsync(Start);
        await world.TellAsync(Tell.SignUp("ann@example.com", Start));
        var owner = (await world.People.OwnerAsync(Identifier.Email("ann@example.com")!.Value))!;
        world.Clock.Now += Duration.FromMinutes(5);

        await world.TellAsync(Report("hand", EventTypes.MessageBounced, "old@example.com", world.Clock.Now) with
        {
            Identifiers = [Identifier.Email("ann@example.com")!.Value, Identifier.Email("old@example.com")!.Value],
            Data = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty),
        });

        Assert.Equal("ann@example.com", Assert.Single(await world.AllAsync<PersonState>(Kinds.Person), one => one.CustomerId == owner).Email?.Value);
    }

    private static CanonicalEvent Report(string id, string type, string recipient, Instant at) => new()
    {
        Id = id,
        Source = "eventgrid",
        Type = type,
        Time = at,
        ReceivedAt = at,
        Identifiers = [Identifier.Email(recipient)!.Value],
        Data = new EventData.Facts(ImmutableDictionary<string, AttributeValue>.Empty.Add("provider-id", "provider-1").Add("channel", "email")),
    };
}
