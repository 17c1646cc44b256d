using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Customers;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Contact;
using Loyalty.Functions.Contact;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Cli.Contact;

/// <summary><c>loyalty replies list|show|attach|dismiss</c>: mails that came back and are nobody's.</summary>
internal static class RepliesCommand
{
    private const int Width = 78;

    private static readonly InstantPattern Minute = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm'Z'");

    public static Command Create() => new(
        "replies",
        "Mails that came back and are nobody's: says whose they are, or that there is nothing to do.\n\n"
        + "Example:  loyalty replies list --data shop.db   then   loyalty replies attach k3v… ann@example.com --data shop.db")
    {
        List(), Show(), Attach(), Dismiss(),
    };

    private static Command List()
    {
        var options = Options();
        var limit = new Option<int>("--limit") { Description = "At most so many, 1 to 500. Default 100.", HelpName = "N", DefaultValueFactory = static _ => 100 };
        var command = options.AddTo(new Command("list", "What nobody has looked at, the latest first.") { limit });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
            var mails = await ListAsync(api, parsed.GetValue(limit), cancellation);
            await Console.Out.WriteAsync(options.AsJson(parsed) ? Json(mails) : mails.Length == 0 ? "No mails.\n" : string.Concat(mails.Select(Entry)));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Show()
    {
        var options = Options();
        var id = Id();
        var command = options.AddTo(new Command("show", "All of what somebody wrote.") { id });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: true, cancellation);
            var wanted = parsed.GetValue(id)!;
            if ((await ListAsync(api, AsideMails.ListLimit, cancellation)).FirstOrDefault(one => one.Id == wanted) is not { } mail)
            {
                await Console.Error.WriteLineAsync($"No mail '{PlainText.OneLine(wanted, 40)}' waits in {api.Where}: see loyalty replies list.");
                return ExitCodes.Refused;
            }

            await Console.Out.WriteAsync(options.AsJson(parsed) ? Json(mail) : Text(mail));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Attach()
    {
        var options = Options();
        var id = Id();
        var customer = CustomerArgument.Create();
        var command = options.AddTo(new Command("attach", "Says whose it is: it becomes that customer's answer. The address it came from stays nobody's.") { id, customer }, hasJson: false);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var name = CustomerArgument.Checked(parsed.GetValue(customer));
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            if (await CustomerLookup.FindIdAsync(api, name, cancellation) is not { } customerId)
            {
                await Console.Error.WriteLineAsync($"Nobody is known as '{name}' in {api.Where}.");
                return ExitCodes.Refused;
            }

            await api.PostAsync<object?>($"replies/{Uri.EscapeDataString(parsed.GetValue(id)!)}/attach", new AttachBody { CustomerId = customerId }, cancellation);
            await Console.Out.WriteLineAsync($"{parsed.GetValue(id)}: an answer of {customerId}");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Dismiss()
    {
        var options = Options();
        var id = Id();
        var command = options.AddTo(new Command("dismiss", "There is nothing to do: it leaves the list.") { id }, hasJson: false);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            await api.PostAsync<object?>($"replies/{Uri.EscapeDataString(parsed.GetValue(id)!)}/dismiss", body: null, cancellation);
            await Console.Out.WriteLineAsync($"{parsed.GetValue(id)}: dismissed");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static ApiOptions Options() => new("Support");

    private static Argument<string> Id() => new("MAIL") { Description = "Its id, as the list shows it first." };

    private static Task<AsideMail[]> ListAsync(ProgramApi api, int limit, CancellationToken cancellation) =>
        api.GetAsync<AsideMail[]>("replies?limit=" + limit.ToString(CultureInfo.InvariantCulture), cancellation);

    private static string Json<T>(T value) => Encoding.UTF8.GetString(LoyaltyJson.Write(value)) + "\n";

    /// <summary>Three lines: which and why, who, and how it begins.</summary>
    private static string Entry(AsideMail mail) =>
        $"{mail.Id}  {Minute.Format(mail.At)}  {mail.Kind}, {mail.Reason}\n  {PlainText.OneLine(mail.From, Width - 2 - Owner(mail).Length)}{Owner(mail)}\n"
        + (string.IsNullOrWhiteSpace(mail.Text) ? "" : $"  {PlainText.OneLine(mail.Text, Width - 2)}\n");

    private static string Text(AsideMail mail)
    {
        var text = new StringBuilder($"{mail.Id}  {Minute.Format(mail.At)}  {mail.Kind}, {mail.Reason}\n");
        foreach (var line in PlainText.Lines("from: " + mail.From + Owner(mail), Width - 2)) text.Append("  ").Append(line).Append('\n');
        if (mail.MessageId is { } answers) text.Append("  answers: ").Append(PlainText.OneLine(answers, Width - 11)).Append('\n');
        if (mail.Text is null) return text.ToString();
        text.Append('\n');
        foreach (var line in PlainText.Lines(mail.Text, Width - 2)) text.Append(line.Length == 0 ? "" : "  " + line).Append('\n');
        return text.ToString();
    }

    private static string Owner(AsideMail mail) => mail.SenderIs is { } known ? $" (now {PlainText.OneLine(known, 30)})" : "";
}
