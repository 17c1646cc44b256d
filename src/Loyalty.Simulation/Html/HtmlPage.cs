namespace Loyalty.Simulation.Html;

/// <summary>The frame of a report: one file, no asset, no script; for a phone and for the night.</summary>
internal static class HtmlPage
{
    private const string Style =
        """
        :root{color-scheme:light dark;--bg:#fff;--ink:#1c2024;--soft:#5c6570;--line:#dfe3e8;--card:#f6f8fa;--draft:#2563eb;--live:#94a3b8;--bad:#b4540a;--good:#15803d}
        @media(prefers-color-scheme:dark){:root{--bg:#14171a;--ink:#e6e9ec;--soft:#9aa4ae;--line:#2c3238;--card:#1c2024;--draft:#6ea0ff;--live:#64748b;--bad:#f0a35e;--good:#5fd38a}}
        *{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:60rem;margin:0 auto;padding:1.2rem 1rem 4rem}h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .5rem}h3{font-size:1rem;margin:1.6rem 0 .4rem}
        p{margin:.4rem 0}.soft{color:var(--soft)}.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.6rem;margin:1rem 0}
        .tile{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}.tile b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{padding:.3rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:middle}
        th{color:var(--soft);font-weight:600;white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}td.name{white-space:nowrap}
        svg.chart{width:100%;height:auto;display:block}.grid{stroke:var(--line)}.tick{fill:var(--soft);font-size:11px}.limit{stroke:var(--bad);stroke-dasharray:5 4}
        .draft{fill:var(--draft)}.live{fill:var(--live)}svg.spark{width:7.5rem;height:1.5rem}svg.spark polyline{fill:none;stroke:var(--draft);stroke-width:1.5}
        svg.share{width:6rem;height:.6rem;background:var(--card)}.key{display:inline-block;width:.8rem;height:.8rem;border-radius:.2rem;margin:0 .3rem 0 .8rem;vertical-align:-.05rem}
        .key.draft{background:var(--draft)}.key.live{background:var(--live)}.warn{color:var(--bad)}.up{color:var(--good)}code{font:.88em ui-monospace,monospace}
        td.res{min-width:15rem}@media(max-width:40rem){.type{display:none}.tick{font-size:18px}}
        ol.story{list-style:none;padding:0;border-left:2px solid var(--line);margin:1rem 0 0 .3rem}ol.story li{padding:.25rem 0 .25rem .9rem}ol.story time{color:var(--soft);font-size:.85rem;display:block}
        """;

    /// <summary>A whole page.</summary>
    /// <param name="title">Plain text.</param>
    /// <param name="body">HTML.</param>
    public static string Of(string title, string body) =>
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{SvgCharts.Text(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <main>
        {body}
        </main>
        </body>
        </html>

        """;
}
