using System.Globalization;
using System.Text;
using Loyalty.Simulation.Results;
using static Loyalty.Simulation.Html.HtmlReport;
using static Loyalty.Simulation.Html.SvgCharts;

namespace Loyalty.Simulation.Html;

/// <summary>The part of the page about one journey: how it went, who is at each step, what nobody takes.</summary>
internal static class HtmlJourney
{
    public static void Write(StringBuilder body, JourneyReport draft, JourneyReport? live)
    {
        body.Append(CultureInfo.InvariantCulture, $"<h2>{Text(draft.Name)}</h2><p class=\"soft\">{Text(draft.Title ?? "")}</p>");
        Sum(body, draft, live);
        if (draft.Entered > 0) Steps(body, draft, live);
        foreach (var branch in draft.Untaken) body.Append(CultureInfo.InvariantCulture, $"<p class=\"warn\">Nobody takes {Text(branch)}.</p>");
    }

    private static void Sum(StringBuilder body, JourneyReport draft, JourneyReport? live)
    {
        body.Append(CultureInfo.InvariantCulture, $"<p>Entered {Pair(draft.Entered, live?.Entered)}, held out {Pair(draft.HeldOut, live?.HeldOut)}, still inside {Pair(draft.StillInside, live?.StillInside)}. ");
        if (!draft.HasGoal)
        {
            body.Append("Goal: –. ");
        }
        else if (draft.Entered > 0)
        {
            body.Append(CultureInfo.InvariantCulture, $"Goal reached by {Percent(draft.Goals, draft.Measured)}");
            body.Append(draft.HeldOut == 0 ? ". " : $", among the held-out {Percent(draft.HeldOutGoals, draft.HeldOutMeasured)}. ");
        }

        body.Append("</p>");
        if (draft.Outcomes.IsEmpty) return;
        var outcomes = draft.Outcomes.OrderByDescending(static one => one.Value)
            .Select(one => $"{Text(one.Key)} {Pair(one.Value, live is null ? null : live.Outcomes.GetValueOrDefault(one.Key))}");
        body.Append(CultureInfo.InvariantCulture, $"<p>Ended as: {string.Join(", ", outcomes)}.</p>");
    }

    private static void Steps(StringBuilder body, JourneyReport draft, JourneyReport? live)
    {
        var most = Math.Max(1, draft.Steps.Max(static step => step.Reached));
        body.Append("<div class=\"scroll\"><table><tr><th>step<th class=\"type\">type<th class=\"n\">reached<th><th>inside, by day<th>results</tr>");
        foreach (var step in draft.Steps.Where(static step => step.Type.Length > 0))
        {
            var other = live is null ? null : live.Steps.FirstOrDefault(one => one.Name == step.Name);
            var reached = Pair(step.Reached, live is null ? null : other?.Reached ?? 0);
            var inside = step.InsidePerDay.Any(static count => count != 0) ? Spark(step.InsidePerDay) : "";
            var results = string.Join(", ", step.Results.Select(one => string.Create(CultureInfo.InvariantCulture, $"{Text(one.Key)} {one.Value:N0}")));
            var branch = step.Branch is null ? "" : $"<span class=\"soft\">{Text(step.Branch)} · </span>";
            body.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"name\" style=\"padding-left:{0.5 + step.Depth * 0.9:0.#}rem\">{branch}{Text(step.Name)}<td class=\"soft type\">{Text(step.Type)}<td class=\"n\">{reached}<td>{Share((double)step.Reached / most, "draft")}<td>{inside}<td class=\"soft res\">{results}</tr>");
        }

        body.Append("</table></div>");
    }
}
