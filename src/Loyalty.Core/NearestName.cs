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
            var distance = Distance(name, candidate);
            if (distance < bestDistance || (distance == bestDistance && best is not null && string.CompareOrdinal(candidate, best) < 0))
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary>Edits (insert, delete, replace, swap of neighbours) from one text to the other, ignoring case.</summary>
    public static int Distance(string one, string other)
    {
        var width = other.Length + 1;
        var rows = new int[3][];
        for (var r = 0; r < 3; r++) rows[r] = new int[width];
        for (var j = 0; j < width; j++) rows[0][j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            var (row, above, twoAbove) = (rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3]);
            row[0] = i;
            for (var j = 1; j < width; j++)
            {
                var same = Same(one[i - 1], other[j - 1]);
                row[j] = Math.Min(Math.Min(row[j - 1], above[j]) + 1, above[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Same(one[i - 1], other[j - 2]) && Same(one[i - 2], other[j - 1]))
                    row[j] = Math.Min(row[j], twoAbove[j - 2] + 1);
            }
        }

        return rows[one.Length % 3][width - 1];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
