using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Serialization;
using Loyalty.Functions.Operations;

namespace Loyalty.Cli.Operations;

/// <summary><c>loyalty dlq list|show|replay</c>: events that were given up.</summary>
internal static class DlqCommand
{
    public static Command Create() => new(
        "dlq",
        "Events that could not be applied and were given up (dead letters): what they are, why, and again after a fix.\n\n"
        + "Example:  loyalty dlq list --data shop.db   then   loyalty dlq replay 17 --data shop.db")
    {
        List(), Show(), Replay(),
    };

    private static Command List()
    {
        var options = new OperationsOptions();
        var after = new Option<long>("--after") { Description = "Only those with a higher number, to page on. Default 0.", HelpName = "NUMBER" };
        var command = new Command("list", "The oldest first, at most 100.") { after };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, writes: false, cancellation);
            var letters = await api.DeadLettersAsync(parsed.GetValue(after), cancellation);
            if (options.AsJson(parsed)) await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(letters)));
            else await Console.Out.WriteAsync(letters.Count == 0 ? "No dead letters.\n" : string.Concat(letters.Select(Line)));
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Show() => One("show", "One of them.", writes: false, static (api, number, cancellation) => api.DeadLetterAsync(number, cancellation));

    private static Command Replay() => One(
        "replay",
        "Sends it again as a later attempt and removes the dead letter. An event that was applied meanwhile changes nothing.",
        writes: true,
        static (api, number, cancellation) => api.ReplayAsync(number, cancellation));

    private static Command One(string verb, string what, bool writes, Func<OperationsApi, long, CancellationToken, Task<DeadEvent?>> ask)
    {
        var options = new OperationsOptions();
        var number = new Argument<long>("NUMBER") { Description = "The number that the list shows first." };
        var command = new Command(verb, what) { number };
        options.AddTo(command);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, writes, cancellation);
            var wanted = parsed.GetValue(number);
            if (await ask(api, wanted, cancellation) is not { } letter)
            {
                await Console.Error.WriteLineAsync($"There is no dead letter {wanted}. See: loyalty dlq list");
                return ExitCodes.Refused;
            }

            var text = options.AsJson(parsed) ? Encoding.UTF8.GetString(LoyaltyJson.Write(letter)) + "\n" : Line(letter);
            await Console.Out.WriteAsync(writes && !options.AsJson(parsed) ? "sent again: " + text : text);
            return ExitCodes.Done;
        }));
        return command;
    }

    private static string Line(DeadEvent letter) => string.Create(
        CultureInfo.InvariantCulture,
        $"{letter.SequenceNumber}  {letter.EnqueuedAt}  {letter.MessageId}  deliveries {letter.DeliveryCount}  {letter.Reason}: {letter.Description}\n");
}
