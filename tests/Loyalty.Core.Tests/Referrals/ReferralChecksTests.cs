using Loyalty.Core.Referrals;

namespace Loyalty.Core.Tests.Referrals;

public sealed class ReferralChecksTests
{
    private static readonly ReferralPlan Plan = new() { Link = "https://shop.example/?ref={code}" };

    [Theory]
    [InlineData("Ann.Lee+shop@GMail.com", "annlee@gmail.com")]
    [InlineData("a.n.n.l.e.e@googlemail.com", "annlee@gmail.com")]
    [InlineData("ann.lee+x@example.com", "ann.lee@example.com")]
    [InlineData("ann.lee@example.com", "ann.lee@example.com")]
    [InlineData("+x@example.com", "+x@example.com")]
    [InlineData("nobody", null)]
    public void FoldEmail_Table_IsAsStated(string address, string? expected) => Assert.Equal(expected, ReferralChecks.FoldEmail(address));

    [Fact]
    public void Judge_SeveralReasons_TheStrictestCountsAndAllAreTold()
    {
        var evidence = new ReferralEvidence { IsSameAddress = true, OfNetwork = 6 };
        var (outcome, reasons) = ReferralChecks.Judge(evidence, Plan);
        Assert.Equal((ReferralOutcome.Hold, "network-velocity same-address"), (outcome, string.Join(' ', reasons)));
        (outcome, reasons) = ReferralChecks.Judge(evidence with { IsSameDevice = true }, Plan);
        Assert.Equal((ReferralOutcome.Refuse, 3), (outcome, reasons.Length));
        var lenient = Plan with { Checks = Plan.Checks.Add("same-device", ReferralOutcome.Allow).Add("same-address", ReferralOutcome.Allow).Add("network-velocity", ReferralOutcome.Allow) };
        (outcome, reasons) = ReferralChecks.Judge(evidence with { IsSameDevice = true }, lenient);
        Assert.Equal((ReferralOutcome.Allow, 3), (outcome, reasons.Length));
        Assert.Equal(ReferralOutcome.Allow, ReferralChecks.Judge(new ReferralEvidence { OfNetwork = 5, OfReferrer = 10 }, Plan).Outcome);
    }
}
