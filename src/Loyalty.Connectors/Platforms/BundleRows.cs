using System.Text.Json;
using Loyalty.Connectors.Json;
using Loyalty.Core.Orders;

namespace Loyalty.Connectors.Platforms;

/// <summary>A row of an order with what is needed to judge it.</summary>
/// <param name="Line">The line.</param>
/// <param name="ParentLineId">The row that this one is a part of, if it names one.</param>
/// <param name="Gross">price × quantity.</param>
/// <param name="Discount">The sum of its discount allocations.</param>
internal sealed record OrderRow(OrderLine Line, string? ParentLineId, decimal Gross, decimal Discount);

/// <summary>
/// Bundles and configurable products list the same SKU in a parent row and in a child row that names the parent: one
/// purchase, counted once. Shopify's own bundles have component rows only and need nothing; two rows with one SKU and
/// no tie between them are two purchases.
/// </summary>
internal static class BundleRows
{
    private static readonly string[] ParentFields =
        ["parent_line_item_id", "parent_item_id", "parent_id", "bundled_by"];

    /// <summary>
    /// The parent's line id, from the row or from its properties (as apps write them), whatever shape those have.
    /// </summary>
    public static string? ParentOf(Node row)
    {
        foreach (var field in ParentFields)
        {
            if (Loose(row.Element, field) is { } id) return id;
        }

        if (row.Element.ValueKind != JsonValueKind.Object
            || !row.Element.TryGetProperty("properties", out var properties)) return null;
        foreach (var field in ParentFields)
        {
            if (Property(properties, field) is { } id) return id;
        }

        return null;
    }

    /// <summary>
    /// The rows without repeats: of a parent and its children with the same SKU, the one with the greater value stays,
    /// the parent if equal.
    /// </summary>
    public static IEnumerable<OrderRow> CountOnce(IReadOnlyList<OrderRow> rows)
    {
        // Nearly every order: no row names another, and none is told twice.
        if (rows.Count <= 1 || (rows.All(static row => row.ParentLineId is null) && rows.DistinctBy(static row => row.Line.LineId, StringComparer.Ordinal).Count() == rows.Count)) return rows;
        var byId = rows
            .GroupBy(static row => row.Line.LineId, StringComparer.Ordinal)
            .ToDictionary(static g => g.Key, static g => g.First(), StringComparer.Ordinal);
        var dropped = new HashSet<OrderRow>(ReferenceEqualityComparer.Instance);
        // A row told twice under one line id is one row.
        foreach (var row in rows)
        {
            if (!ReferenceEquals(byId[row.Line.LineId], row)) dropped.Add(row);
        }

        foreach (var child in rows)
        {
            if (child.ParentLineId is null || child.Line.Sku is null
                || !byId.TryGetValue(child.ParentLineId, out var parent)) continue;
            if (ReferenceEquals(parent, child) || parent.Line.Sku != child.Line.Sku) continue;
            dropped.Add(child.Line.NetMinor > parent.Line.NetMinor && !dropped.Contains(child) ? parent : child);
        }

        return rows.Where(row => !dropped.Contains(row));
    }

    private static string? Property(JsonElement properties, string field)
    {
        if (properties.ValueKind == JsonValueKind.Object)
            return Loose(properties, field) ?? Loose(properties, "_" + field);
        if (properties.ValueKind != JsonValueKind.Array) return null;
        foreach (var pair in properties.EnumerateArray())
        {
            if (pair.ValueKind == JsonValueKind.Object && Loose(pair, "name")?.TrimStart('_') == field)
                return Loose(pair, "value");
        }

        return null;
    }

    private static string? Loose(JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.String when value.GetString() is { Length: > 0 and <= 100 } text => text,
            JsonValueKind.Number when value.GetRawText() is { Length: <= 100 } raw && raw != "0" => raw,
            _ => null,
        };
    }
}
