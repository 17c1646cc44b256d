using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Queries;
using Loyalty.Functions.Http;
using Loyalty.Functions.Journeys;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Journeys;

/// <summary><c>loyalty runs [JOURNEY]</c>: who is where.</summary>
internal static class RunsCommand
{
    /// <summary>Columns of a terminal in which a line of the table fits with its ids whole, so that they can be copied.</summary>
    private const int LeastWidth = 130;

    private const string More = "There are more; see --limit, --step, --state.";

    public static Command Create()
    {
        var journey = new Argument<string?>("journey") { Description = "Only runs of this journey.", Arity = ArgumentArity.ZeroOrOne };
        var step = new Option<string?>("--step") { Description = "Only runs that wait at this step.", HelpName = "STEP" };
        var state = new Option<string?>("--state") { Description = "Default: all that live.", HelpName = "active|parked|held|finished" };
        state.AcceptOnlyFromAmong("active", "parked", "held", "finished");
        var version = new Option<int?>("--version") { Description = "Only runs on this version.", HelpName = "N" };
        var limit = new Option<int>("--limit") { Description = "Runs at most, 1 to 1000. Default 100.", DefaultValueFactory = static _ => 100 };
        var api = new ApiOptions("Marketer");
        var command = new Command(
            "runs",
            "Lists runs: whose, where, until when. The story of one: loyalty story RUN.\n\nExample:  loyalty runs not-bought --step hear-why --data shop.db")
        {
            journey, step, state, version, limit,
        };
        api.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var filter = new RunFilter
            {
                Journey = parsed.GetValue(journey),
                Step = parsed.GetValue(step),
                State = parsed.GetValue(state) is { } word ? Enum.Parse<RunStatus>(word, ignoreCase: true) : null,
                Version = parsed.GetValue(version),
                Limit = parsed.GetValue(limit) is >= 1 and <= RunQueries.MaxRuns and var most ? most : throw new UsageException($"--limit: expected 1 to {RunQueries.MaxRuns}."),
            };
            var list = await ListAsync(api, parsed, filter, cancellation);
            if (api.AsJson(parsed)) await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(list)));
            else Print(list);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static async Task<RunListView> ListAsync(ApiOptions api, ParseResult parsed, RunFilter filter, CancellationToken cancellation)
    {
        await using var remote = api.Remote(parsed);
        if (remote is null)
        {
            await using var reader = ProgramReader.Open(api.DataFile(parsed));
            return RunListView.Of(await reader.Services.GetRequiredService<RunQueries>().ListAsync(filter, cancellation));
        }

        (string Name, string? Value)[] query =
        [
            ("journey", filter.Journey), ("step", filter.Step), ("state", filter.State?.ToString().ToLowerInvariant()),
            ("version", filter.Version?.ToString(CultureInfo.InvariantCulture)), ("limit", filter.Limit.ToString(CultureInfo.InvariantCulture)),
        ];
        return await remote.GetAsync<RunListView>(
            "runs?" + string.Join('&', query.Where(static one => one.Value is not null).Select(static one => $"{one.Name}={Uri.EscapeDataString(one.Value!)}")), cancellation);
    }

    private static void Print(RunListView list)
    {
        if (list.Runs.Count == 0)
        {
            TableOutput.Console.WriteLine("No run fits.");
            return;
        }

        if (TableOutput.Console.Profile.Width < LeastWidth)
        {
            foreach (var one in list.Runs)
            {
                Console.WriteLine(one.RunId);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {one.Journey} v{one.Version}, {one.Status.ToString().ToLowerInvariant()} at {Place(one)}{(one.WaitsUntil is null ? "" : $" until {At(one.WaitsUntil)} UTC")}"));
                Console.WriteLine($"  customer {one.CustomerId}");
            }

            if (list.HasMore) Console.WriteLine(More);
            return;
        }

        var table = new Table().AddColumn(new TableColumn("run").NoWrap()).AddColumn(new TableColumn("customer").NoWrap()).AddColumn("journey").AddColumn("version").AddColumn("state").AddColumn("at step").AddColumn("until (UTC)");
        foreach (var one in list.Runs)
        {
            table.AddRow(
                one.RunId,
                Markup.Escape(one.CustomerId),
                one.Journey,
                one.Version.ToString(CultureInfo.InvariantCulture),
                one.Status.ToString().ToLowerInvariant(),
                Markup.Escape(Place(one)),
                At(one.WaitsUntil));
        }

        TableOutput.Console.Write(table);
        if (list.HasMore) TableOutput.Console.WriteLine(More);
    }

    private static string Place(RunView one) => one.Outcome ?? one.Step ?? "(not begun)";

    private static string At(Instant? at) => at?.ToString("uuuu-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "";
}

/// <summary><c>loyalty story RUN</c>: what a run saw, chose and did.</summary>
internal static class StoryCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The run's id, as loyalty runs and loyalty status show it." };
        var customer = new Option<string?>("--customer") { Description = "Whose run it is; saves looking through the whole file.", HelpName = "ID" };
        var api = new ApiOptions("Marketer");
        var command = new Command(
            "story",
            "Tells a run: when it came where, what it saw, what it chose, why something was not sent; in the customer's time.\n\n"
            + "Example:  loyalty story 7m3k… --data shop.db")
        {
            run, customer,
        };
        api.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var (id, whose) = (parsed.GetValue(run)!, parsed.GetValue(customer));
            var (story, where) = await FindAsync(api, parsed, id, whose, cancellation);
            if (story is null)
            {
                await Console.Error.WriteLineAsync($"There is no run '{id}' in {where}. loyalty runs lists them.");
                return ExitCodes.Refused;
            }

            if (api.AsJson(parsed)) await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(story)));
            else Print(story);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static async Task<(RunStory? Story, string Where)> FindAsync(ApiOptions api, ParseResult parsed, string run, string? customer, CancellationToken cancellation)
    {
        await using var remote = api.Remote(parsed);
        if (remote is not null)
        {
            var whose = customer is null ? "" : "?customer=" + Uri.EscapeDataString(customer);
            return (await remote.FindAsync<RunStory>($"runs/{Uri.EscapeDataString(run)}/story{whose}", cancellation), remote.Where);
        }

        var file = api.DataFile(parsed);
        await using var reader = ProgramReader.Open(file);
        return (await reader.Services.GetRequiredService<RunQueries>().StoryAsync(run, customer, cancellation), file);
    }

    private static void Print(RunStory story)
    {
        TableOutput.Console.WriteLine($"{story.Journey} version {story.Version}, customer {story.CustomerId}, run {story.RunId}");
        TableOutput.Console.WriteLine($"It {story.Now}. Times in {story.Zone}.");
        var table = new Table().AddColumn("when").AddColumn("step").AddColumn("what").AddColumn("why");
        foreach (var line in story.Lines) table.AddRow(line.Local, Markup.Escape(line.Step), Markup.Escape(line.What), Markup.Escape(line.Why ?? ""));
        TableOutput.Console.Write(table);
    }
}
