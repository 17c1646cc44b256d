using System.CommandLine;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Earning;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ledger;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Http;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Loyalty.Cli.Points;

/// <summary><c>loyalty explore ORDER</c>: what an order would earn, and why each rule did or did not.</summary>
internal static class ExploreCommand
{
    public static Command Create()
    {
        var order = new Argument<FileInfo>("order") { Description = "A JSON file: currency, lines with sku, category, quantity, netMinor (docs/reference/earning.md)." };
        var customer = new Option<string?>("--customer") { Description = "Whose it would be; default a newcomer's first order.", HelpName = "CUSTOMER" };
        var data = CommonOptions.Data("loyalty.db");
        var json = CommonOptions.Json();
        var command = new Command(
            "explore",
            "Tells what an order would earn and why each rule did or did not. Posts nothing.\n\n"
            + "Example:  loyalty explore order.json --customer ann@example.com --data shop.db")
        {
            order, customer, data, json,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(() => RunAsync(
            parsed.GetValue(order)!, parsed.GetValue(customer), CommonOptions.ExistingPath(parsed.GetValue(data)), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo order, string? customer, string file, bool asJson, CancellationToken cancellation)
    {
        if (!order.Exists) throw new UsageException($"There is no file {order.FullName}.");
        var (read, wrong) = StrictJson.Read<ExploreRequest>(await File.ReadAllBytesAsync(order.FullName, cancellation), "The order");
        if (read is not { } request) throw new InvalidDataException($"{order.FullName}: {wrong}");
        if (ExplorePoints.Problem(request) is { } problem) throw new InvalidDataException($"{order.FullName}: {problem}");
        await using var reader = ProgramReader.Open(file);
        if (customer is not null)
        {
            if (await reader.Services.GetRequiredService<CustomerQueries>().FindAsync(customer, cancellation) is not { } id)
            {
                await Console.Error.WriteLineAsync($"Nobody is known as '{customer}' in {file}.");
                return ExitCodes.Refused;
            }

            request = request with { CustomerId = id };
        }

        var told = await reader.Services.GetRequiredService<ExplorePoints>().ExploreAsync(request, cancellation);
        if (told is null) return ExitCodes.Refused;
        if (asJson) await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(told)));
        else Print(told);
        return ExitCodes.Done;
    }

    private static void Print(EarningExploration told)
    {
        if (told.NothingBecause is { } reason) AnsiConsole.WriteLine($"It earns nothing: {reason}.");
        var table = new Table().AddColumns("rule", "wallet").AddColumn(new TableColumn("points").RightAligned()).AddColumns("why", "reckoned");
        foreach (var rule in told.Rules)
        {
            var why = rule.Reason ?? (rule.CappedBy is { } cap && rule.Points == rule.Allowance ? "capped: " + cap : "");
            var exact = rule.Exact is { } value ? value.ToString("0.####", CultureInfo.InvariantCulture) : "";
            table.AddRow(rule.RuleId, rule.Wallet, rule.Points.ToString("N0", CultureInfo.InvariantCulture), why, exact);
        }

        AnsiConsole.Write(table);
        foreach (var (wallet, points) in told.Points) AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{wallet}: {points:N0} points"));
    }
}
