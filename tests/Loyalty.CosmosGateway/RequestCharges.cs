namespace Loyalty.CosmosGateway;

/// <summary>
/// Request units by size, interpolated in the table that Microsoft publishes for point reads and writes at session consistency. Batches cost the sum
/// of their writes. What the table does not have is an assumption of ours, stated at its place.
/// </summary>
internal static class RequestCharges
{
    private static readonly (double KiB, double Read, double Write)[] Table =
    [
        (1, 1.00, 4.95), (2, 1.04, 6.29), (4, 1.14, 6.67), (8, 1.33, 7.04), (16, 1.67, 9.52), (64, 4.76, 22.67),
    ];

    /// <summary>Assumption: what the service charges for a query that finds nothing by its index.</summary>
    public const double EmptyQuery = 2.3;

    /// <summary>Assumption: a page of the change feed without changes.</summary>
    public const double EmptyFeed = 1;

    /// <summary>A point read; one that finds nothing costs the least read.</summary>
    public static double Read(int bytes) => At(bytes, static row => row.Read);

    /// <summary>A create, replace, upsert, patch or delete of a document of this size.</summary>
    public static double Write(int bytes) => At(bytes, static row => row.Write);

    /// <summary>Assumption: a write that is refused by its condition costs the read that finds out.</summary>
    public static double Refused(int bytes) => Read(bytes);

    /// <summary>Assumption: a query costs its look-up and 0.25 RU for each KiB that it loads.</summary>
    public static double Query(IEnumerable<int> bytes) => EmptyQuery + bytes.Sum(static size => 0.25 * Math.Max(1, size / 1024d));

    private static double At(int bytes, Func<(double KiB, double Read, double Write), double> column)
    {
        double size = bytes / 1024d;
        if (size <= Table[0].KiB) return column(Table[0]);
        for (int row = 1; row < Table.Length; row++)
        {
            if (size > Table[row].KiB) continue;
            double share = (size - Table[row - 1].KiB) / (Table[row].KiB - Table[row - 1].KiB);
            return column(Table[row - 1]) + (share * (column(Table[row]) - column(Table[row - 1])));
        }

        return column(Table[^1]) * size / Table[^1].KiB;
    }
}
