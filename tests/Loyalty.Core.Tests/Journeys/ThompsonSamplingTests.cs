using Loyalty.Core.Journeys;

namespace Loyalty.Core.Tests.Journeys;

public sealed class ThompsonSamplingTests
{
    private static readonly SplitArm[] Two = [new SplitArm("a", 0.7m, []), new SplitArm("b", 0.3m, [])];

    [Fact]
    public void Probabilities_TooFewTrials_DeclaredShares()
    {
        Assert.Equal([0.7, 0.3], ThompsonSampling.Probabilities(Two, []).AsEnumerable());
        Assert.Equal([0.7, 0.3], ThompsonSampling.Probabilities(Two, [new ArmTally("a", 19, 0), new ArmTally("b", 500, 400)]).AsEnumerable());
    }

    // P(B > A) of two Beta posteriors by the exact sum of Miller, "Formulas for Bayesian A/B testing" (2015).
    [Theory]
    [InlineData(20, 4, 20, 8)]
    [InlineData(100, 10, 120, 20)]
    [InlineData(1000, 50, 1000, 60)]
    [InlineData(30, 0, 40, 1)]
    [InlineData(5000, 2500, 25, 12)]
    public void Probabilities_TwoArms_AgreeWithTheExactSum(long givenA, long goalsA, long givenB, long goalsB)
    {
        var p = ThompsonSampling.Probabilities(Two, [new ArmTally("a", givenA, goalsA), new ArmTally("b", givenB, goalsB)]);
        var exact = Exact(1 + goalsA, 1 + givenA - goalsA, 1 + goalsB, 1 + givenB - goalsB);
        Assert.InRange(p[1], exact - 0.002, exact + 0.002);
        Assert.InRange(p[0] + p[1], 0.999999, 1.000001);
    }

    [Fact]
    public void Pick_DrawsOverTheWholeRange_HitArmsByTheirProbability()
    {
        double[] probabilities = [0.2, 0.5, 0.3];
        var hits = new int[3];
        for (var i = 0; i < 1000; i++) hits[ThompsonSampling.Pick(probabilities, (i + 0.5) / 1000)]++;
        Assert.Equal([200, 500, 300], hits);
    }

    [Fact]
    public void Simulated_TwoRates_TheBetterArmTakesOver()
    {
        var random = new Random(7);
        var tallies = new Dictionary<string, ArmTally> { ["a"] = new("a", 0, 0), ["b"] = new("b", 0, 0) };
        for (var i = 0; i < 3000; i++)
        {
            var pick = Two[ThompsonSampling.Pick(ThompsonSampling.Probabilities(Two, tallies.Values), random.NextDouble())].Name;
            var known = tallies[pick];
            tallies[pick] = known with { Given = known.Given + 1, Goals = known.Goals + (random.NextDouble() < (pick == "a" ? 0.05 : 0.15) ? 1 : 0) };
        }

        Assert.True(tallies["b"].Given > 5 * tallies["a"].Given, $"{tallies["a"]} {tallies["b"]}");
    }

    private static double Exact(double a1, double b1, double a2, double b2)
    {
        var sum = 0.0;
        for (var i = 0; i < a2; i++)
            sum += Math.Exp(LogBeta(a1 + i, b2 + b1) - Math.Log(b2 + i) - LogBeta(1 + i, b2) - LogBeta(a1, b1));
        return sum;
    }

    private static double LogBeta(double a, double b) => LogGamma(a) + LogGamma(b) - LogGamma(a + b);

    private static double LogGamma(double x)
    {
        var shift = 0.0;
        while (x < 12) shift -= Math.Log(x++);
        var inverse = 1 / (x * x);
        return shift + (x - 0.5) * Math.Log(x) - x + 0.91893853320467274178 + (1 / x) * (1 / 12.0 - inverse * (1 / 360.0 - inverse / 1260.0));
    }
}
