using System.CommandLine;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Journeys;
using Loyalty.Cli.Remote;

namespace Loyalty.Cli.Simulate;

/// <summary><c>loyalty simulate</c>.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var journey = new Argument<string[]>("JOURNEY") { Description = "Journeys of the draft; none named: all of them.", Arity = ArgumentArity.ZeroOrMore };
        var data = new Option<FileInfo?>("--data")
        {
            Description = "A data file: its customers and their last days are played, and its live version stands beside the draft.",
            HelpName = "FILE",
        };
        var file = new Option<FileInfo?>("--file") { Description = "A file of purchases to play instead, with --format.", HelpName = "FILE" };
        var format = new Option<string?>("--format") { Description = "cdnow or csv." };
        format.AcceptOnlyFromAmong("cdnow", "csv");
        var live = new Option<DirectoryInfo?>("--live") { Description = "A folder with the program to stand beside the draft. Default: what is live in --data.", HelpName = "DIR" };
        var customers = new Option<int>("--customers") { Description = "Generated people, 1 to 10,000,000. Default 10,000.", DefaultValueFactory = _ => 10_000 };
        var days = new Option<int?>("--days") { Description = "Days: of a generated shop, default 90; of --data the last 1 to 90, default 30." };
        var seed = new Option<long>("--seed") { Description = "The same seed gives the same bytes. Default 1.", DefaultValueFactory = _ => 1 };
        var threads = new Option<int>("--threads") { Description = "Does not change the result. Default: one for each core.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var rate = new Option<string[]>("--rate") { Description = "A response, e.g. --rate answer=30%. open, click, buy, answer, act, unsubscribe; or of one template: welcome.open=50%.", HelpName = "NAME=SHARE" };
        var quota = new Option<string[]>("--quota") { Description = "What the provider takes, e.g. --quota 100/hour. minute, hour or day.", HelpName = "N/UNIT" };
        var html = new Option<FileInfo?>("--html") { Description = "Writes the report as one HTML file.", HelpName = "FILE" };
        var customer = new Option<string?>("--customer") { Description = "Tells one customer's whole story instead: an id of the population, e.g. g17.", HelpName = "ID" };
        var program = JourneyOptions.DraftOrShipped();
        var api = new ApiOptions("Marketer");
        var command = new Command(
            "simulate",
            "Plays people through the draft of the program under virtual time, with the decisions of the real host and without sending anything: entries, messages by "
            + "day, reasons withheld, points, people at each step, branches nobody takes. Draft and live version stand side by side over the same people.\n\n"
            + "Example:  loyalty simulate welcome --customers 100000 --html welcome.html\n"
            + "          loyalty simulate --data shop.db --program draft --days 30\n"
            + "          loyalty simulate welcome --program draft --url https://shop.azurewebsites.net")
        {
            journey, data, file, format, live, customers, days, seed, threads, rate, quota, html, customer, program,
        };
        api.AddTo(command, hasData: false);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var remote = api.Remote(parsed);
            var isLocal = new Option[] { data, file, format, live, threads, customer }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
            if (remote is not null && isLocal is not null) throw new UsageException($"{isLocal.Name} does not go with --url: {WhyNot(isLocal.Name)}");
            var options = Options(parsed);
            if (remote is null && parsed.GetResult(customers) is { Implicit: false } && (options.File ?? options.DataFile) is { } given)
                throw new UsageException($"--customers says how many people are generated; {given} brings its own.");
            if (remote is null) return await new SimulateRun(options).RunAsync(cancellation);
            var isGenerated = parsed.GetResult(customers) is { Implicit: false };
            return await new SimulateRun(options).RunAsync(remote, parsed.GetValue(program), isGenerated, cancellation);
        }));
        return command;

        SimulateOptions Options(ParseResult parsed) => new()
        {
            Journeys = parsed.GetValue(journey) ?? [],
            DataFile = parsed.GetValue(data) is { } shop ? CommonOptions.ExistingPath(shop) : null,
            File = parsed.GetValue(file)?.FullName,
            Format = parsed.GetValue(format),
            Live = parsed.GetValue(live)?.FullName,
            Program = parsed.GetValue(program)?.FullName,
            Customers = InRange(parsed.GetValue(customers), 1, 10_000_000, "--customers"),
            Days = parsed.GetValue(days) is { } given ? InRange(given, 1, 3_660, "--days") : null,
            Seed = parsed.GetValue(seed),
            Threads = InRange(parsed.GetValue(threads), 1, 256, "--threads"),
            Rates = SimulateArguments.Rates(parsed.GetValue(rate) ?? []),
            Quota = SimulateArguments.Quota(parsed.GetValue(quota) ?? []),
            AsWritten = (parsed.GetValue(rate) ?? [], parsed.GetValue(quota) ?? []),
            Html = parsed.GetValue(html)?.FullName,
            Customer = parsed.GetValue(customer),
            Json = api.AsJson(parsed),
        };
    }

    private static string WhyNot(string option) => option switch
    {
        "--threads" => "the app takes the threads that it has.",
        "--customer" => "a story shows who somebody is; it is told on the data file or a generated shop. What happened to a real run: loyalty story RUN --url …",
        "--live" => "what is live there stands beside the draft.",
        _ => "the app plays its own customers, or generated ones (--customers).",
    };

    internal static int InRange(int value, int least, int most, string name) =>
        value >= least && value <= most ? value : throw new UsageException($"{name} {value}: expected {least:N0} to {most:N0}.");
}
