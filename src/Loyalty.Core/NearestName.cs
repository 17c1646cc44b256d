namespace Loyalty.Core;

/// <summary>Finds what someone meant who mistyped a name.</summary>
public static class NearestName
{
    /// <summary>The known name with the smallest edit distance, if it is near enough to be a typing mistake.</summary>
    /// <returns>null where nothing is near (more than a third of the letters differ, or more than four).</returns>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length is 0 or > 100) return null;
        var limit = Math.Min(name.Length / 3, 4);
        string? best = null;
        var bestDistance = limit + 1;
        foreach (var candidate in known)
        {
            if (candidate == name || Math.Abs(candidate.Length - name.Length) >= bestDistance) continue;
            var distance = Distance(name, candidate, bestDistance);
            if (distance < bestDistance || (distance == bestDistance && best is not null && string.CompareOrdinal(candidate, best) < 0))
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>Edits (insert, delete, replace, swap of neighbours) from one text to the other, ignoring case.</summary>
    public static int Distance(string one, string other) => Distance(one, other, int.MaxValue);

    /// <summary>The distance, or something above <paramref name="enough"/> as soon as it is known to be more.</summary>
    private static int Distance(ReadOnlySpan<char> one, ReadOnlySpan<char> other, int enough)
    {
        // What both begin and end with costs nothing.
        var same = 0;
        while (same < one.Length && same < other.Length && Same(one[same], other[same])) same++;
        one = one[same..];
        other = other[same..];
        while (one.Length > 0 && other.Length > 0 && Same(one[^1], other[^1]))
        {
            one = one[..^1];
            other = other[..^1];
        }

        var width = other.Length + 1;
        var all = width <= 200 ? stackalloc int[3 * width] : new int[3 * width];
        for (var j = 0; j < width; j++) all[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            var row = all.Slice(i % 3 * width, width);
            var above = all.Slice((i + 2) % 3 * width, width);
            var twoAbove = all.Slice((i + 1) % 3 * width, width);
            row[0] = i;
            var least = i;
            for (var j = 1; j < width; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (Same(one[i - 1], other[j - 1]) ? 0 : 1));
                if (i > 1 && j > 1 && Same(one[i - 1], other[j - 2]) && Same(one[i - 2], other[j - 1]))
                    row[j] = Math.Min(row[j], twoAbove[j - 2] + 1);
                least = Math.Min(least, row[j]);
            }

            // A swap looks two rows back, at one edit more: no later row can come below that.
            if (least > enough) return least;
        }

        return all[(one.Length % 3 * width) + width - 1];
    }

    private static bool Same(char a, char b) => a == b || char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
