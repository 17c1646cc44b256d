using System.CommandLine;
using System.Globalization;
using System.Net.Http;
using System.Text;
using System.Text.Json.Nodes;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Customers;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Privacy;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Cli.Privacy;

/// <summary><c>loyalty privacy export|rectify|restrict|lift|erase|requests|close|audit|retention</c>: what is done with a person's data because the person wants it.</summary>
internal static class PrivacyCommand
{
    public static Command Create() => new(
        "privacy",
        "A person's data: tell it, correct it, restrict it, erase it; what shops have asked; who has looked at whom.\n\n"
        + "Example:  loyalty privacy export ann@example.com --out ann.html --data shop.db   then   loyalty privacy erase ann@example.com --data shop.db")
    {
        Export(), Rectify(), Restriction("restrict", "Data may only be stored from now on: no journeys, no messages, no postings.", HttpMethod.Put),
        Restriction("lift", "Lifts a restriction: runs go on where they stood.", HttpMethod.Delete), Erase(), Requests(), Close(), Audit(), RetentionPreviewCommand.Create(),
    };

    private static Command Export()
    {
        var options = new ApiOptions();
        var customer = CustomerArgument.Create();
        var output = new Option<FileInfo?>("--out") { Description = "Where to write it; .html makes a page for people. Default: JSON to the screen.", HelpName = "FILE" };
        var command = options.AddTo(new Command("export", "Everything that is stored about a person.") { customer, output });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            if (await IdAsync(api, parsed.GetValue(customer), cancellation) is not { } id) return ExitCodes.Refused;
            var export = await api.GetAsync<JsonObject>($"customers/{id}/export", cancellation);
            if (parsed.GetValue(output) is not { } file)
            {
                await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(export)));
                return ExitCodes.Done;
            }

            var isPage = file.Extension is ".html" or ".htm";
            await WriteAsync(file, isPage ? Encoding.UTF8.GetBytes(PersonExportPage.Write(export)) : LoyaltyJson.Write(export), cancellation);
            await Console.Out.WriteLineAsync($"{file.FullName}: hand it over, then delete it; erasing the person does not reach this file.");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Rectify()
    {
        var options = new ApiOptions();
        var customer = CustomerArgument.Create();
        var email = Text("--email", "The right address.");
        var phone = Text("--phone", "The right number, E.164, e.g. +359888123456.");
        var first = Text("--first-name", "The right first name.");
        var last = Text("--last-name", "The right last name.");
        var locale = Text("--locale", "The right language, BCP 47, e.g. bg-BG.");
        var country = Text("--country", "The right country, ISO 3166-1, e.g. BG.");
        var birthday = Text("--birthday", "The right birthday, yyyy-MM-dd.");
        var command = options.AddTo(new Command("rectify", "Corrects what is named; everything else stays. A shop that goes on telling the wrong thing has to be corrected too.")
        {
            customer, email, phone, first, last, locale, country, birthday,
        });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var request = new RectifyRequest
            {
                Email = parsed.GetValue(email),
                Phone = parsed.GetValue(phone),
                FirstName = parsed.GetValue(first),
                LastName = parsed.GetValue(last),
                Locale = parsed.GetValue(locale),
                Country = parsed.GetValue(country),
                Birthday = Day(parsed.GetValue(birthday)),
            };
            if (request.Problem() is { } problem) throw new UsageException(problem);
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            if (await IdAsync(api, parsed.GetValue(customer), cancellation) is not { } id) return ExitCodes.Refused;
            var done = await api.SendAsync<RectifiedView>(HttpMethod.Patch, $"customers/{id}/person", request, cancellation);
            await TellAsync(options.AsJson(parsed), done, $"{done.CustomerId}: corrected");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Restriction(string verb, string what, HttpMethod method)
    {
        var options = new ApiOptions();
        var customer = CustomerArgument.Create();
        var command = options.AddTo(new Command(verb, what) { customer });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            if (await IdAsync(api, parsed.GetValue(customer), cancellation) is not { } id) return ExitCodes.Refused;
            var view = await api.SendAsync<RestrictionView>(method, $"customers/{id}/restriction", body: null, cancellation);
            await TellAsync(options.AsJson(parsed), view, view.RestrictedAt is { } since ? $"{view.CustomerId}: restricted since {since}" : $"{view.CustomerId}: not restricted");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Erase()
    {
        var options = new ApiOptions();
        var customer = CustomerArgument.Create();
        var command = options.AddTo(new Command(
            "erase", "Erases a person for good: runs end, nothing is sent, everything but the books goes, keys are destroyed. Cannot be taken back.") { customer });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            if (await IdAsync(api, parsed.GetValue(customer), cancellation) is not { } id) return ExitCodes.Refused;
            var erasure = await api.SendAsync<ErasureView>(HttpMethod.Delete, $"customers/{id}", body: null, cancellation);
            var text = erasure.Step == ErasureStep.Done
                ? string.Create(CultureInfo.InvariantCulture, $"{erasure.CustomerId}: erased; {erasure.RunsEnded} runs ended, {erasure.Removed} documents removed")
                : $"{erasure.CustomerId}: {erasure.Step.ToString().ToLowerInvariant()}; the host's sweep finishes it"
                    + (erasure.WaitsUntil is { } until ? $" after {until}, when a message that was being handed over is out of hand" : "");
            await TellAsync(options.AsJson(parsed), erasure, text);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Requests()
    {
        var options = new ApiOptions();
        var command = options.AddTo(new Command("requests", "What shops have asked (data_request, redact), the latest first."));
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var requests = await api.GetAsync<PrivacyRequest[]>("privacy/requests", cancellation);
            await TellAsync(options.AsJson(parsed), requests, requests.Length == 0 ? "Nobody has asked." : string.Join('\n', requests.Select(Line)));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Close()
    {
        var options = new ApiOptions();
        var request = new Argument<string>("REQUEST") { Description = "The id that the list shows first." };
        var command = options.AddTo(new Command("close", "The data that a request asks for was handed over.") { request });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var closed = await api.PostAsync<PrivacyRequest>($"privacy/requests/{Uri.EscapeDataString(parsed.GetValue(request)!)}/done", body: null, cancellation);
            await TellAsync(options.AsJson(parsed), closed, Line(closed));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Audit()
    {
        var options = new ApiOptions();
        var month = Text("--month", "Default: this month of the program's clock.", "yyyy-MM");
        var customer = Text("--customer", "Only lines about this customer id.", "ID");
        var command = options.AddTo(new Command("audit", "Who saw or changed what about whom, the latest first, at most 1,000 lines.") { month, customer });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var query = string.Join('&', new[] { ("month", parsed.GetValue(month)), ("customer", parsed.GetValue(customer)) }
                .Where(static one => one.Item2 is not null).Select(static one => $"{one.Item1}={Uri.EscapeDataString(one.Item2!)}"));
            var lines = await api.GetAsync<AuditLine[]>("privacy/audit" + (query.Length == 0 ? "" : "?" + query), cancellation);
            await TellAsync(options.AsJson(parsed), lines, lines.Length == 0 ? "No lines." : string.Join('\n', lines.Select(static one => $"{one.At}  {one.Actor}  {one.Action}  {one.CustomerId}")));
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>The id of a customer who was named in any way; null, and said so: nobody.</summary>
    private static async Task<string?> IdAsync(ProgramApi api, string? name, CancellationToken cancellation)
    {
        var wanted = CustomerArgument.Checked(name).Trim();
        if (await CustomerLookup.FindIdAsync(api, wanted, cancellation) is { } id) return Uri.EscapeDataString(id);
        await Console.Error.WriteLineAsync($"Nobody is known as '{wanted}' in {api.Where}.");
        return null;
    }

    /// <summary>Readable by the one who asked only: it is a whole person.</summary>
    private static async Task WriteAsync(FileInfo file, byte[] bytes, CancellationToken cancellation)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(file.FullName, options);
        await stream.WriteAsync(bytes, cancellation);
    }

    private static Task TellAsync<T>(bool asJson, T value, string text) => Console.Out.WriteLineAsync(asJson ? Encoding.UTF8.GetString(LoyaltyJson.Write(value)) : text);

    private static string Line(PrivacyRequest one) => string.Create(
        CultureInfo.InvariantCulture,
        $"{one.Id}  {one.ReceivedAt}  {one.Source}  {one.Type}  {one.Status.ToString().ToLowerInvariant()}  {string.Join(", ", one.CustomerIds)}{(one.Status == PrivacyRequestStatus.Open ? $"  due {one.DueAt}" : "")}");

    private static LocalDate? Day(string? text) => text is null ? null
        : LocalDatePattern.Iso.Parse(text) is { Success: true, Value: var day } ? day : throw new UsageException($"--birthday {text}: expected a day such as 1990-05-17.");

    private static Option<string?> Text(string name, string description, string help = "TEXT") => new(name) { Description = description, HelpName = help };
}
