using System.Collections.Immutable;

namespace Loyalty.Core.Earning;

/// <summary>Splits whole points in proportion, so that the parts sum to the whole (Hamilton's method).</summary>
public static class LargestRemainder
{
    /// <summary>Parts in proportion to weights. What flooring leaves goes to the largest remainders, of equal ones to the first.</summary>
    /// <param name="total">0 or more.</param>
    /// <param name="weights">Each 0 or more; if all are 0, the first part gets everything.</param>
    /// <returns>As many parts as weights, summing to <paramref name="total"/> (nothing where there are no weights).</returns>
    public static ImmutableArray<long> Split(long total, IReadOnlyList<long> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        if (weights.Count == 0) return [];
        if (weights.Count == 1) return [total];
        Int128 sum = 0;
        foreach (var weight in weights) sum += weight;
        var parts = new long[weights.Count];
        if (sum == 0)
        {
            parts[0] = total;
            return [.. parts];
        }

        // Nearly always everything fits into 64 bits, where a division takes a tenth of the time.
        if (total <= int.MaxValue && sum <= int.MaxValue)
        {
            var narrow = new long[parts.Length];
            for (var i = 0; i < parts.Length; i++) (parts[i], narrow[i]) = Math.DivRem(total * weights[i], (long)sum);
            Distribute(parts, total - Sum(parts), narrow);
            return [.. parts];
        }

        var remainders = new Int128[weights.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            var product = (Int128)total * weights[i];
            parts[i] = (long)(product / sum);
            remainders[i] = product % sum;
        }

        Distribute(parts, total - Sum(parts), remainders);
        return [.. parts];
    }

    private static long Sum(long[] parts)
    {
        var sum = 0L;
        foreach (var part in parts) sum += part;
        return sum;
    }

    /// <summary>
    /// Whole points for exact amounts that are floored together: each floor, and the whole points among the fractions to the largest.
    /// </summary>
    /// <param name="exact">Each 0 or more.</param>
    public static ImmutableArray<long> FloorTogether(IReadOnlyList<decimal> exact)
    {
        if (exact.Count == 1) return [(long)decimal.Floor(exact[0])];
        var total = (long)decimal.Floor(exact.Sum());
        var parts = exact.Select(static amount => (long)decimal.Floor(amount)).ToArray();
        Distribute(parts, total - parts.Sum(), [.. exact.Select(static amount => amount - decimal.Floor(amount))]);
        return [.. parts];
    }

    /// <summary>One more for each of the largest remainders; the sort is stable, so of equal ones the first.</summary>
    private static void Distribute<T>(long[] parts, long left, T[] remainders)
        where T : IComparable<T>
    {
        if (left == 0) return;
        if (left == 1)
        {
            var largest = 0;
            for (var i = 1; i < parts.Length; i++)
            {
                if (remainders[i].CompareTo(remainders[largest]) > 0) largest = i;
            }

            parts[largest]++;
            return;
        }

        foreach (var index in Enumerable.Range(0, parts.Length).OrderByDescending(i => remainders[i]).Take((int)left)) parts[index]++;
    }
}
