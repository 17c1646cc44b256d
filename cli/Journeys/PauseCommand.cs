using System.CommandLine;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core;
using Loyalty.Engine.Publishing;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Cli.Journeys;

/// <summary><c>loyalty pause JOURNEY</c> and <c>loyalty resume JOURNEY</c>.</summary>
internal static class PauseCommand
{
    public static Command CreatePause()
    {
        var journey = JourneyOptions.Journey();
        var api = new ApiOptions("Marketer");
        var command = new Command(
            "pause",
            "Pauses a journey: people stay where they are, nothing is sent; who leaves (exit, erase) leaves at once. A running host sees it within ten seconds.\n\n"
            + "Example:  loyalty pause welcome --data shop.db")
        {
            journey,
        };
        api.AddTo(command, hasJson: false);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var name = parsed.GetValue(journey)!;
            await using var remote = api.Remote(parsed);
            if (remote is not null) return await RemoteProgram.PauseAsync(remote, name, resumes: false, cancellation);
            await using var reader = ProgramReader.Open(api.DataFile(parsed));
            return await TellAsync(await reader.Services.GetRequiredService<PublishUseCase>().PauseAsync(name, cancellation), name, $"{name} is paused.");
        }));
        return command;
    }

    public static Command CreateResume()
    {
        var journey = JourneyOptions.Journey();
        var api = new ApiOptions("Marketer");
        var command = new Command(
            "resume",
            "Lets a paused journey go on. What came too late while it was paused does what each step's if-late says.\n\n"
            + "Example:  loyalty resume welcome --data shop.db")
        {
            journey,
        };
        api.AddTo(command, hasJson: false);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var name = parsed.GetValue(journey)!;
            await using var remote = api.Remote(parsed);
            if (remote is not null) return await RemoteProgram.PauseAsync(remote, name, resumes: true, cancellation);
            await using var reader = ProgramReader.Open(api.DataFile(parsed));
            var refusal = await reader.Services.GetRequiredService<PublishUseCase>().ResumeAsync(name, cancellation);
            var done = refusal is null ? await EditsProgress.RunAsync(reader.Services.GetRequiredService<RunEditsUseCase>(), name, 1, cancellation) : null;
            return await TellAsync(refusal, name, $"{name} goes on.{PublishTables.Rearmed(done?.Counts)}");
        }));
        return command;
    }

    private static async Task<int> TellAsync(RefusalCode? refusal, string journey, string done)
    {
        if (refusal is null)
        {
            await Console.Out.WriteLineAsync(done);
            return ExitCodes.Done;
        }

        await Console.Error.WriteLineAsync($"There is no journey '{journey}' in this file.");
        return ExitCodes.Refused;
    }
}
