using System.CommandLine;
using Loyalty.Cli.CommandLine;
using Loyalty.Engine.Programs;
using Loyalty.Engine.Publishing;
using NodaTime;

namespace Loyalty.Cli.Journeys;

/// <summary>Arguments and options that the journey verbs share.</summary>
internal static class JourneyOptions
{
    public static Argument<string> Journey() => new("journey") { Description = "The journey's name, e.g. not-bought." };

    public static Option<DirectoryInfo?> Draft() => new("--program")
    {
        Description = "Folder with the draft: program.yaml, journeys and templates. Default: program in the current folder.",
        HelpName = "DIR",
    };

    /// <summary>The draft of a verb that changes nothing: whoever has no program of their own yet sees what the shipped one does.</summary>
    public static Option<DirectoryInfo?> DraftOrShipped() => new("--program")
    {
        Description = "Folder with program.yaml, journeys and templates. Default: program in the current folder; if there is none, the shipped program.",
        HelpName = "DIR",
    };

    /// <summary>The folder that <see cref="DraftOrShipped()"/> names; null: the shipped program.</summary>
    public static string? DraftOrShipped(string? given)
    {
        if (given is not null) return given;
        var here = Path.GetFullPath("program");
        return File.Exists(Path.Combine(here, "program.yaml")) ? here : null;
    }

    public static Option<string[]> InFlight() => new("--in-flight")
    {
        Description = "What happens to people inside: pin (finish on their version), follow (go on in the new one), 'map old=new,…' (follow, with the named moves), 'end OUTCOME' (leave).",
        HelpName = "pin|follow|map old=new,…|end OUTCOME",
        AllowMultipleArgumentsPerToken = true,
        Arity = new ArgumentArity(1, 2),
    };

    public static Option<string[]> Due() => new("--due")
    {
        Description = "'spread-over 4h': those whose moment the edit puts into the past go on spread over this long, up to 7d. Default: at once.",
        HelpName = "spread-over TIME",
        AllowMultipleArgumentsPerToken = true,
        Arity = new ArgumentArity(1, 2),
    };

    public static Option<string?> Enrol()
    {
        var option = new Option<string?>("--enrol")
        {
            Description = "existing: past subjects (customers, assets) enter as well; how many is shown first. The running host lets them in.",
            HelpName = "existing",
        };
        option.AcceptOnlyFromAmong("existing");
        return option;
    }

    public static Option<bool> Yes() => new("--yes") { Description = "Commit. Without it, what would happen is shown and nothing is published." };

    /// <summary>The folder of the draft.</summary>
    public static string DraftFolder(DirectoryInfo? folder)
    {
        var path = folder?.FullName ?? Path.GetFullPath("program");
        return Directory.Exists(path) ? path : throw new UsageException($"There is no folder {path}. Name the draft's folder with --program DIR.");
    }

    /// <summary>Reads a program's folder as it is.</summary>
    /// <exception cref="ProgramException">Something in it is no file that can be read.</exception>
    public static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Read(string folder)
    {
        var read = ProgramFolder.Read(folder);
        return read.Findings.IsEmpty ? read.Files : throw new ProgramException(read.Findings);
    }

    /// <summary>The choice, and what stood behind it that is none of its own words.</summary>
    public static (InFlight? Choice, string[] Others) ReadInFlight(string[]? words)
    {
        if (words is null or []) return (null, []);
        // "--in-flight pin welcome": the second word is a journey.
        var takesTwo = words.Length == 2 && words[0] is ("map" or "end");
        var text = takesTwo ? string.Join(' ', words) : words[0];
        return Engine.Publishing.InFlight.Parse(text) is { } choice
            ? (choice, takesTwo ? [] : words[1..])
            : throw new UsageException($"--in-flight {string.Join(' ', words)}: expected pin, follow, map old=new,… or end OUTCOME.");
    }

    /// <summary>Over how long.</summary>
    public static Duration? ReadDue(string[]? words)
    {
        if (words is null or []) return null;
        return DueChoice.Parse(string.Join(' ', words)) ?? throw new UsageException($"--due {string.Join(' ', words)}: expected spread-over and a time of up to 7 days, e.g. --due spread-over 4h.");
    }
}
