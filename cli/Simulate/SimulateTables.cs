using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Orders;
using Loyalty.Simulation.Results;
using Spectre.Console;

namespace Loyalty.Cli.Simulate;

/// <summary>A simulation as tables.</summary>
internal static class SimulateTables
{
    /// <summary>In the place of a share that nothing is measured for.</summary>
    private const string NoGoal = "–";

    public static void Print(SimulationReport report, SimulationReport? live)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Population}; {report.Days:N0} days from {report.Start:uuuu-MM-dd} on; responses: {report.Responses}.\nDigest {report.Digest()[..16]}{(live is null ? "" : "; behind each slash: the live version over the same people")}."));
        Journeys(report, live);
        foreach (var journey in report.Journeys.Where(static one => one.Entered > 0)) Steps(journey, live?.Journeys.FirstOrDefault(one => one.Name == journey.Name), live is not null);
        Messages(report, live);
        Costs(report, live);
    }

    public static void Print(CustomerStory story)
    {
        Console.WriteLine($"{story.CustomerId}, times in {story.Zone}");
        foreach (var line in story.Told()) Console.WriteLine($"{line.When}  {line.Where}{line.What}{(line.Why is null ? "" : $" ({line.Why})")}");
    }

    private static void Journeys(SimulationReport report, SimulationReport? live)
    {
        var table = Table("Journeys", "journey", "entered", "held out", "inside", "goal", "goal, held out", "ended as");
        foreach (var one in report.Journeys)
        {
            var other = live?.Journeys.FirstOrDefault(journey => journey.Name == one.Name);
            var isBeside = live is not null;
            table.AddRow(
                Markup.Escape(one.Name),
                Pair(one.Entered, other?.Entered, isBeside),
                Pair(one.HeldOut, other?.HeldOut, isBeside),
                Pair(one.StillInside, other?.StillInside, isBeside),
                one.HasGoal ? Percent(one.Goals, one.Measured) : NoGoal,
                one.HasGoal ? Percent(one.HeldOutGoals, one.HeldOutMeasured) : NoGoal,
                Markup.Escape(string.Join(", ", one.Outcomes.OrderByDescending(static outcome => outcome.Value).Select(static outcome => $"{outcome.Key} {outcome.Value.ToString("N0", CultureInfo.InvariantCulture)}"))));
        }

        TableOutput.Console.Write(table);
    }

    private static void Steps(JourneyReport journey, JourneyReport? live, bool isBeside)
    {
        var table = Table(journey.Name, "step", "type", "reached", "at most inside", "sent", "not sent", "results");
        foreach (var step in journey.Steps.Where(static one => one.Type.Length > 0))
        {
            var other = live?.Steps.FirstOrDefault(one => one.Name == step.Name);
            table.AddRow(
                Markup.Escape(new string(' ', step.Depth * 2) + (step.Branch is null ? "" : step.Branch + " · ") + step.Name),
                step.Type,
                Pair(step.Reached, other?.Reached, isBeside),
                Number(step.InsidePerDay.DefaultIfEmpty().Max()),
                Pair(step.Sent, other?.Sent, isBeside),
                Pair(step.NotSent, other?.NotSent, isBeside),
                Markup.Escape(string.Join(", ", step.Results.Select(static one => $"{one.Key} {one.Value.ToString("N0", CultureInfo.InvariantCulture)}"))));
        }

        TableOutput.Console.Write(table);
        foreach (var branch in journey.Untaken) Console.WriteLine($"Nobody takes {branch}.");
    }

    private static void Messages(SimulationReport report, SimulationReport? live)
    {
        var table = Table("Messages", "template", "sent", "not sent", "opened", "clicked", "answered", "bought", "left");
        foreach (var one in report.Messages)
        {
            var other = live?.Messages.FirstOrDefault(message => message.Template == one.Template);
            table.AddRow(
                Markup.Escape(one.Template),
                Pair(one.Sent, other?.Sent, live is not null),
                Pair(one.NotSent, other?.NotSent, live is not null),
                Percent(one.Opened, one.Sent),
                Percent(one.Clicked, one.Sent),
                Percent(one.Answered, one.Sent),
                Percent(one.Bought, one.Sent),
                Percent(one.Unsubscribed, one.Sent));
        }

        TableOutput.Console.Write(table);
        Console.WriteLine($"Most in a day: {Number(report.SendsPerDay.DefaultIfEmpty().Max())}. Not sent: {Reasons(report)}.");
        if (report.Quotas is not { } quota) return;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"The quota delays {quota.Delayed:N0} messages, the longest by {quota.LongestMinutes / 60.0:0.#} h; at most {quota.MostWaiting:N0} wait at once; {quota.Never:N0} would not go within a year."));
    }

    private static void Costs(SimulationReport report, SimulationReport? live)
    {
        var table = Table("Points", "what", "why", "points");
        foreach (var one in report.Points)
        {
            var other = live?.Points.FirstOrDefault(point => point.What == one.What && point.Why == one.Why)?.Points;
            table.AddRow(one.What, Markup.Escape(one.Why), Pair(one.Points, other, live is not null));
        }

        TableOutput.Console.Write(table);
        var revenue = ((decimal)report.RevenueMinor / CurrencyUnits.MinorPerUnit(report.Currency)).ToString(
            "N" + CurrencyUnits.Decimals(report.Currency).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        Console.WriteLine($"Paid orders {Pair(report.Orders, live?.Orders, live is not null)}, kept goods {revenue} {report.Currency}.");
    }

    private static string Reasons(SimulationReport report) => report.Withheld.IsEmpty
        ? "none"
        : string.Join(", ", report.Withheld.OrderByDescending(static one => one.Value).Select(static one => $"{one.Key} {one.Value.ToString("N0", CultureInfo.InvariantCulture)}"));

    private static Table Table(string title, params string[] columns)
    {
        var table = new Table().Title(Markup.Escape(title), Style.Plain).Border(TableBorder.Rounded);
        foreach (var column in columns) table.AddColumn(new TableColumn(column) { NoWrap = column is "step" or "journey" or "template" });
        return table;
    }

    private static string Pair(long draft, long? live, bool isBeside) => isBeside ? $"{Number(draft)} / {Number(live ?? 0)}" : Number(draft);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Percent(long part, long whole) => whole == 0 ? "" : ((double)part / whole).ToString("0.0 %", CultureInfo.InvariantCulture);
}
