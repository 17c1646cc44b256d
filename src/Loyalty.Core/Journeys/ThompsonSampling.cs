using System.Collections.Immutable;

namespace Loyalty.Core.Journeys;

/// <summary>How an arm has done so far.</summary>
/// <param name="Arm">Its name.</param>
/// <param name="Given">How many were given it.</param>
/// <param name="Goals">How many of them reached the goal, at most <paramref name="Given"/>.</param>
public sealed record ArmTally(string Arm, long Given, long Goals);

/// <summary>
/// The probability that each arm is the best, given what was seen: that is the probability with which Thompson sampling gives it. Thompson,
/// "On the likelihood that one unknown probability exceeds another", Biometrika 25 (1933). Each arm's rate has the distribution
/// Beta(1 + goals, 1 + given − goals); P(best) is its density times the other arms' distributions, integrated.
/// </summary>
/// <remarks>Integrated and not sampled, so that the answer is exact to about 0.001 and can be logged beside the choice.</remarks>
public static class ThompsonSampling
{
    /// <summary>Until every arm was given this often, the declared shares decide.</summary>
    public const int TrialsPerArm = 20;

    private const int Points = 2048;

    /// <summary>The probability of each arm, in the arms' order; their sum is 1.</summary>
    public static ImmutableArray<double> Probabilities(IReadOnlyList<SplitArm> arms, IReadOnlyCollection<ArmTally> tallies)
    {
        var known = arms.Select(arm => tallies.FirstOrDefault(t => t.Arm == arm.Name) ?? new ArmTally(arm.Name, 0, 0)).ToArray();
        if (known.Any(static t => t.Given < TrialsPerArm)) return [.. arms.Select(static arm => (double)arm.Share)];
        var densities = new double[known.Length][];
        var distributions = new double[known.Length][];
        var (low, high) = Range(known);
        for (var a = 0; a < known.Length; a++) (densities[a], distributions[a]) = Beta(known[a], low, high);
        var best = new double[known.Length];
        for (var i = 0; i < Points; i++)
        {
            for (var a = 0; a < known.Length; a++)
            {
                var density = densities[a][i];
                for (var other = 0; other < known.Length; other++)
                {
                    if (other != a) density *= distributions[other][i];
                }

                best[a] += density;
            }
        }

        var sum = best.Sum();
        return [.. best.Select(p => sum > 0 ? p / sum : 1.0 / best.Length)];
    }

    /// <summary>The arm that a draw in [0, 1) falls on.</summary>
    public static int Pick(IReadOnlyList<double> probabilities, double draw)
    {
        for (var i = 0; i < probabilities.Count; i++)
        {
            draw -= probabilities[i];
            if (draw < 0) return i;
        }

        return probabilities.Count - 1;
    }

    /// <summary>Where the arms' rates lie: nine standard deviations around each mean.</summary>
    private static (double Low, double High) Range(IReadOnlyList<ArmTally> arms)
    {
        var (low, high) = (1.0, 0.0);
        foreach (var arm in arms)
        {
            var (alpha, beta) = Shape(arm);
            var mean = alpha / (alpha + beta);
            var deviation = Math.Sqrt(mean * (1 - mean) / (alpha + beta + 1));
            low = Math.Min(low, mean - 9 * deviation);
            high = Math.Max(high, mean + 9 * deviation);
        }

        return (Math.Max(0, low), Math.Min(1, high));
    }

    private static (double Alpha, double Beta) Shape(ArmTally arm) =>
        (1.0 + arm.Goals, 1.0 + Math.Max(0, arm.Given - arm.Goals));

    /// <summary>Density and distribution at the middles of equal intervals, both scaled to a sum of 1.</summary>
    private static (double[] Density, double[] Distribution) Beta(ArmTally arm, double low, double high)
    {
        var (alpha, beta) = Shape(arm);
        var logs = new double[Points];
        var peak = double.NegativeInfinity;
        for (var i = 0; i < Points; i++)
        {
            var x = low + (high - low) * (i + 0.5) / Points;
            logs[i] = (alpha - 1) * Math.Log(x) + (beta - 1) * Math.Log(1 - x);
            peak = Math.Max(peak, logs[i]);
        }

        var density = new double[Points];
        var sum = 0.0;
        for (var i = 0; i < Points; i++) sum += density[i] = Math.Exp(logs[i] - peak);
        var distribution = new double[Points];
        var below = 0.0;
        for (var i = 0; i < Points; i++)
        {
            density[i] /= sum;
            distribution[i] = below + density[i] / 2;
            below += density[i];
        }

        return (density, distribution);
    }
}
