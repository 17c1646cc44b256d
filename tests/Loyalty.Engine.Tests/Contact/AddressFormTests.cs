using Loyalty.Core.Contact;
using Loyalty.Core.Events;
using Loyalty.Engine.Contact;
using Loyalty.Engine.State;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>A mailbox on the suppression list, told in another form: mail programs would send there all the same.</summary>
public sealed class AddressFormTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 8, 0);

    [Theory]
    [InlineData("gone@example.com", WithholdReasons.Suppressed)]
    [InlineData(" GONE@example.com ", WithholdReasons.Suppressed)]
    [InlineData("<gone@example.com>", WithholdReasons.NoAddress)]
    [InlineData("Ann <gone@example.com>", WithholdReasons.NoAddress)]
    [InlineData("ann@example.com,gone@example.com", WithholdReasons.NoAddress)]
    [InlineData("gone@exam\u200bple.com", WithholdReasons.NoAddress)]
    public async Task Send_ToASuppressedMailboxInAnyForm_GoesNowhere(string told, string reason)
    {
        var provider = new TestProvider();
        await using var world = await EngineWorld.StartAsync(
            Start, provider, program: ContactTests.OneMail(), contact: static (store, clock, _) => new ContactServices(Suppressions: new SuppressionList(store, clock)));
        await new SuppressionList(world.Store, world.Clock).ImportAsync(["gone@example.com"], "old-system");
        var signUp = Tell.SignUp("ann@example.com", Start);
        await world.TellAsync(signUp with
        {
            Identifiers = [Identifier.External("shopify", "shop.example", "7")],
            Data = (EventData.Person)signUp.Data! with { Email = told },
        });
        await world.PassAsync(Duration.FromDays(1));

        Assert.Equal(("withheld", reason), Assert.Single(await world.AllAsync<MessageRecord>(Kinds.Message)) is var message ? (message.Result, message.Reason) : default);
        Assert.Empty(provider.Messages);
    }
}
