using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Contact.Previews;

namespace Loyalty.Cli.Contact;

/// <summary><c>loyalty send-test TEMPLATE ADDRESS</c>: a template through the channel, marked as a test.</summary>
internal static class SendTestCommand
{
    private const int KeyBytes = 16;

    public static Command Create()
    {
        var options = new ApiOptions();
        var template = TemplateArguments.Template();
        var address = new Argument<string>("ADDRESS") { Description = "Where it goes: an e-mail address, or a phone number with --channel." };
        var customer = TemplateArguments.Customer();
        var locale = TemplateArguments.Locale("the program's first");
        var draft = TemplateArguments.Draft();
        var channel = new Option<string?>("--channel") { Description = "A channel of program.yaml. Default: e-mail.", HelpName = "NAME" };
        var again = new Option<string?>("--request") { Description = "Names the request: sent again under the same name it is one message, and an outcome that was unknown is asked for.", HelpName = "NAME" };
        var command = options.AddTo(new Command(
            "send-test",
            "Sends a template to an address to try it out, through the channel of the settings (on one machine the outbox, unless Mail says otherwise). The subject begins with "
            + "[Test]; it counts towards no cap and goes to no suppressed address.\n\n"
            + "Example:  loyalty send-test welcome ann@example.com --locale ru --data shop.db")
        {
            template, address, customer, locale, draft, channel, again,
        });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var name = parsed.GetValue(template)!;
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var request = new TestSendRequest
            {
                Address = parsed.GetValue(address)!,
                Channel = parsed.GetValue(channel),
                Customer = parsed.GetValue(customer),
                Locale = parsed.GetValue(locale),
                Files = TemplateArguments.Files(parsed.GetValue(draft), name),
            };
            var key = parsed.GetValue(again) ?? "cli-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes));
            var done = await api.PostKeyedAsync<TestSendAnswer.Done>($"templates/{Uri.EscapeDataString(name)}/test", request, key, cancellation);
            await Console.Out.WriteAsync(options.AsJson(parsed) ? Encoding.UTF8.GetString(LoyaltyJson.Write(done)) + "\n" : Text(name, request.Address, key, done));
            return done.Result == "sent" ? ExitCodes.Done : ExitCodes.Refused;
        }));
        return command;
    }

    private static string Text(string template, string address, string key, TestSendAnswer.Done done) => string.Create(
        CultureInfo.InvariantCulture,
        $"{template} ({done.Locale}) to {address}: {done.Result}{(done.Reason is { } reason ? ", " + reason : "")}. Operation {done.OperationId}, request {key}.\n");
}
