using System.CommandLine;
using System.Globalization;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Privacy;

namespace Loyalty.Cli.Privacy;

/// <summary><c>loyalty privacy retention</c>: who would be erased for having done nothing, before the setting is made. Changes nothing.</summary>
internal static class RetentionPreviewCommand
{
    public static Command Create()
    {
        var options = new ApiOptions("Operator");
        var days = new Option<int?>("--days") { Description = "The period, 365 to 3650. Default: Privacy__Retention__InactiveDays.", HelpName = "DAYS" };
        var first = new Option<int>("--first") { Description = "How many are told by id, 0 to 1000. Default 20.", HelpName = "COUNT", DefaultValueFactory = _ => 20 };
        var command = options.AddTo(new Command(
            "retention", "Who would be erased for having done nothing for so many days (Privacy__Retention__InactiveDays). Changes nothing.\n\nExample:  loyalty privacy retention --days 1096 --data shop.db")
        {
            days, first,
        });
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            await using var api = await options.OpenAsync(parsed, readOnly: false, cancellation);
            var whole = await ReadAsync(api, parsed.GetValue(days), parsed.GetValue(first), cancellation);
            await Console.Out.WriteLineAsync(options.AsJson(parsed) ? Encoding.UTF8.GetString(LoyaltyJson.Write(whole)) : Text(whole));
            return ExitCodes.Done;
        }));
        return command;
    }

    /// <summary>Part by part, until everybody was looked at.</summary>
    private static async Task<RetentionForecast> ReadAsync(ProgramApi api, int? days, int first, CancellationToken cancellation)
    {
        RetentionForecast? whole = null;
        do
        {
            var left = first - (whole?.People.Length ?? 0);
            var query = string.Create(CultureInfo.InvariantCulture, $"first={left}")
                + (days is { } told ? string.Create(CultureInfo.InvariantCulture, $"&days={told}") : "")
                + (whole?.Next is { } from ? "&from=" + from : "");
            var part = await api.GetAsync<RetentionForecast>("privacy/retention?" + query, cancellation);
            whole = whole is null ? part : part with
            {
                Seen = whole.Seen + part.Seen,
                Goes = whole.Goes + part.Goes,
                KeptForPoints = whole.KeptForPoints + part.KeptForPoints,
                KeptAsRestricted = whole.KeptAsRestricted + part.KeptAsRestricted,
                KeptWhileMerging = whole.KeptWhileMerging + part.KeptWhileMerging,
                People = [.. whole.People, .. part.People],
            };
        }
        while (whole.Next is not null);
        return whole;
    }

    private static string Text(RetentionForecast told)
    {
        var set = told.DaysSet is { } days ? string.Create(CultureInfo.InvariantCulture, $"set: {days} days") : "not set: nobody is erased for that";
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"Of {told.Seen} people {told.Goes} have done nothing for {told.Days} days and would be erased (Privacy__Retention__InactiveDays is {set}).")
            .Append(CultureInfo.InvariantCulture, $"As inactive, and kept: {told.KeptForPoints} have points, {told.KeptAsRestricted} are restricted, {told.KeptWhileMerging} are being merged.");
        foreach (var one in told.People) text.AppendLine().Append(CultureInfo.InvariantCulture, $"{one.CustomerId}  last active {one.LastActiveAt}");
        if (told.Goes > told.People.Length) text.AppendLine().Append(CultureInfo.InvariantCulture, $"… and {told.Goes - told.People.Length} more");
        return text.ToString();
    }
}
