using System.Globalization;

namespace Loyalty.CosmosGateway;

/// <summary>A physical partition: effective keys from <paramref name="Low"/> (included) to <paramref name="High"/> (excluded).</summary>
internal sealed record PartitionRange(string Id, string Low, string High)
{
    public bool Holds(string effectiveKey) => string.CompareOrdinal(Low, effectiveKey) <= 0 && string.CompareOrdinal(effectiveKey, High) < 0;

    /// <summary>Equal parts of all keys. Effective keys begin with 00 to 3F.</summary>
    public static IReadOnlyList<PartitionRange> Split(int count)
    {
        string[] bounds =
        [
            string.Empty,
            .. Enumerable.Range(1, count - 1).Select(part => (part * 0x40 / count).ToString("X2", CultureInfo.InvariantCulture) + new string('0', 30)),
            "FF",
        ];
        return [.. Enumerable.Range(0, count).Select(part => new PartitionRange(part.ToString(CultureInfo.InvariantCulture), bounds[part], bounds[part + 1]))];
    }
}
