using System.CommandLine;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Ledger;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Http;
using Spectre.Console;

namespace Loyalty.Cli.Customers;

/// <summary><c>loyalty explain CUSTOMER</c>: why these points, entry by entry.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var customer = CustomerArgument.Create();
        var api = new ApiOptions();
        var command = new Command(
            "explain",
            "Explains a customer's points from the ledger alone: each entry with its rule and version, inputs, rounding, order and expiry.\n\n"
            + "Example:  loyalty explain ann@example.com --data shop.db")
        {
            customer,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(() =>
            CustomerLookup.RunAsync(api, parsed, customer, PrintAsync, cancellation)));
        return api.AddTo(command);
    }

    private static async Task PrintAsync(ProgramApi api, CustomerView customer, bool asJson, CancellationToken cancellation)
    {
        var wallets = await api.GetAsync<IReadOnlyList<WalletExplanation>>($"customers/{Uri.EscapeDataString(customer.Id)}/points/explain", cancellation);
        if (asJson)
        {
            await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(wallets)));
            return;
        }

        if (wallets.Count == 0) AnsiConsole.WriteLine("No points were ever posted.");
        foreach (var wallet in wallets) Print(wallet);
        foreach (var unearned in customer.Unearned) AnsiConsole.WriteLine(unearned);
    }

    private static void Print(WalletExplanation wallet)
    {
        var table = new Table().Title($"Points, {wallet.Wallet}", Style.Plain).AddColumn("when (UTC)").AddColumn("what");
        table.AddColumn(new TableColumn("points").RightAligned()).AddColumn(new TableColumn("available").RightAligned());
        table.AddColumn(new TableColumn("pending").RightAligned()).AddColumn("why");
        foreach (var line in wallet.Lines)
        {
            table.AddRow(
                line.At.ToString("uuuu-MM-dd HH:mm", CultureInfo.InvariantCulture),
                LoyaltyWords.Of(line.Type),
                Number(line.Points),
                Number(line.AvailableAfter),
                Number(line.PendingAfter),
                Markup.Escape(Why(line)));
        }

        AnsiConsole.Write(table);
    }

    private static string Why(ExplainLine line)
    {
        var cause = line.Cause;
        var parts = new List<string>();
        if (cause.OrderId is { } order) parts.Add($"order {order}{(cause.Revision is { } revision ? $" ({revision})" : "")}");
        if (cause.Reason is { } reason && reason != cause.RuleId) parts.Add(reason);
        if (line.Basis is { } basis) parts.Add(basis);
        if (line.Claimed > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{line.Claimed:N0} could not be taken"));
        if (line.AvailableAt is { } available) parts.Add(string.Create(CultureInfo.InvariantCulture, $"usable {available:uuuu-MM-dd}"));
        if (line.ExpiresAt is { } expires) parts.Add(string.Create(CultureInfo.InvariantCulture, $"ends {expires:uuuu-MM-dd}"));
        return string.Join(" · ", parts);
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
