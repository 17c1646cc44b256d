using System.Diagnostics;
using Loyalty.Cli.CommandLine;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Queries;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Program;
using Loyalty.Simulation.Shop;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Spectre.Console;

namespace Loyalty.Cli.Demo;

/// <summary>The demo: host, shop, virtual days, tables.</summary>
internal sealed class DemoRun(DemoOptions options)
{
    private readonly ShopOptions _shop = new()
    {
        Customers = options.Customers,
        Days = options.Days,
        Seed = options.Seed,
        Currency = "USD",
    };

    private string _file = "";
    private string _outbox = "";

    /// <summary>Plays the demo and prints what happened.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        return await PlayAsync(
            async (host, source) =>
            {
                if (source.Failure is { } failure)
                {
                    await Console.Error.WriteLineAsync($"The demo stopped: {failure}");
                    return ExitCodes.Infrastructure;
                }

                var report = await host.Services.GetRequiredService<ReportQueries>().ReadAsync(cancellation);
                if (options.Json) await Console.Out.WriteLineAsync(System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(report)));
                else DemoTables.Print(report, host.Clock.Now, _file, _outbox);
                await Console.Error.WriteLineAsync($"{source.Sent.Values.Sum():N0} webhooks sent in {watch.Elapsed.TotalSeconds:0.0} s.");
                if (options.Keep) await KeepAsync(host, cancellation);
                return report.Points.Findings.IsEmpty ? ExitCodes.Done : ExitCodes.Refused;
            },
            cancellation);
    }

    /// <summary>Plays the demo up to its last day, then looks at what there is while the host still runs.</summary>
    public async Task<T> PlayAsync<T>(Func<ProgramHost, DeliverySource, Task<T>> look, CancellationToken cancellation)
    {
        _file = options.DataFile ?? Path.Combine(Directory.CreateTempSubdirectory("loyalty-demo-").FullName, "demo.db");
        _outbox = OutboxOf(_file);
        DeliverySource? source = null;
        await using var host = await ProgramHost.StartAsync(
            new ProgramHostOptions
            {
                DataFile = _file,
                VirtualStart = _shop.Start,
                Settings = Settings(_outbox),
                SurvivesPowerCut = false,
                DecorateChannel = channel => new WatchedOutbox(options.DecorateChannel?.Invoke(channel) ?? channel, mail => source?.Read(mail)),
                Override = options.Override,
                Durable = options.Durable,
            },
            cancellation);
        await DemoShop.ClaimAsync(host.Services.GetRequiredService<IDocumentStore>(), _shop, _file, cancellation);
        using var http = new HttpClient { BaseAddress = host.BaseAddress };
        using var deliveries = source = new DeliverySource(host.Clock, http, _shop);
        foreach (var mail in SentMail.In(_outbox)) source.Read(mail);
        using var registration = host.Clock.RegisterFirst(source);
        using var begun = options.Begun?.Invoke(host);
        await Console.Error.WriteLineAsync($"A shop of {_shop.Customers:N0} people, {_shop.Days:N0} virtual days, seed {_shop.Seed}. Data: {_file}");
        await PassAsync(host, source, cancellation);
        return await look(host, source);
    }

    /// <summary>Where the mails of a data file's demo go.</summary>
    public static string OutboxOf(string file) =>
        Path.Combine(Path.GetDirectoryName(file)!, Path.GetFileNameWithoutExtension(file) + "-outbox");

    private Dictionary<string, string?> Settings(string outbox) => new(StringComparer.OrdinalIgnoreCase)
    {
        ["Mail"] = "outbox:" + outbox,
        ["Connectors:Shopify:Secrets:0"] = _shop.ShopifySecret,
        ["Connectors:Standard:Secrets:0"] = _shop.StandardSecret,
        ["Keys:Admin"] = DemoKey,
    };

    /// <summary>The demo's admin key; a real installation sets its own.</summary>
    private const string DemoKey = "demo-admin-key-0001";

    private async Task PassAsync(ProgramHost host, DeliverySource source, CancellationToken cancellation)
    {
        if (Console.IsErrorRedirected)
        {
            var step = Math.Max(1, _shop.Days / 40);
            await DaysAsync(
                host,
                source,
                day => day % step == 0 ? Console.Error.WriteLineAsync($"day {day} of {_shop.Days}") : Task.CompletedTask,
                cancellation);
            return;
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await console.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).StartAsync(async context =>
        {
            var task = context.AddTask("virtual days", maxValue: _shop.Days);
            await DaysAsync(
                host,
                source,
                day =>
                {
                    task.Value = day;
                    return Task.CompletedTask;
                },
                cancellation);
        });
    }

    /// <summary>A day at a time, so that the bar moves and a failure stops it. Days that a resumed file has behind it are not told.</summary>
    private async Task DaysAsync(ProgramHost host, DeliverySource source, Func<int, Task> passed, CancellationToken cancellation)
    {
        for (var day = 1; day <= _shop.Days; day++)
        {
            var until = _shop.Start + Duration.FromDays(day);
            if (until < host.Clock.Now) continue;
            await host.Clock.RunUntilAsync(until, cancellation);
            if (source.Failure is not null) return;
            await passed(day);
        }
    }

    private static async Task KeepAsync(ProgramHost host, CancellationToken cancellation)
    {
        await Console.Error.WriteLineAsync($"Serving {host.BaseAddress}api/ with the key {DemoKey}; virtual time stands. Stop with Ctrl+C.");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Ctrl+C is how it ends.
        }
    }
}
