using Loyalty.Core;
using Loyalty.Engine.Refusals;

namespace Loyalty.Engine.Tests.Refusals;

public sealed class RefusalTableTests
{
    /// <summary>What the ledger and the offers refuse by a code alone; whoever is refused is told what to do by name, not sent to a page.</summary>
    [Theory]
    [InlineData(RefusalCode.MissingHeader, "Idempotency-Key")]
    [InlineData(RefusalCode.IdempotencyKeyReused, "Idempotency-Key")]
    [InlineData(RefusalCode.KeyConflict, "Idempotency-Key")]
    [InlineData(RefusalCode.NotFound, "customerId")]
    [InlineData(RefusalCode.CustomerErased, "person")]
    [InlineData(RefusalCode.CustomerRestricted, "restriction")]
    [InlineData(RefusalCode.InsufficientPoints, "points: ")]
    [InlineData(RefusalCode.InvalidAmount, "points: ")]
    [InlineData(RefusalCode.ExceedsRedemption, "points: ")]
    [InlineData(RefusalCode.ExceedsGrant, "points: ")]
    [InlineData(RefusalCode.UnknownWallet, "wallet: ")]
    [InlineData(RefusalCode.TooManyHolds, "release")]
    [InlineData(RefusalCode.HoldExpired, "hold again")]
    [InlineData(RefusalCode.HoldTooLong, "minutes: ")]
    [InlineData(RefusalCode.ApprovalNeeded, "approvedBy: ")]
    [InlineData(RefusalCode.OfferClosed, "until")]
    [InlineData(RefusalCode.SoldOut, "stock")]
    [InlineData(RefusalCode.LimitReached, "per-customer")]
    [InlineData(RefusalCode.BudgetExhausted, "budget")]
    [InlineData(RefusalCode.CodeUsed, "another code")]
    [InlineData(RefusalCode.CodeExpired, "another code")]
    [InlineData(RefusalCode.CodeVoid, "another code")]
    [InlineData(RefusalCode.CodeHeld, "Release")]
    [InlineData(RefusalCode.CodeNotYours, "customerId: ")]
    public void Remedy_CodeThatComesAlone_NamesThePlace(RefusalCode code, string expected) =>
        Assert.Contains(expected, RefusalTable.Remedy(code), StringComparison.Ordinal);

    [Fact]
    public void Remedy_EveryCode_IsASentence() =>
        Assert.All(Enum.GetValues<RefusalCode>(), static code => Assert.EndsWith(".", RefusalTable.Remedy(code), StringComparison.Ordinal));
}
