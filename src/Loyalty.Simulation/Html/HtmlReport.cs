using System.Globalization;
using System.Text;
using Loyalty.Simulation.Results;
using NodaTime;
using static Loyalty.Simulation.Html.SvgCharts;

namespace Loyalty.Simulation.Html;

/// <summary>A simulation as one HTML file: draft beside live, charts drawn here, nothing loaded from anywhere.</summary>
public static class HtmlReport
{
    /// <summary>The page.</summary>
    /// <param name="title">Plain text.</param>
    /// <param name="draft">What was simulated.</param>
    /// <param name="live">The live version over the same people, to be shown beside it; null: the draft alone.</param>
    public static string Write(string title, SimulationReport draft, SimulationReport? live = null)
    {
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"<h1>{Text(title)}</h1><p class=\"soft\">{Text(draft.Population)}, from {Day(draft, 0)} on. Responses: {Text(draft.Responses)}, seed {draft.Seed}.</p>");
        if (live is not null) body.Append("<p><span class=\"key draft\"></span>draft<span class=\"key live\"></span>live, the same people and the same chance</p>");
        Tiles(body, draft, live);
        Sends(body, draft, live);
        foreach (var journey in draft.Journeys) HtmlJourney.Write(body, journey, live?.Journeys.FirstOrDefault(one => one.Name == journey.Name));
        Messages(body, draft, live);
        Withheld(body, draft, live);
        Points(body, draft, live);
        body.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">Digest <code>{draft.Digest()[..16]}</code>: the same input gives the same.</p>");
        return HtmlPage.Of(title, body.ToString());
    }

    /// <summary>One customer's whole story as a page.</summary>
    public static string Write(CustomerStory story)
    {
        var body = new StringBuilder();
        body.Append(CultureInfo.InvariantCulture, $"<h1>{Text(story.CustomerId)}</h1><p class=\"soft\">{story.Lines.Length:N0} lines, times in {Text(story.Zone)}</p><ol class=\"story\">");
        foreach (var line in story.Told())
        {
            var why = line.Why is null ? "" : $" <span class=\"soft\">{Text(line.Why)}</span>";
            body.Append(CultureInfo.InvariantCulture, $"<li><time>{line.When}</time>{Text(line.Where)}<b>{Text(line.What)}</b>{why}</li>");
        }

        return HtmlPage.Of(story.CustomerId, body.Append("</ol>").ToString());
    }

    /// <summary>A figure, and what the live version has instead.</summary>
    internal static string Pair(long draft, long? live)
    {
        if (live is not { } other) return draft.ToString("N0", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{draft:N0} <span class=\"soft\">/ {other:N0}</span>");
    }

    internal static string Percent(long part, long whole) =>
        whole == 0 ? "" : ((double)part / whole).ToString("0.0 %", CultureInfo.InvariantCulture);

    private static void Tiles(StringBuilder body, SimulationReport draft, SimulationReport? live)
    {
        body.Append("<div class=\"tiles\">");
        Tile("customers", draft.Customers, live?.Customers);
        Tile("runs entered", draft.Journeys.Sum(static one => one.Entered), live?.Journeys.Sum(static one => one.Entered));
        Tile("messages sent", draft.Sent(), live?.Sent());
        Tile("messages withheld", draft.Withheld.Values.Sum(), live?.Withheld.Values.Sum());
        Tile("points granted", Granted(draft), live is null ? null : Granted(live));
        Tile("paid orders", draft.Orders, live?.Orders);
        body.Append("</div>");

        void Tile(string name, long value, long? other) => body.Append(CultureInfo.InvariantCulture, $"<div class=\"tile\"><b>{value:N0}</b>{name}{(other is { } one ? $"<br><span class=\"soft\">live {one.ToString("N0", CultureInfo.InvariantCulture)}</span>" : "")}</div>");
    }

    private static long Granted(SimulationReport report) => report.Points.Where(static one => one.What == "granted").Sum(static one => one.Points);

    private static void Sends(StringBuilder body, SimulationReport draft, SimulationReport? live)
    {
        body.Append("<h2>Messages by day</h2>");
        body.Append(Bars("Messages by day", Both("messages", draft.SendsPerDay, live?.SendsPerDay), day => Day(draft, day), draft.Quota?.PerDay));
        if (draft.Quotas is not { } quota) return;
        var text = quota.Delayed == 0
            ? "The quota carries all of them at their moment."
            : string.Create(CultureInfo.InvariantCulture, $"The quota delays {quota.Delayed:N0} messages ({Percent(quota.Delayed, draft.Sent())}), the longest by {Duration.FromMinutes(quota.LongestMinutes).TotalHours:0.#} h; at most {quota.MostWaiting:N0} wait at once.");
        body.Append(CultureInfo.InvariantCulture, $"<p{(quota.Delayed == 0 ? "" : " class=\"warn\"")}>{text}{(quota.Never == 0 ? "" : $" {quota.Never.ToString("N0", CultureInfo.InvariantCulture)} would not go within a year.")}</p>");
    }

    private static void Messages(StringBuilder body, SimulationReport draft, SimulationReport? live)
    {
        body.Append("<h2>Messages by template</h2><div class=\"scroll\"><table><tr><th>template<th class=\"n\">sent<th class=\"n\">not sent<th class=\"n\">opened<th class=\"n\">clicked<th class=\"n\">answered<th class=\"n\">bought<th class=\"n\">left</tr>");
        foreach (var one in draft.Messages)
        {
            var other = live is null ? null : live.Messages.FirstOrDefault(message => message.Template == one.Template) ?? new MessageReport(one.Template, 0, 0, 0, 0, 0, 0, 0);
            body.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"name\">{Text(one.Template)}<td class=\"n\">{Pair(one.Sent, other?.Sent)}<td class=\"n\">{Pair(one.NotSent, other?.NotSent)}<td class=\"n\">{Percent(one.Opened, one.Sent)}<td class=\"n\">{Percent(one.Clicked, one.Sent)}<td class=\"n\">{Percent(one.Answered, one.Sent)}<td class=\"n\">{Percent(one.Bought, one.Sent)}<td class=\"n\">{Percent(one.Unsubscribed, one.Sent)}</tr>");
        }

        body.Append("</table></div>");
    }

    private static void Withheld(StringBuilder body, SimulationReport draft, SimulationReport? live)
    {
        body.Append("<h2>Why messages did not go</h2>");
        if (draft.Withheld.IsEmpty)
        {
            body.Append("<p>Every message went.</p>");
            return;
        }

        var all = draft.Withheld.Values.Sum();
        body.Append("<div class=\"scroll\"><table>");
        foreach (var (reason, count) in draft.Withheld.OrderByDescending(static one => one.Value))
            body.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"name\">{Text(reason)}<td class=\"n\">{Pair(count, live?.Withheld.GetValueOrDefault(reason))}<td>{Share((double)count / all, "draft")}</tr>");
        body.Append("</table></div>");
    }

    private static void Points(StringBuilder body, SimulationReport draft, SimulationReport? live)
    {
        body.Append("<h2>Points: what it costs</h2>");
        body.Append(Bars("Points granted by day", Both("points", draft.PointsPerDay, live?.PointsPerDay), day => Day(draft, day)));
        body.Append("<div class=\"scroll\"><table><tr><th>what<th>why<th class=\"n\">points</tr>");
        foreach (var one in draft.Points)
        {
            var other = live?.Points.FirstOrDefault(point => point.What == one.What && point.Why == one.Why)?.Points ?? (live is null ? null : 0);
            body.Append(CultureInfo.InvariantCulture, $"<tr><td>{one.What}<td>{Text(one.Why)}<td class=\"n\">{Pair(one.Points, other)}</tr>");
        }

        body.Append("</table></div>");
    }

    private static List<Series> Both(string name, IReadOnlyList<long> draft, IReadOnlyList<long>? live) => live is null
        ? [new Series(name, "draft", draft)]
        : [new Series(name + ", draft", "draft", draft), new Series(name + ", live", "live", live)];

    private static string Day(SimulationReport report, int day) =>
        (report.Start + Duration.FromDays(day)).InUtc().Date.ToString("d MMM", CultureInfo.InvariantCulture);
}
