using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Journeys;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Journeys;

/// <summary><c>loyalty runs [JOURNEY]</c>: who is where.</summary>
internal static class RunsCommand
{
    public static Command Create()
    {
        var journey = new Argument<string?>("journey") { Description = "Only runs of this journey.", Arity = ArgumentArity.ZeroOrOne };
        var step = new Option<string?>("--step") { Description = "Only runs that wait at this step.", HelpName = "STEP" };
        var state = new Option<RunStatus?>("--state") { Description = "active, parked, held or finished. Default: all that live." };
        var version = new Option<int?>("--version") { Description = "Only runs on this version.", HelpName = "N" };
        var limit = new Option<int>("--limit") { Description = "Runs at most, 1 to 1000. Default 100.", DefaultValueFactory = static _ => 100 };
        var data = CommonOptions.Data("loyalty.db");
        var json = CommonOptions.Json();
        var command = new Command(
            "runs",
            "Lists runs: whose, where, until when. The story of one: loyalty story RUN.\n\nExample:  loyalty runs not-bought --step hear-why --data shop.db")
        {
            journey, step, state, version, limit, data, json,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var filter = new RunFilter
            {
                Journey = parsed.GetValue(journey),
                Step = parsed.GetValue(step),
                State = parsed.GetValue(state),
                Version = parsed.GetValue(version),
                Limit = parsed.GetValue(limit) is >= 1 and <= RunQueries.MaxRuns and var most ? most : throw new UsageException($"--limit: expected 1 to {RunQueries.MaxRuns}."),
            };
            await using var reader = ProgramReader.Open(CommonOptions.ExistingPath(parsed.GetValue(data)));
            var list = await reader.Services.GetRequiredService<RunQueries>().ListAsync(filter, cancellation);
            if (parsed.GetValue(json)) await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(RunListView.Of(list))));
            else Print(list);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Print(RunList list)
    {
        if (list.Runs.Count == 0)
        {
            AnsiConsole.WriteLine("No run fits.");
            return;
        }

        var table = new Table().AddColumn("run").AddColumn("customer").AddColumn("journey").AddColumn("version").AddColumn("state").AddColumn("at step").AddColumn("until (UTC)");
        foreach (var one in list.Runs)
        {
            table.AddRow(
                one.Run.RunId,
                Markup.Escape(one.Run.CustomerId),
                one.Run.Journey,
                one.Run.Version.ToString(CultureInfo.InvariantCulture),
                one.Status.ToString().ToLowerInvariant(),
                Markup.Escape(one.Run.Outcome ?? one.Run.Position?.Step ?? "(not begun)"),
                At(one.Run.Position?.DueAt));
        }

        AnsiConsole.Write(table);
        if (list.HasMore) AnsiConsole.WriteLine("There are more; see --limit, --step, --state.");
    }

    private static string At(Instant? at) => at?.ToString("uuuu-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";
}

/// <summary><c>loyalty story RUN</c>: what a run saw, chose and did.</summary>
internal static class StoryCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The run's id, as loyalty runs and loyalty status show it." };
        var customer = new Option<string?>("--customer") { Description = "Whose run it is; saves looking through the whole file.", HelpName = "ID" };
        var data = CommonOptions.Data("loyalty.db");
        var json = CommonOptions.Json();
        var command = new Command(
            "story",
            "Tells a run: when it came where, what it saw, what it chose, why something was not sent; in the customer's time.\n\n"
            + "Example:  loyalty story 7m3k… --data shop.db")
        {
            run, customer, data, json,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var file = CommonOptions.ExistingPath(parsed.GetValue(data));
            await using var reader = ProgramReader.Open(file);
            var story = await reader.Services.GetRequiredService<RunQueries>().StoryAsync(parsed.GetValue(run)!, parsed.GetValue(customer), cancellation);
            if (story is null)
            {
                await Console.Error.WriteLineAsync($"There is no run '{parsed.GetValue(run)}' in {file}.");
                return ExitCodes.Refused;
            }

            if (parsed.GetValue(json)) await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(story)));
            else Print(story);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Print(RunStory story)
    {
        AnsiConsole.WriteLine($"{story.Journey} version {story.Version}, customer {story.CustomerId}, run {story.RunId}");
        AnsiConsole.WriteLine($"It {story.Now}. Times in {story.Zone}.");
        var table = new Table().AddColumn("when").AddColumn("step").AddColumn("what").AddColumn("why");
        foreach (var line in story.Lines) table.AddRow(line.Local, Markup.Escape(line.Step), Markup.Escape(line.What), Markup.Escape(line.Why ?? ""));
        AnsiConsole.Write(table);
    }
}
