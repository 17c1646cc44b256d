using Loyalty.Core.Earning;

namespace Loyalty.Core.Tests.Earning;

public sealed class LargestRemainderTests
{
    [Theory]
    [InlineData(100, new long[] { 1, 1, 1 }, new long[] { 34, 33, 33 })]
    [InlineData(587, new long[] { 19566, 19567, 19567 }, new long[] { 195, 196, 196 })]
    [InlineData(7, new long[] { 0, 5, 0 }, new long[] { 0, 7, 0 })]
    [InlineData(7, new long[] { 0, 0 }, new long[] { 7, 0 })]
    [InlineData(0, new long[] { 3, 4 }, new long[] { 0, 0 })]
    [InlineData(1_000_000_000_000_000, new[] { 9_000_000_000_000L, 1_000_000_000_000L }, new[] { 900_000_000_000_000L, 100_000_000_000_000L })]
    public void Split_Table_GivesTheParts(long total, long[] weights, long[] parts) =>
        Assert.Equal(parts, LargestRemainder.Split(total, weights).ToArray());

    [Fact]
    public void Split_Random_SumsToTheWholeAndStaysWithinOneOfTheExactShare()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var weights = Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.NextInt64(0, 1_000_000)).ToArray();
            if (weights.Sum() == 0) continue;
            var total = random.NextInt64(0, 100_000);
            var parts = LargestRemainder.Split(total, weights);
            Assert.Equal(total, parts.Sum());
            for (var k = 0; k < weights.Length; k++)
                Assert.InRange(parts[k] - (decimal)total * weights[k] / weights.Sum(), -1m, 1m);
        }
    }

    [Fact]
    public void FloorTogether_Fractions_AreFlooredOnce()
    {
        Assert.Equal([1L, 1L, 0L], LargestRemainder.FloorTogether([0.7m, 0.9m, 0.4m]).ToArray());
        Assert.Equal([1L, 1L], LargestRemainder.FloorTogether([1.67m, 0.835m]).ToArray());
    }
}
