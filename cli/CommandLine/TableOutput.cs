using Spectre.Console;

namespace Loyalty.Cli.CommandLine;

/// <summary>Where tables go: a terminal gets its width and colours; a file or a pipe gets neither, so that nothing is broken at 80 columns.</summary>
internal static class TableOutput
{
    private const int WidthOfFile = 200;

    /// <summary>Standard output.</summary>
    public static IAnsiConsole Console => System.Console.IsOutputRedirected ? Plain : AnsiConsole.Console;

    private static IAnsiConsole Plain
    {
        get
        {
            var console = AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(System.Console.Out),
            });
            console.Profile.Width = WidthOfFile;
            return console;
        }
    }
}
