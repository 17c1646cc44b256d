using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Contact;
using Loyalty.Functions.Contact;

namespace Loyalty.Cli.Contact;

/// <summary><c>loyalty suppressions import|lift</c>: addresses to which nothing is sent.</summary>
internal static class SuppressionsCommand
{
    private const int MostBytes = 1024 * 1024;

    public static Command Create() => new(
        "suppressions",
        "Addresses to which nothing is sent: takes in another system's list, takes one address off.\n\n"
        + "Example:  loyalty suppressions import bounces.csv --source mailchimp --data shop.db   or   loyalty suppressions lift ann@example.com --data shop.db")
    {
        Import(), Lift(),
    };

    private static Command Import()
    {
        var options = new ApiOptions("Operator");
        var file = new Argument<FileInfo>("FILE") { Description = "One address or phone number a line, or a table with a column of them (email, address, phone)." };
        var source = new Option<string>("--source") { Description = "Where the list comes from. Default: import.", HelpName = "NAME", DefaultValueFactory = static _ => "import" };
        var command = options.AddTo(new Command("import", "Puts addresses on the list; those that stand on it stay as they are.") { file, source });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var from = parsed.GetValue(file)!;
            if (!from.Exists) throw new UsageException($"{from.FullName} does not exist.");
            var bytes = await File.ReadAllBytesAsync(from.FullName, cancellation);
            if (!System.Text.Unicode.Utf8.IsValid(bytes)) throw new InvalidDataException($"{from.FullName} is not in UTF-8.");
            var addresses = SuppressionLines.Read(Encoding.UTF8.GetString(bytes));
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var path = "suppressions?source=" + Uri.EscapeDataString(parsed.GetValue(source)!);
            var (added, known, bad) = (0, 0, new List<int>());
            foreach (var (first, part) in Parts(addresses))
            {
                var done = await api.PostBytesAsync<SuppressionImport>(path, Encoding.UTF8.GetBytes(part), "text/plain", cancellation);
                (added, known) = (added + done.Added, known + done.Known);
                bad.AddRange(done.BadLines.Select(line => first + line - 1));
            }

            var total = new SuppressionImport(added, known, bad);
            await Console.Out.WriteLineAsync(options.AsJson(parsed) ? Encoding.UTF8.GetString(LoyaltyJson.Write(total)) : Text(total));
            return bad.Count == 0 ? ExitCodes.Done : ExitCodes.Refused;
        }));
        return command;
    }

    private static Command Lift()
    {
        var options = new ApiOptions("Support");
        var address = new Argument<string>("ADDRESS") { Description = "An e-mail address, a phone number (E.164), or a customer's id for channels that take customers." };
        var command = options.AddTo(new Command("lift", "Takes an address off: the imported list, and its person's bounces and complaints. Consent stays as it is.") { address });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var wanted = parsed.GetValue(address)!.Trim();
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var done = await api.PostAsync<LiftAnswer.Done>("suppressions/lift", new LiftBody { Address = wanted }, cancellation);
            await Console.Out.WriteLineAsync(options.AsJson(parsed)
                ? Encoding.UTF8.GetString(LoyaltyJson.Write(done))
                : $"{wanted}: no longer suppressed ({string.Join(", ", done.Reasons)}){(done.CustomerId is { } id ? $", of {id}" : "")}");
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>As many lines as one request takes, and the number of the first.</summary>
    private static IEnumerable<(int First, string Text)> Parts(IReadOnlyList<string> addresses)
    {
        var (first, text, lines) = (1, new StringBuilder(), 0);
        for (var i = 0; i < addresses.Count; i++)
        {
            // A byte order mark or a quotation mark is no part of an address any more; what is too long to be one is told as a bad line.
            var line = addresses[i].Length <= 400 ? addresses[i] : addresses[i][..400];
            if (lines == SuppressionList.ImportLimit - 1 || text.Length * 3 + 1200 > MostBytes)
            {
                yield return (first, text.ToString());
                (first, lines) = (i + 1, 0);
                text.Clear();
            }

            text.Append(line).Append('\n');
            lines++;
        }

        if (text.Length > 0) yield return (first, text.ToString());
    }

    private static string Text(SuppressionImport done)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{done.Added:N0} new, {done.Known:N0} known before");
        if (done.BadLines.Count == 0) return text;
        var shown = string.Join(", ", done.BadLines.Take(20));
        return string.Create(CultureInfo.InvariantCulture, $"{text}; {done.BadLines.Count:N0} {(done.BadLines.Count == 1 ? "line is" : "lines are")} no address: {shown}{(done.BadLines.Count > 20 ? ", …" : "")}");
    }
}
