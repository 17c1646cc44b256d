using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Queries;

namespace Loyalty.Cli.Operations;

/// <summary><c>loyalty doctor</c>: whether the documents keep what the program promises.</summary>
internal static class DoctorCommand
{
    private const int MostOverdueMinutes = 7 * 24 * 60;

    public static Command Create()
    {
        var options = new OperationsOptions();
        var overdue = new Option<int?>("--overdue-minutes") { Description = "From when on something due counts as late, 1 to 10,080. Default 10.", HelpName = "N" };
        var command = new Command(
            "doctor",
            "Checks what the program promises: everybody who entered a journey is inside or finished, nothing waits without a moment, nothing due is left "
            + "behind, the books balance, no event was given up. Reads everything; changes nothing. Exit code 0: nothing found, 1: findings.\n\n"
            + "Example:  loyalty doctor --data shop.db   or   loyalty doctor --url https://shop.azurewebsites.net")
        {
            overdue,
        };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var minutes = parsed.GetValue(overdue);
            if (minutes is < 1 or > MostOverdueMinutes) throw new UsageException($"--overdue-minutes {minutes}: expected 1 to {MostOverdueMinutes:N0}.");
            await using var api = await options.OpenAsync(parsed, writes: false, cancellation);
            return await PrintAsync(await api.DoctorAsync(minutes, cancellation), options.AsJson(parsed));
        }));
        return command;
    }

    private static async Task<int> PrintAsync(DoctorReport report, bool asJson)
    {
        if (asJson) await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(report)));
        else await Console.Out.WriteAsync(Text(report));
        return report.IsHealthy ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(DoctorReport report)
    {
        var text = new StringBuilder();
        foreach (var check in report.Checks)
        {
            text.AppendLine(check.Findings == 0 ? $"ok    {check.Name}" : $"FOUND {check.Name}: {Number(check.Findings)}");
            foreach (var example in check.Examples) text.AppendLine("        " + example);
            if (check.Findings > check.Examples.Length) text.AppendLine("        … and " + Number(check.Findings - check.Examples.Length) + " more");
            if (check.Remedy is { } remedy) text.AppendLine("      → " + remedy);
        }

        text.AppendLine(report.IsHealthy ? $"Healthy at {report.At}." : $"Findings at {report.At}; what each means: docs/operations/doctor.md");
        return text.ToString();
    }
}
