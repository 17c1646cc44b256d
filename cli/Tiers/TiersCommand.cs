using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Journeys;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Tiers;
using Spectre.Console;

namespace Loyalty.Cli.Tiers;

/// <summary><c>loyalty tiers preview</c>: who would have another tier under the draft.</summary>
internal static class TiersCommand
{
    public static Command Create() => new("tiers", "What another definition of the tiers would do.") { Preview() };

    private static Command Preview()
    {
        var options = new ApiOptions();
        var draft = JourneyOptions.Draft();
        var sample = new Option<int?>("--sample") { Description = "People shown of each move, 0 to 100. Default 5.", HelpName = "N" };
        var command = options.AddTo(new Command(
            "preview",
            "Tells who would go up, down or stay if the draft's program.yaml was published, by tier, with some of the people. Reads every customer; changes nothing.\n\n"
            + "Example:  loyalty tiers preview --program program --data shop.db")
        {
            draft, sample,
        });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var shown = parsed.GetValue(sample) ?? 5;
            if (shown is < 0 or > PreviewTiers.MostShown) throw new UsageException($"--sample {shown}: expected 0 to {PreviewTiers.MostShown}.");
            var file = Path.Combine(JourneyOptions.DraftFolder(parsed.GetValue(draft)), "program.yaml");
            if (!File.Exists(file)) throw new UsageException($"There is no file {file}. Name the draft's folder with --program DIR.");
            var body = new { files = new Dictionary<string, string>(StringComparer.Ordinal) { ["program.yaml"] = await File.ReadAllTextAsync(file, cancellation) } };
            await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
            var view = await api.PostAsync<TierPreviewView>(string.Create(CultureInfo.InvariantCulture, $"tiers/preview?sample={shown}"), body, cancellation);
            if (options.AsJson(parsed)) await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(view)));
            else Print(view);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static void Print(TierPreviewView view)
    {
        AnsiConsole.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Of {view.Customers:N0} customers {view.Up:N0} would go up, {view.Down:N0} down, {view.Stay:N0} stay."));
        var tiers = new Table().AddColumn("tier").AddColumn(Right("now")).AddColumn(Right("then")).AddColumn(Right("change"));
        foreach (var tier in view.Tiers) tiers.AddRow(Markup.Escape(Name(tier.Tier)), Number(tier.Now), Number(tier.Then), (tier.Then - tier.Now).ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture));
        AnsiConsole.Write(tiers);
        foreach (var move in view.Moves)
        {
            var some = view.Sample.Where(one => one.From == move.From && one.To == move.To).Select(static one => one.CustomerId).ToList();
            var people = some.Count == 0 ? "" : ": " + string.Join(", ", some) + (some.Count < move.Customers ? ", …" : "");
            AnsiConsole.WriteLine($"{Name(move.From)} → {Name(move.To)}  {Number(move.Customers)}{people}");
        }

        foreach (var note in view.Notes) AnsiConsole.WriteLine(note);
    }

    private static string Name(string? tier) => tier ?? "(none)";

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
