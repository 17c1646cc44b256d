using System.Globalization;
using Loyalty.Core.Ledger;

namespace Loyalty.Core.Tests.Reversals;

/// <summary>
/// Every way in which points come and go, in any order, beside a model that shares no code with what is tested: grants by orders, edits, partial refunds
/// in any order, duplicates, rules edited or deleted in between, holds, spending before the refund, restores, corrections, expiry, points as payment.
/// </summary>
public sealed class ReversalProperties
{
    /// <summary>The long form: LOYALTY_LEDGER_SEQUENCES=1000000 dotnet test --filter ReversalProperties.</summary>
    private const string Variable = "LOYALTY_LEDGER_SEQUENCES";
    private const int Sequences = 50_000;

    [Fact]
    public void Histories_Random_AgreeWithTheModelStepByStepAndEndAtTheirTargets()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable(Variable) ?? Sequences.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var seen = new long[Enum.GetValues<ReversalRun.Operation>().Length];
        Parallel.For(0, count, seed =>
        {
            var run = new ReversalRun(seed);
            run.Play();
            for (var i = 0; i < seen.Length; i++) Interlocked.Add(ref seen[i], run.Seen[i]);
        });
        // A generator that stopped making one of the operations would prove nothing about it.
        Assert.All(Enum.GetValues<ReversalRun.Operation>(), operation => Assert.True(seen[(int)operation] > count / 50, $"{operation}: {seen[(int)operation]} of {count}"));
    }

    [Theory]
    [InlineData(ReturnPolicy.OnlyPending)]
    [InlineData(ReturnPolicy.WithinBalance)]
    [InlineData(ReturnPolicy.Negative)]
    public void Histories_OfOneSeed_AreTheSameEveryTime(ReturnPolicy policy)
    {
        var (one, other) = (new ReversalRun((int)policy), new ReversalRun((int)policy));
        one.Play();
        other.Play();
        Assert.Equal(one.Story(), other.Story());
    }
}
