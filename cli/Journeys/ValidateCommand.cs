using System.CommandLine;
using System.Text;
using Loyalty.Cli.CommandLine;
using Loyalty.Cli.Remote;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Programs;
using Loyalty.Functions.Journeys;

namespace Loyalty.Cli.Journeys;

/// <summary><c>loyalty validate [PATH]</c>: every finding of a program's folder, or of one journey in it.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var path = new Argument<string?>("path")
        {
            Description = "A program's folder, or a journey's file in one. Default: program in the current folder.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var api = new ApiOptions("Marketer");
        var command = new Command(
            "validate",
            "Checks a program and tells everything it gets wrong at once, as file:line:column. Exit code 1 if there are errors.\n\n"
            + "Example:  loyalty validate program/journeys/welcome.yaml")
        {
            path,
        };
        api.AddTo(command, hasData: false);
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var (folder, only) = Locate(parsed.GetValue(path));
            await using var remote = api.Remote(parsed);
            var findings = remote is null ? Findings(folder) : await FindingsAsync(remote, folder, cancellation);
            return await TellAsync(only is null ? findings : [.. findings.Where(one => one.File == only)], only ?? folder, api.AsJson(parsed));
        }));
        return command;
    }

    private static IReadOnlyList<Finding> Findings(string folder) => ProgramLoader.Load(folder).FindingsWith(new TemplateCheck());

    /// <summary>What the app itself finds: it may be of another version than this command.</summary>
    private static async Task<IReadOnlyList<Finding>> FindingsAsync(ProgramApi api, string folder, CancellationToken cancellation)
    {
        var draft = new DraftBody { Files = await RemoteProgram.DraftAsync(api, folder, cancellation) };
        return (await api.PostAsync<ValidationView>("program/validate", draft, cancellation)).Findings;
    }

    private static async Task<int> TellAsync(IReadOnlyList<Finding> findings, string where, bool asJson)
    {
        var errors = findings.Count(static one => one.Severity == FindingSeverity.Error);
        if (asJson)
        {
            var view = new ValidationView(errors == 0, findings);
            await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(LoyaltyJson.Write(view)));
            return errors == 0 ? ExitCodes.Done : ExitCodes.Refused;
        }

        foreach (var finding in findings) await Console.Out.WriteLineAsync(finding.ToString());
        var warnings = findings.Count - errors;
        await Console.Error.WriteLineAsync(errors == 0
            ? $"No errors{(warnings > 0 ? $", {warnings} warning(s)" : "")} in {where}."
            : $"{errors} error(s), {warnings} warning(s) in {where}.");
        return errors == 0 ? ExitCodes.Done : ExitCodes.Refused;
    }

    /// <summary>The program's folder, and the path in it of the one file that was named.</summary>
    private static (string Folder, string? Only) Locate(string? path)
    {
        if (path is { Length: 0 }) throw new UsageException("The path is empty. Name a program's folder, or a journey's file in one.");
        var full = Path.GetFullPath(path ?? "program");
        if (Directory.Exists(full)) return (full, null);
        if (!File.Exists(full) && new FileInfo(full).LinkTarget is null) throw new UsageException($"There is no file or folder {full}.");
        for (var folder = Path.GetDirectoryName(full); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "program.yaml"))) return (folder, Path.GetRelativePath(folder, full).Replace('\\', '/'));
        }

        throw new UsageException($"{full} lies in no program: no folder above it has a program.yaml.");
    }
}
