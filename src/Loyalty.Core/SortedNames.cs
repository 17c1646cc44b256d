using System.Collections.Immutable;

namespace Loyalty.Core;

/// <summary>Names kept in ordinal order. Most lists have a handful, where the general search with a comparer costs more than the comparisons.</summary>
internal static class SortedNames
{
    /// <summary>Where the name stands; the complement of where it belongs if it is not there.</summary>
    public static int Find(ImmutableArray<string> names, string name)
    {
        var (from, to) = (0, names.Length - 1);
        while (from <= to)
        {
            var middle = (from + to) / 2;
            var order = string.CompareOrdinal(names[middle], name);
            if (order == 0) return middle;
            if (order < 0) from = middle + 1;
            else to = middle - 1;
        }

        return ~from;
    }
}
