using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Ledger;
using Loyalty.Core.Referrals;
using Loyalty.Engine.Redemptions;
using Loyalty.Engine.Referrals;
using Loyalty.Engine.Tests.World;
using NodaTime;

namespace Loyalty.Engine.Tests.Referrals;

/// <summary>Who is known by an identifier alone (events that name the person and tell nothing else) is checked by it; a key belongs to one body, whoever it is about.</summary>
public sealed class ReferrerByIdentifierTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 9, 0);

    private static readonly ProgramText Program = new ProgramText()
        .Program("""
            referrals:
              link: "https://trial.example/r/{code}"
              referrer: { points: 200 }
            """);

    [Theory]
    [InlineData("a.nn+friend@gmail.com")]
    [InlineData("an.n@googlemail.com")]
    public async Task Join_ReferrerKnownByTheAddressAlone_OwnAliasIsRefused(string alias)
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (_, code) = await ReferrerAsync(world);

        var joined = Done(await world.Counter.Joins.JoinAsync(new JoinRequest { Friend = new ReferralFriend { Email = alias }, Code = code }, "key"));

        Assert.Equal((ReferralOutcome.Refuse, "own-email"), (joined.Outcome, string.Join(' ', joined.Reasons)));
    }

    [Fact]
    public async Task Join_OneKeyForTwoFriends_TheSecondIsRefused()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (ann, code) = await ReferrerAsync(world);
        var request = new JoinRequest { Friend = new ReferralFriend { Email = "bob@shop.example" }, Code = code };
        Assert.Equal(ReferralOutcome.Allow, Done(await world.Counter.Joins.JoinAsync(request, "key")).Outcome);

        var other = await world.Counter.Joins.JoinAsync(request with { Friend = new ReferralFriend { Email = "cem@shop.example" } }, "key");

        Assert.Equal(RefusalCode.IdempotencyKeyReused, Assert.IsType<JoinAnswer.Refused>(other).Code);
        Done(await world.Counter.Joins.JoinAsync(request, "key"));
        Assert.Single(await world.Counter.Referrals.OfReferrerAsync(ann));
    }

    [Fact]
    public async Task Hold_OneKeyForTwoCustomers_TheSecondIsRefused()
    {
        await using var world = await EngineWorld.StartAsync(Start, program: Program);
        var (ann, _) = await ReferrerAsync(world);
        await world.TellAsync(Tell.SignUp("bob@shop.example", Start));
        var bob = (await world.Queries.FindAsync("bob@shop.example"))!;
        foreach (var id in (string[])[ann, bob])
            await world.Counter.Points.PostAsync(id, "spendable", new LedgerCommand.Adjust("a", 500, null, new EntryCause { Reason = "goodwill", Actor = "operator" }));
        var request = new RedemptionRequest { CustomerId = ann, Points = 50, Wallet = "spendable" };

        // What was refused has not used the key.
        Assert.IsType<RedemptionAnswer.Refused>(await world.Counter.Redemptions.HoldAsync(request with { Points = 50_000 }, "key"));
        var held = Assert.IsType<RedemptionAnswer.Done>(await world.Counter.Redemptions.HoldAsync(request, "key"));
        var other = await world.Counter.Redemptions.HoldAsync(request with { CustomerId = bob }, "key");

        Assert.Equal(RefusalCode.IdempotencyKeyReused, Assert.IsType<RedemptionAnswer.Refused>(other).Code);
        Assert.Equal(held, await world.Counter.Redemptions.HoldAsync(request, "key"));
    }

    private static async Task<(string Id, string Code)> ReferrerAsync(EngineWorld world)
    {
        await world.TellAsync(Tell.SignUp("a.nn@gmail.com", Start) with { Data = new EventData.Person { FirstName = "Ann" } });
        var ann = (await world.Queries.FindAsync("a.nn@gmail.com"))!;
        Assert.Null((await world.Queries.GetAsync(ann))!.Person?.Email);
        return (ann, (await world.Counter.Links.LinkAsync(ann))!.Code);
    }

    private static ReferralView Done(JoinAnswer answer) => Assert.IsType<JoinAnswer.Done>(answer).Referral;
}
