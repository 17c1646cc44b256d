using System.CommandLine;
using Loyalty.Cli.CommandLine;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.Cli.Hosting;

/// <summary><c>loyalty run</c>: the host.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var data = CommonOptions.Data("loyalty.db");
        var port = new Option<int>("--port") { Description = "Port of http://localhost. Default 7071; 0 takes a free one.", DefaultValueFactory = _ => 7071 };
        var isVirtual = new Option<bool>("--virtual") { Description = "Virtual time: the clock goes straight to the next moment with something to do." };
        var program = CommonOptions.Program();
        var set = CommonOptions.Set();
        var command = new Command(
            "run",
            "Runs the whole program on this machine: webhooks, queue, journeys, mails into an outbox folder. Settings come from the environment, "
            + "from local.settings.json (Values) and from --set.\n\n"
            + "Example:  loyalty run --data shop.db --set Connectors__Shopify__Secrets__0=hush --set Keys__Admin=$(openssl rand -hex 24)")
        {
            data, port, isVirtual, program, set,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(async () =>
        {
            var settings = CommonOptions.Settings(parsed.GetValue(set));
            var file = CommonOptions.Path(parsed.GetValue(data), settings);
            if (parsed.GetValue(program) is { } folder) settings["Program:Path"] = folder.FullName;
            await using var host = await ProgramHost.StartAsync(
                new ProgramHostOptions
                {
                    DataFile = file,
                    Port = InRange(parsed.GetValue(port)),
                    VirtualStart = parsed.GetValue(isVirtual) ? Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()) : null,
                    Settings = settings,
                    Logging = static logging => logging.AddSimpleConsole(console =>
                    {
                        console.SingleLine = true;
                        console.TimestampFormat = "yyyy-MM-dd HH:mm:ss ";
                    }).AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
                        // A start that failed is told in one sentence below; the framework's own stack trace would hide it.
                        .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical),
                },
                cancellation);
            host.Clock.Start();
            await Console.Error.WriteLineAsync(
                $"Serving {host.BaseAddress}api/  data {file}{(host.IsOwner ? "" : "  (standing by: another host has the file)")}  stop with Ctrl+C");
            return await UntilStoppedAsync(host, cancellation);
        }));
        return command;
    }

    private static int InRange(int port) =>
        port is >= 0 and <= 65_535 ? port : throw new UsageException($"--port {port}: expected 0 to 65535.");

    /// <summary>Ctrl+C ends it well; a host that cannot go on ends it with its reason.</summary>
    public static async Task<int> UntilStoppedAsync(ProgramHost host, CancellationToken cancellation)
    {
        try
        {
            await host.Failure.WaitAsync(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCodes.Done;
        }
        catch (Exception failure)
        {
            await Console.Error.WriteLineAsync($"The host stopped: {failure.Message}");
            return ExitCodes.Infrastructure;
        }

        return ExitCodes.Done;
    }
}
