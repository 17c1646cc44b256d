using System.Collections.Immutable;
using System.Text.Json;

namespace Loyalty.Connectors.Platforms;

/// <summary>
/// What the shop calls the goods of a row besides. No platform sends it with an order; a theme, an app or a plugin puts it into the row's own
/// fields (Shopify: properties, WooCommerce: meta data) under <c>labels</c> or <c>_labels</c>: one text with commas, or a list.
/// </summary>
internal static class LineLabels
{
    private const int MaxLabels = 20;

    /// <summary>The labels, in lower case; null: not told.</summary>
    public static ImmutableArray<string>? Of(IEnumerable<(string? Name, JsonElement Value)> fields)
    {
        foreach (var (name, value) in fields)
        {
            if (name?.TrimStart('_') != "labels") continue;
            var texts = value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!.Split(','),
                JsonValueKind.Array => value.EnumerateArray().Where(static one => one.ValueKind == JsonValueKind.String).Select(static one => one.GetString()!),
                _ => [],
            };
            return [.. texts.Select(static text => text.Trim().ToLowerInvariant()).Where(static text => text.Length is > 0 and <= 100).Distinct().Take(MaxLabels)];
        }

        return null;
    }
}
