using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Loyalty.Engine.Privacy;

/// <summary>The export for people: one HTML page without assets, a section for each kind of data. Every value is encoded.</summary>
public static class PersonExportPage
{
    private const string Head = """
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
        <title>What is stored about you</title><style>
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1e;background:#fff}
        h2{border-bottom:1px solid #ccc;margin-top:2.5rem}details{margin:.4rem 0;padding:.3rem .8rem;border:1px solid #ddd;border-radius:.5rem}
        dl{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.1rem 1rem;margin:.3rem 0}dt{color:#555}dd{margin:0;overflow-wrap:anywhere}
        @media(max-width:32rem){dl{display:block}dd{margin:0 0 .5rem}}
        @media(prefers-color-scheme:dark){body{color:#eee;background:#1c1c1e}dt{color:#aaa}details,h2{border-color:#444}}
        </style></head><body>
        """;

    private static readonly Dictionary<string, string> Titles = new(StringComparer.Ordinal)
    {
        ["person"] = "Name and addresses",
        ["record"] = "What is known",
        ["orders"] = "Orders",
        ["ledger"] = "Points: every entry",
        ["endedLots"] = "Points that have ended",
        ["redemptions"] = "Points redeemed",
        ["messages"] = "Messages",
        ["consents"] = "Consents and their proofs",
        ["feedback"] = "Feedback",
        ["tasks"] = "Tasks about you",
        ["codes"] = "Codes and offers",
        ["referrals"] = "Who brought you",
        ["friends"] = "Whom you brought",
        ["journeys"] = "Journeys",
        ["erasure"] = "Erasure",
        ["identifiers"] = "Names you are known by",
        ["suppressed"] = "Addresses to which nothing is sent",
        ["events"] = "Events that came in during the last 90 days",
        ["access"] = "Who looked at it",
        ["other"] = "Other",
    };

    /// <summary>The page.</summary>
    /// <param name="export">As <see cref="PersonExport.ReadAsync"/> made it.</param>
    public static string Write(JsonObject export)
    {
        var page = new StringBuilder(Head);
        page.Append("<h1>What is stored about you</h1><p>Customer ").Append(Text(export["customerId"])).Append(", as of ").Append(Text(export["exportedAt"])).Append(".</p>");
        foreach (var (name, value) in export)
        {
            if (value is not JsonArray { Count: > 0 } items) continue;
            page.Append("<h2>").Append(WebUtility.HtmlEncode(Titles.GetValueOrDefault(name, name))).Append(" (").Append(items.Count).Append(")</h2>");
            foreach (var item in items) Item(page, item);
        }

        return page.Append("</body></html>").ToString();
    }

    private static void Item(StringBuilder page, JsonNode? item)
    {
        if (item is not JsonObject fields)
        {
            page.Append("<p>").Append(Text(item)).Append("</p>");
            return;
        }

        page.Append("<details open><summary>").Append(Summary(fields)).Append("</summary>");
        Fields(page, fields);
        page.Append("</details>");
    }

    private static void Fields(StringBuilder page, JsonObject fields)
    {
        page.Append("<dl>");
        foreach (var (name, value) in fields)
        {
            page.Append("<dt>").Append(WebUtility.HtmlEncode(name)).Append("</dt><dd>");
            Value(page, value);
            page.Append("</dd>");
        }

        page.Append("</dl>");
    }

    private static void Value(StringBuilder page, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject fields: Fields(page, fields); break;
            case JsonArray items when items.All(static one => one is JsonValue): page.AppendJoin(", ", items.Select(Text)); break;
            case JsonArray items:
                foreach (var item in items) Item(page, item);
                break;
            default: page.Append(Text(value)); break;
        }
    }

    private static string Summary(JsonObject fields)
    {
        foreach (var name in (string[])["orderId", "journey", "type", "template", "topic", "kind", "wallet", "code", "action", "email", "customerId", "id"])
        {
            if (fields[name] is JsonValue value) return Text(value);
        }

        return "entry";
    }

    private static string Text(JsonNode? value) => WebUtility.HtmlEncode(value switch
    {
        null => "–",
        JsonValue text when text.TryGetValue<string>(out var plain) => plain,
        _ => value.ToJsonString(),
    });
}
