using System.CommandLine;
using System.Globalization;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Customers;
using Loyalty.Core.Offers;
using Loyalty.Core.Serialization;
using Loyalty.Core.Tiers;
using Loyalty.Engine.State;
using Loyalty.Functions.Http;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Customers;

/// <summary><c>loyalty status CUSTOMER</c>: stage, balance, where each run waits, why something was not sent.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var customer = CustomerArgument.Create();
        var api = new ApiOptions();
        var command = new Command(
            "status",
            "Shows where a customer stands: stage, points, what each journey waits for, and why something was not sent.\n\n"
            + "Example:  loyalty status ann@example.com --data shop.db")
        {
            customer,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(() =>
            CustomerLookup.RunAsync(api, parsed, customer, ShowAsync, cancellation)));
        return api.AddTo(command);
    }

    private static async Task ShowAsync(ProgramApi api, CustomerView customer, bool asJson, CancellationToken cancellation)
    {
        var path = $"customers/{Uri.EscapeDataString(customer.Id)}";
        var runs = await api.GetAsync<IReadOnlyList<RunView>>(path + "/runs", cancellation);
        var messages = await api.GetAsync<IReadOnlyList<MessageRecord>>(path + "/messages", cancellation);
        if (asJson)
        {
            await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(new { customer, runs, messages })));
            return;
        }

        Print(customer, runs, messages, DateTimeZoneProviders.Tzdb[customer.Zone]);
    }

    private static void Print(CustomerView view, IReadOnlyList<RunView> runs, IReadOnlyList<MessageRecord> messages, DateTimeZone zone)
    {
        var console = AnsiConsole.Console;
        var facts = new Table().HideHeaders().AddColumn("").AddColumn("");
        void Fact(string name, string? value) => facts.AddRow(name, Markup.Escape(value ?? "-"));
        Fact("customer", view.Id);
        Fact("name", view.Name);
        Fact("e-mail", view.Email);
        Fact("stage", CustomerStages.Word(view.Stage));
        Fact("orders", string.Create(CultureInfo.InvariantCulture, $"{view.Orders}, last {At(view.LastOrderAt, zone)}"));
        foreach (var unearned in view.Unearned) Fact("", unearned);
        Fact("signed up", At(view.SignedUpAt, zone));
        Fact("locale, zone", $"{view.Locale ?? "-"}, {view.Zone}");
        Fact("consent", view.Consents.IsEmpty ? "nothing told" : string.Join(", ", view.Consents.Select(one => $"{one.Topic} {Decision(one)} since {At(one.At, zone)}")));
        if (view.RestrictedAt is { } restricted) Fact("restricted", $"since {At(restricted, zone)}: the data may only be stored, nothing is sent");
        foreach (var wallet in view.Points)
        {
            Fact($"points, {wallet.Name}", string.Create(CultureInfo.InvariantCulture, $"{wallet.Available:N0} available, {wallet.Pending:N0} pending"));
        }

        if (view.Tier is { } tier)
        {
            Fact("tier", string.Create(CultureInfo.InvariantCulture, $"{tier.Title ?? "none"}, {Counted(tier.Current)} {LoyaltyWords.Of(tier.Measure)}{(tier.Next is null ? "" : $", {Counted(tier.MissingToNext ?? 0)} to {tier.Next}")}"));
            if (tier.ReviewedAt is { } reviewed) Fact("", string.Create(CultureInfo.InvariantCulture, $"until {At(reviewed, zone)}, {Counted(tier.MissingToKeep)} missing to keep it"));
            string Counted(long count) => tier.Measure == TierMeasure.Spend ? OfferTexts.Money(count, view.Currency, "en") : count.ToString("N0", CultureInfo.InvariantCulture);
        }

        foreach (var game in view.Games ?? [])
            Fact(LoyaltyWords.Of(game.Kind), string.Create(CultureInfo.InvariantCulture, $"{game.Title}: {game.Current:N0} of {game.Goal:N0}{(game.Reached > 0 ? $", reached {game.Reached:N0} times" : "")}"));
        Fact("next moment", At(view.NextMomentAt, zone));
        console.Write(facts);

        var table = new Table().Title("Journeys", Style.Plain).AddColumns("journey", "state", "at step", "until", "ended as");
        foreach (var run in runs)
        {
            var state = run.IsHeldOut ? "held out" : LoyaltyWords.Of(run.Status);
            table.AddRow(run.Journey, state, run.Step ?? "-", At(run.WaitsUntil, zone), Markup.Escape(run.Outcome ?? "-"));
        }

        console.Write(table);
        PrintWaiting(console, runs, zone);
        var sent = new Table().Title("Messages", Style.Plain).AddColumns("when", "template", "journey, step", "result", "why");
        foreach (var one in messages) sent.AddRow(At(one.At, zone), one.Template, $"{one.Journey}, {one.Step}", one.Result, Markup.Escape(one.Reason ?? ""));
        console.Write(sent);
        if (runs.Count > 0) PrintLog(console, runs[0], zone);
    }

    private static void PrintWaiting(IAnsiConsole console, IReadOnlyList<RunView> runs, DateTimeZone zone)
    {
        if (runs.All(static run => run.Waiting.IsDefaultOrEmpty)) return;
        var table = new Table().Title("Messages that wait", Style.Plain).AddColumns("since", "template", "journey, step", "until", "why");
        foreach (var run in runs)
        {
            foreach (var one in run.Waiting)
                table.AddRow(At(one.QueuedAt, zone), one.Template, $"{run.Journey}, {one.Step}", At(one.Until, zone), Markup.Escape($"{one.Why} ({one.Reason})"));
        }

        console.Write(table);
    }

    /// <summary>What was asked for and not confirmed is neither a yes nor a no.</summary>
    private static string Decision(TopicConsent consent) => consent switch
    {
        { IsGiven: true } => "yes",
        { IsPending: true } => "asked, waits for the person's confirmation",
        _ => "no",
    };

    private static void PrintLog(IAnsiConsole console, RunView run, DateTimeZone zone)
    {
        var log = new Table().Title($"Latest run: {run.Journey}", Style.Plain).AddColumns("when", "step", "what", "why");
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
