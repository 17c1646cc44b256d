using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Engine.Queries;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Demo;

/// <summary>The program's figures as tables.</summary>
internal static class DemoTables
{
    private static readonly string[] Always = ["grant", "activate", "spend", "expire", "reverse"];

    public static void Print(ProgramReport report, Instant now, string file, string outbox)
    {
        var console = AnsiConsole.Console;
        console.Write(Shop(report));
        console.Write(Points(report.Points));
        console.Write(Journeys(report));
        console.Write(Messages(report));
        foreach (var finding in report.Points.Findings.Take(20)) console.MarkupLineInterpolated($"[red]{finding}[/]");
        console.WriteLine(report.Points.Findings.IsEmpty
            ? $"The books balance: {Text(report.Points.Wallets)} wallets equal the sum of their entries."
            : $"The books do NOT balance: {Text(report.Points.Findings.Length)} findings.");
        console.WriteLine($"It is {now:uuuu-MM-dd HH:mm}Z. Mails: {outbox}");
        console.WriteLine($"Look closer:  loyalty status <e-mail> --data {file}");
    }

    /// <summary>Without journeys and messages.</summary>
    public static void PrintShop(ProgramReport report)
    {
        AnsiConsole.Write(Shop(report));
        AnsiConsole.Write(Points(report.Points));
        AnsiConsole.WriteLine(report.Points.Findings.IsEmpty
            ? $"The books balance: {Text(report.Points.Wallets)} wallets equal the sum of their entries."
            : $"The books do NOT balance: {Text(report.Points.Findings.Length)} findings.");
    }

    private static Table Shop(ProgramReport report)
    {
        var table = new Table().Title("Shop", Style.Plain).AddColumn("").AddColumn(Right("count"));
        Row(table, "customers", report.Customers);
        foreach (var (stage, count) in report.Stages) Row(table, $"  stage {stage}", count);
        Row(table, "orders", report.Orders);
        Row(table, "  paid", report.PaidOrders);
        Row(table, "  with a refund", report.RefundedOrders);
        Row(table, "events applied (last 90 days)", report.Events.Values.Sum());
        return table;
    }

    private static Table Points(PointsReport points)
    {
        var table = new Table().Title("Points", Style.Plain).AddColumn("").AddColumn(Right("points"));
        foreach (var type in Always.Union(points.ByType.Keys, StringComparer.Ordinal)) Row(table, type, points.ByType.GetValueOrDefault(type));
        table.AddEmptyRow();
        var sum = points.Balances;
        Row(table, "available now", sum.Available);
        Row(table, "pending now", sum.Pending);
        Row(table, "owed", -sum.Arrears);
        // Whatever was issued is somewhere: the accounts of a double-entry ledger sum to zero.
        Row(table, "balance check (must be 0)", sum.Total);
        return table;
    }

    private static Table Journeys(ProgramReport report)
    {
        var table = new Table().Title("Journeys", Style.Plain).AddColumn("journey");
        foreach (var name in new[] { "entered", "held out", "inside", "finished", "goal" }) table.AddColumn(Right(name));
        table.AddColumn("how they ended");
        foreach (var one in report.Journeys)
        {
            table.AddRow(
                one.Journey, Text(one.Entered), Text(one.HeldOut), Text(one.Inside), Text(one.Finished), Text(one.Goals), Pairs(one.Outcomes));
        }

        return table;
    }

    private static Table Messages(ProgramReport report)
    {
        var table = new Table().Title("Messages", Style.Plain).AddColumn("template");
        foreach (var name in new[] { "sent", "withheld", "expired" }) table.AddColumn(Right(name));
        table.AddColumn("why not");
        foreach (var one in report.Messages)
        {
            table.AddRow(one.Template, Text(one.Sent), Text(one.Withheld), Text(one.Expired), Pairs(one.Reasons));
        }

        return table;
    }

    private static string Pairs(IEnumerable<KeyValuePair<string, long>> pairs) =>
        Markup.Escape(string.Join(", ", pairs.OrderByDescending(static one => one.Value).Select(static one => $"{one.Key} {Text(one.Value)}")));

    private static void Row(Table table, string name, long value) => table.AddRow(name, Text(value));

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();

    private static string Text(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
