using System.Diagnostics;
using System.Text;

namespace Loyalty.Cli.Tests.Kills;

/// <summary>The <c>loyalty</c> command as a process of its own, as a user starts it.</summary>
internal sealed class LoyaltyProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly StringBuilder _errors = new();

    private LoyaltyProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
    }

    public static LoyaltyProcess Start(string? folder, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "loyalty.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["NO_COLOR"] = "1";
        return new LoyaltyProcess(Process.Start(start)!);
    }

    /// <summary>Runs a verb to its end.</summary>
    public static async Task<LoyaltyResult> RunAsync(string? folder, params IEnumerable<string> arguments)
    {
        using var process = Start(folder, arguments);
        return await process.EndAsync();
    }

    /// <summary>The next line of standard error; null at its end.</summary>
    public async Task<string?> ErrorLineAsync()
    {
        var line = await _process.StandardError.ReadLineAsync();
        if (line is not null) _errors.AppendLine(line);
        return line;
    }

    /// <summary>SIGKILL after a while; false if it ended by itself before.</summary>
    public async Task<bool> KillAfterAsync(TimeSpan delay)
    {
        using var alarm = new CancellationTokenSource(delay);
        try
        {
            await _process.WaitForExitAsync(alarm.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            return true;
        }
    }

    /// <summary>
    /// SIGKILL after a while, or with its next line of progress where that comes first: a machine that has become faster since the while was measured
    /// must not let it run to its end. False if it ended by itself before.
    /// </summary>
    public async Task<bool> KillWithinALineAsync(TimeSpan delay)
    {
        using var alarm = new CancellationTokenSource(delay);
        try
        {
            if (await _process.StandardError.ReadLineAsync(alarm.Token) is not { } line) return false;
            _errors.AppendLine(line);
        }
        catch (OperationCanceledException)
        {
            // The while is over.
        }

        await KillAsync();
        return true;
    }

    private async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async Task<LoyaltyResult> EndAsync()
    {
        while (await ErrorLineAsync() is not null)
        {
            // Read to the end, so that the process never waits for a reader.
        }

        await _process.WaitForExitAsync();
        return new LoyaltyResult(_process.ExitCode, await _output, _errors.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}

/// <summary>How a verb ended.</summary>
internal sealed record LoyaltyResult(int ExitCode, string Output, string Errors);
