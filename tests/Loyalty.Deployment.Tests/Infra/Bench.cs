using System.Diagnostics;

namespace Loyalty.Deployment.Tests.Infra;

/// <summary>
/// Where the scripts of infra/ are run without a cloud: foreign tools (az, dotnet, curl, zip, sleep) are replaced by one that writes down how it was
/// called and answers what the file of answers says. bash, openssl and the rest are the real ones.
/// </summary>
internal sealed class Bench : IDisposable
{
    private static readonly string[] Replaced = ["az", "dotnet", "curl", "zip", "sleep"];

    /// <summary>
    /// The tool that stands for the others. An answer is a line «beginning of the call ⇒ what to print»; the first that fits is taken. ⇒! fails.
    /// A program that is asked to write a file or a folder (-o, --src's zip) writes one.
    /// </summary>
    private const string Tool = """
        #!/usr/bin/env bash
        call="$(basename "$0") $*"
        printf '%s\n' "${call//$'\n'/ }" >> "$BENCH/calls"
        if [[ "$(basename "$0")" == curl ]]; then
          { for argument in "$@"; do printf '%s\0' "$argument"; done; printf '\0'; } >> "$BENCH/curl"
        fi
        previous=""
        for argument in "$@"; do
          if [[ "$previous" == -o && "$(basename "$0")" == dotnet ]]; then mkdir -p "$argument" && echo '{}' > "$argument/host.json"; fi
          if [[ "$previous" == -o && "$(basename "$0")" == curl && "$argument" != /dev/null ]]; then printf '{"status":"up"}' > "$argument"; fi
          previous="$argument"
        done
        while IFS= read -r line; do
          beginning="${line%% ⇒*}"
          if [[ "$call" == *"$beginning"* ]]; then
            answer="${line#* ⇒}"
            if [[ "$answer" == '!'* ]]; then exit 1; fi
            printf '%b' "${answer# }"
            exit 0
          fi
        done < "$BENCH/answers"
        exit 0
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-infra-").FullName;

    public Bench(params string[] answers)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("The scripts of infra/ are for bash.");
        foreach (var name in Replaced)
        {
            var path = Path.Combine(_folder, "tools", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, Tool);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.WriteAllLines(Path.Combine(_folder, "answers"), answers);
    }

    /// <summary>How the tools were called, in order: the name, then the arguments, with spaces between.</summary>
    public IReadOnlyList<string> Calls => Lines("calls");

    /// <summary>The arguments of each call of curl.</summary>
    public IReadOnlyList<IReadOnlyList<string>> CurlCalls =>
        !File.Exists(Path.Combine(_folder, "curl"))
            ? []
            : [.. File.ReadAllText(Path.Combine(_folder, "curl")).Split("\0\0", StringSplitOptions.RemoveEmptyEntries).Select(static call => (IReadOnlyList<string>)call.Split('\0'))];

    /// <summary>Runs a command line of bash at the repository's root.</summary>
    public Ran Run(string command, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("bash") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = House.Root };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        start.Environment["PATH"] = Path.Combine(_folder, "tools") + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment["BENCH"] = _folder;
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Ran(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string[] Lines(string file) => File.Exists(Path.Combine(_folder, file)) ? File.ReadAllLines(Path.Combine(_folder, file)) : [];
}

/// <summary>What a command ended with and said.</summary>
internal sealed record Ran(int Exit, string Output, string Error);
