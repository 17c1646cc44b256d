using System.CommandLine;
using Loyalty.Cli.Customers;
using Loyalty.Cli.Demo;
using Loyalty.Cli.Hosting;
using Loyalty.Cli.Import;
using Loyalty.Cli.Journeys;
using Loyalty.Cli.Operations;
using Loyalty.Cli.Remote;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Storage;
using Loyalty.Functions.Settings;
using Loyalty.LocalHost.Hosting;
using Loyalty.Simulation.Import;

namespace Loyalty.Cli.CommandLine;

/// <summary>The <c>loyalty</c> command: its verbs, and one place where everything that can go wrong becomes a message and an exit code.</summary>
internal static class LoyaltyCommandLine
{
    /// <summary>Every verb.</summary>
    public static RootCommand Root() => new(
        "Loyalty Functions: a loyalty and customer-journey system that runs in Azure or on one machine.\n\n"
        + "Try it:  loyalty demo\nRun it:  loyalty run --data shop.db --program program")
    {
        DemoCommand.Create(),
        RunCommand.Create(),
        ImportCommand.Create(),
        Export.ExportCommand.Create(),
        StatusCommand.Create(),
        ExplainCommand.Create(),
        Points.ExploreCommand.Create(),
        Tiers.TiersCommand.Create(),
        ValidateCommand.Create(),
        PublishCommand.Create(),
        RollbackCommand.Create(),
        PauseCommand.CreatePause(),
        PauseCommand.CreateResume(),
        RunsCommand.Create(),
        StoryCommand.Create(),
        Simulate.SimulateCommand.Create(),
        Simulate.DiffCommand.Create(),
        Offers.OffersCommand.Create(),
        Offers.ReferralsCommand.Create(),
        Contact.PreviewCommand.Create(),
        Contact.SendTestCommand.Create(),
        Contact.SuppressionsCommand.Create(),
        Contact.RepliesCommand.Create(),
        Tasks.TasksCommand.Create(),
        DoctorCommand.Create(),
        DlqCommand.Create(),
        CompactCommand.Create(),
        Privacy.PrivacyCommand.Create(),
    };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = Root();
        if (args.Length == 0)
        {
            // Whoever does not know the verbs yet is shown them.
            await root.Parse(["--help"]).InvokeAsync(new InvocationConfiguration { Output = Console.Error });
            return ExitCodes.WrongUsage;
        }

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(Words(error.Message));
            await Console.Error.WriteLineAsync("\nSee: loyalty --help, or loyalty <verb> --help");
            return ExitCodes.WrongUsage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>The library names the type that it could not read; people know numbers, files and folders.</summary>
    private static string Words(string error)
    {
        var type = error.IndexOf(" as expected type '", StringComparison.Ordinal);
        if (type < 0) return error;
        var name = error[type..];
        var expected = name.Contains(".Int", StringComparison.Ordinal) ? "a whole number"
            : name.Contains(nameof(FileInfo), StringComparison.Ordinal) ? "a file"
            : name.Contains(nameof(DirectoryInfo), StringComparison.Ordinal) ? "a folder"
            : null;
        return expected is null ? error : $"{error[..type]}: expected {expected}.";
    }

    /// <summary>Runs a verb; what is expected to go wrong is told in words, without a stack.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Refused;
        }
        catch (UsageException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return ExitCodes.WrongUsage;
        }
        catch (Exception unreadable) when (unreadable is InvalidDataException or FormatException)
        {
            await Console.Error.WriteLineAsync($"{unreadable.Message} {unreadable.InnerException?.Message}".TrimEnd());
            return ExitCodes.Refused;
        }
        catch (ApiRefusedException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return refused.Problem.Status >= 500 ? ExitCodes.Infrastructure : ExitCodes.Refused;
        }
        catch (Exception wrong) when (wrong is SettingsException or ProgramException or PurchaseFileException or HostStartException)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return ExitCodes.Refused;
        }
        catch (Exception broken) when (broken is StoreUnavailableException or IOException or UnauthorizedAccessException or HttpRequestException)
        {
            await Console.Error.WriteLineAsync(broken.Message);
            return ExitCodes.Infrastructure;
        }
    }
}

/// <summary>Exit codes of every verb.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Findings, or refused.</summary>
    public const int Refused = 1;
    public const int WrongUsage = 2;
    public const int Infrastructure = 3;
}

/// <summary>The command line asks for something that does not go together.</summary>
internal sealed class UsageException(string message) : Exception(message);
