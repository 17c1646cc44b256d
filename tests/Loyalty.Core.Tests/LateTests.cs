using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using NodaTime;

namespace Loyalty.Core.Tests;

/// <summary>What is worked out only where somebody asks for it must be what it was when it was worked out at once.</summary>
public sealed class LateTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 3, 1, 9, 0);

    [Fact]
    public void Value_AskedTwice_IsWorkedOutOnce()
    {
        var count = 0;
        var late = new Late<string>(() => $"made {++count}");
        Assert.Equal("made 1", late.Value);
        Assert.Equal("made 1", late.Value);
    }

    [Fact]
    public void Equals_KnownAndToBeWorkedOut_ByTheirValues()
    {
        Assert.Equal(new Late<string>("one"), new Late<string>(() => "one"));
        Assert.NotEqual(new Late<string>("one"), new Late<string>(() => "two"));
        Assert.Equal(new Late<string>("one").GetHashCode(), new Late<string>(() => "one").GetHashCode());
    }

    [Fact]
    public void Grant_WrittenAndRead_HasTheInputHashOfItsCommand()
    {
        var command = new LedgerCommand.Grant("order:1|sale", 40, Now, null, new EntryCause { OrderId = "1", Reason = "sale" });
        var wallet = new WalletState { CustomerId = "c1", Name = "spendable" };
        var posted = Assert.IsType<LedgerDecision.Posted>(LedgerDecider.Decide(wallet, command, ReturnPolicy.WithinBalance, Now));
        var entry = LoyaltyJson.Read<LedgerEntry>(LoyaltyJson.Write(posted.Entries[0]));
        Assert.Equal(command.InputHash, entry.InputHash);
        Assert.Equal(command.InputHash, posted.Entries[0].InputHash);
        // The same key with the same input is answered, with another input refused.
        Assert.IsType<LedgerDecision.Repeated>(LedgerDecider.Decide(wallet, command, ReturnPolicy.WithinBalance, Now, posted.Entries[0]));
        Assert.IsType<LedgerDecision.Refused>(LedgerDecider.Decide(wallet, command with { Points = 41 }, ReturnPolicy.WithinBalance, Now, posted.Entries[0]));
    }

    [Fact]
    public void Occurrence_WithLateAttributes_ReadsWritesAndCopiesAsAnyOther()
    {
        var attributes = ImmutableDictionary<string, AttributeValue>.Empty.Add("kind", "reason");
        var late = Occurrence.Of("e:1", "feedback.given", Now, () => attributes, hops: 2);
        var plain = new Occurrence("e:1", "feedback.given", Now, attributes) { Hops = 2 };
        Assert.Equal(plain, late);
        Assert.Equal("reason", RunPaths.Of(late with { Hops = 3 }, "kind"));
        Assert.Equal(LoyaltyJson.Write(plain), LoyaltyJson.Write(Occurrence.Of("e:1", "feedback.given", Now, () => attributes, hops: 2)));
        Assert.Equal("reason", LoyaltyJson.Read<Occurrence>(LoyaltyJson.Write(late)).Attributes["kind"]);
        Assert.Empty((late with { Attributes = ImmutableDictionary<string, AttributeValue>.Empty }).Attributes);
    }

    [Fact]
    public void EffectKey_OfAnEffectThatIsCopiedUnderAnotherId_IsThatIds()
    {
        var send = new RunEffect.Revoke("thanks", 2, "spendable");
        Assert.Equal("thanks:2", send.Key);
        Assert.Equal("s-1:2", (send with { StepId = "s-1" }).Key);
        Assert.Equal("thanks:2", send.Key);
        // Having been asked for it makes no difference.
        Assert.Equal(new RunEffect.Revoke("thanks", 2, "spendable"), send);
    }
}
