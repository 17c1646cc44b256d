using System.CommandLine;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Journeys;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation;
using Loyalty.Simulation.Populations;
using Loyalty.Simulation.Results;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace Loyalty.Cli.Simulate;

/// <summary><c>loyalty diff JOURNEY</c>.</summary>
internal static class DiffCommand
{
    private const int DefaultDays = 30;

    public static Command Create()
    {
        var journey = new Argument<string>("JOURNEY") { Description = "A journey, live or in the draft." };
        var api = new ApiOptions("Marketer");
        var days = new Option<int>("--days") { Description = "How far to look back, 1 to 90. Default 30.", DefaultValueFactory = _ => DefaultDays };
        var program = JourneyOptions.DraftOrShipped();
        var command = new Command(
            "diff",
            "Compares a draft with what is live: what changes, who is inside and affected, and what it would have sent in the last days, by playing the store's own "
            + "events through both. Exit code 0: nothing changes; 1: something does.\n\n"
            + "Example:  loyalty diff welcome --data shop.db --program draft")
        {
            journey, days, program,
        };
        api.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var (name, back, folder) = (parsed.GetValue(journey)!, SimulateCommand.InRange(parsed.GetValue(days), 1, 90, "--days"), parsed.GetValue(program));
            await using var remote = api.Remote(parsed);
            var report = remote is null
                ? await CompareAsync(name, api.DataFile(parsed), back, folder?.FullName, cancellation)
                : await RemoteSimulation.DiffAsync(remote, name, folder, back, cancellation);
            if (api.AsJson(parsed)) await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(report)));
            else Print(report);
            return report.Changes.IsEmpty ? ExitCodes.Done : ExitCodes.Refused;
        }));
        return command;
    }

    private static async Task<DiffReport> CompareAsync(string journey, string file, int days, string? folder, CancellationToken cancellation)
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (JourneyOptions.DraftOrShipped(folder) is { } draftFolder) settings["Program:Path"] = draftFolder;
        var draft = ProgramReader.LoadProgram(settings);
        await using var reader = ProgramReader.Open(file, settings);
        var store = reader.Services.GetRequiredService<IDocumentStore>();
        var live = await StoreProgram.ReadAsync(store, cancellation);
        // Made here: the program's own would first publish the draft.
        var simulation = ActivatorUtilities.CreateInstance<SimulationUseCase>(reader.Services);
        if (await Task.Run(() => simulation.DiffAsync(journey, draft, live, days, cancellation), cancellation) is not SimulationOutcome<DiffReport>.Done done)
        {
            var known = draft.Journeys.Keys.Concat(live?.Journeys.Keys ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            throw new UsageException($"There is no journey '{journey}', neither live nor in the draft. There are: {string.Join(", ", known)}.");
        }

        return done.Result;
    }

    private static void Print(DiffReport report)
    {
        if (report.Changes.IsEmpty) Console.WriteLine($"{report.Journey}: the draft is what is live.");
        foreach (var change in report.Changes)
            Console.WriteLine($"{change.Kind.ToString().ToLowerInvariant(),-8} {(change.Step.Length == 0 ? report.Journey : change.Step)}: {change.Words}");
        Console.WriteLine();
        if (report.Inside.IsEmpty) Console.WriteLine("Nobody is inside.");
        foreach (var step in report.Inside)
        {
            var becomes = step.Changes.IsEmpty ? "unchanged" : string.Join(", ", step.Changes.Select(static kind => kind.ToString().ToLowerInvariant()));
            Console.WriteLine($"{step.People.ToString("N0", CultureInfo.InvariantCulture)} inside at {(step.Step.Length == 0 ? "(not begun)" : step.Step)}: {becomes}");
        }

        if (report.Replay is { } replay) Print(replay);
    }

    private static void Print(DiffReplay replay)
    {
        Console.WriteLine();
        var table = new Table().Border(TableBorder.Rounded).AddColumns($"the last {replay.Days} days", "live", "draft");
        Row("runs entered", replay.Entered);
        Row("messages of this journey sent", replay.Sent);
        Row("messages of this journey not sent", replay.NotSent);
        Row("points granted, all rules and journeys", replay.PointsGranted);
        foreach (var (template, both) in replay.Templates.Where(static one => one.Value.Draft != one.Value.Live)) Row("sent: " + template, both);
        TableOutput.Console.Write(table);
        Console.WriteLine($"Responses: {replay.Responses}.");

        void Row(string name, DraftAndLive both) => table.AddRow(
            Markup.Escape(name), both.Live.ToString("N0", CultureInfo.InvariantCulture), both.Draft.ToString("N0", CultureInfo.InvariantCulture));
    }
}
