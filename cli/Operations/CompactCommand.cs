using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Serialization;
using Loyalty.LocalHost.Program;

namespace Loyalty.Cli.Operations;

/// <summary><c>loyalty compact</c>: the data file without its free pages.</summary>
internal static class CompactCommand
{
    public static Command Create()
    {
        var data = CommonOptions.Data("loyalty.db");
        var json = CommonOptions.Json();
        var command = new Command(
            "compact",
            "Writes the data file anew without its free pages (SQLite's VACUUM). Nothing that was deleted is in them, they were zeroed; this gives the room back. "
            + "Refused while a host runs on the file; needs as much room on the disk as the file takes.\n\n"
            + "Example:  loyalty compact --data shop.db")
        {
            data, json,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var file = CommonOptions.ExistingPath(parsed.GetValue(data));
            var done = await FileCompaction.RunAsync(file, cancellation);
            await Console.Out.WriteLineAsync(parsed.GetValue(json)
                ? Encoding.UTF8.GetString(LoyaltyJson.Write(done))
                : string.Create(CultureInfo.InvariantCulture, $"{file}: {done.BytesBefore:N0} bytes before, {done.BytesAfter:N0} now"));
            return ExitCodes.Done;
        }));
        return command;
    }
}
