using Spectre.Console;

namespace Loyalty.Cli.CommandLine;

/// <summary>A progress bar on standard error, where that is a terminal.</summary>
internal static class ProgressBar
{
    /// <summary>Runs work that reports each piece done; may be reported from any thread.</summary>
    public static async Task RunAsync(string name, double pieces, Func<Action, Task> work)
    {
        if (Console.IsErrorRedirected)
        {
            await work(static () => { });
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(name, maxValue: pieces);
                await work(() => task.Increment(1));
            });
    }
}
