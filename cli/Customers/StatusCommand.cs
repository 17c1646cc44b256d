using System.CommandLine;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Customers;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Engine.State;
using Loyalty.Functions.Http;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Customers;

/// <summary><c>loyalty status CUSTOMER</c>: stage, balance, where each run waits, why something was not sent.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var customer = CustomerArgument.Create();
        var data = CommonOptions.Data("loyalty.db");
        var json = CommonOptions.Json();
        var command = new Command(
            "status",
            "Shows where a customer stands: stage, points, what each journey waits for, and why something was not sent.\n\n"
            + "Example:  loyalty status ann@example.com --data shop.db")
        {
            customer, data, json,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(() =>
            RunAsync(CustomerArgument.Checked(parsed.GetValue(customer)), CommonOptions.ExistingPath(parsed.GetValue(data)), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static async Task<int> RunAsync(string name, string file, bool asJson, CancellationToken cancellation)
    {
        await using var reader = ProgramReader.Open(file);
        var queries = reader.Services.GetRequiredService<CustomerQueries>();
        var program = reader.Services.GetRequiredService<IProgramSource>().Current.Model;
        if (await queries.FindAsync(name, cancellation) is not { } id || await queries.GetAsync(id, cancellation) is not { } snapshot)
        {
            await Console.Error.WriteLineAsync($"Nobody is known as '{name}' in {file}.");
            return ExitCodes.Refused;
        }

        var runs = await queries.RunsAsync(id, cancellation);
        var messages = await queries.MessagesAsync(id, cancellation);
        var view = CustomerView.Of(snapshot, program);
        if (asJson)
        {
            var all = new { customer = view, runs = runs.Select(RunView.Of), messages };
            await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(all)));
            return ExitCodes.Done;
        }

        Print(view, runs, messages, DateTimeZoneProviders.Tzdb[view.Zone]);
        return ExitCodes.Done;
    }

    private static void Print(CustomerView view, IReadOnlyList<RunDocument> runs, IReadOnlyList<MessageRecord> messages, DateTimeZone zone)
    {
        var console = AnsiConsole.Console;
        var facts = new Table().HideHeaders().AddColumn("").AddColumn("");
        void Fact(string name, string? value) => facts.AddRow(name, Markup.Escape(value ?? "-"));
        Fact("customer", view.Id);
        Fact("name", view.Name);
        Fact("e-mail", view.Email);
        Fact("stage", CustomerStages.Word(view.Stage));
        Fact("orders", string.Create(CultureInfo.InvariantCulture, $"{view.Orders}, last {At(view.LastOrderAt, zone)}"));
        Fact("signed up", At(view.SignedUpAt, zone));
        Fact("locale, zone", $"{view.Locale}, {view.Zone}");
        Fact("consent", view.Consents.IsEmpty ? "nothing told" : string.Join(", ", view.Consents.Select(one => $"{one.Topic} {(one.IsGiven ? "yes" : "no")} since {At(one.At, zone)}")));
        foreach (var wallet in view.Points)
        {
            Fact($"points, {wallet.Name}", string.Create(CultureInfo.InvariantCulture, $"{wallet.Available:N0} available, {wallet.Pending:N0} pending"));
        }

        Fact("next moment", At(view.NextMomentAt, zone));
        console.Write(facts);

        var table = new Table().Title("Journeys", Style.Plain).AddColumns("journey", "state", "at step", "until", "ended as");
        foreach (var run in runs)
        {
            var state = run.Run.IsHeldOut ? "held out" : LoyaltyWords.Of(run.Status);
            table.AddRow(run.Run.Journey, state, run.Run.Position?.Step ?? "-", At(run.Run.Position?.DueAt, zone), Markup.Escape(run.Run.Outcome ?? "-"));
        }

        console.Write(table);
        var sent = new Table().Title("Messages", Style.Plain).AddColumns("when", "template", "journey, step", "result", "why");
        foreach (var one in messages) sent.AddRow(At(one.At, zone), one.Template, $"{one.Journey}, {one.Step}", one.Result, Markup.Escape(one.Reason ?? ""));
        console.Write(sent);
        if (runs.Count > 0) PrintLog(console, runs[0], zone);
    }

    private static void PrintLog(IAnsiConsole console, RunDocument run, DateTimeZone zone)
    {
        var log = new Table().Title($"Latest run: {run.Run.Journey}", Style.Plain).AddColumns("when", "step", "what", "why");
        foreach (var line in run.Log.TakeLast(20)) log.AddRow(At(line.At, zone), Markup.Escape(line.Step), Markup.Escape(line.What), Markup.Escape(line.Why ?? ""));
        console.Write(log);
    }

    private static string At(Instant? at, DateTimeZone zone) =>
        at is { } moment ? moment.InZone(zone).ToString("uuuu-MM-dd HH:mm", CultureInfo.InvariantCulture) : "-";
}

/// <summary>Enum members as people read them.</summary>
internal static class LoyaltyWords
{
    public static string Of<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
