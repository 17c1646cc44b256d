using System.CommandLine;
using Loyalty.Cli.CommandLine;
using Loyalty.Engine.Ports;
using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Cli.Demo;

/// <summary><c>loyalty demo</c>.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var customers = new Option<int>("--customers") { Description = "People in the shop, 1 to 100,000. Default 300.", DefaultValueFactory = _ => 300 };
        var days = new Option<int>("--days") { Description = "Virtual days to pass, 1 to 3,660. Default 120.", DefaultValueFactory = _ => 120 };
        var seed = new Option<long>("--seed") { Description = "The same seed makes the same shop. Default 1.", DefaultValueFactory = _ => 1 };
        var data = CommonOptions.Data("a fresh temporary file, whose path is printed");
        var keep = new Option<bool>("--keep") { Description = "Go on serving HTTP afterwards, until Ctrl+C." };
        var json = CommonOptions.Json();
        var command = new Command(
            "demo",
            "Runs a generated shop through the whole pipeline under virtual time: people sign up, browse, buy, come back, return goods and fall "
            + "silent; signed webhooks arrive over HTTP; journeys wait, react and send. Exit code 0 only if the books balance.\n\n"
            + "Example:  loyalty demo --customers 500 --days 180 --data shop.db   (again with the same file: it goes on where it stopped)")
        {
            customers, days, seed, data, keep, json,
        };
        command.SetAction((parsed, cancellation) => LoyaltyCommandLine.GuardAsync(() => new DemoRun(new DemoOptions
        {
            Customers = InRange(parsed.GetValue(customers), 1, 100_000, "--customers"),
            Days = InRange(parsed.GetValue(days), 1, 3_660, "--days"),
            Seed = parsed.GetValue(seed),
            DataFile = parsed.GetValue(data)?.FullName,
            Keep = parsed.GetValue(keep),
            Json = parsed.GetValue(json),
        }).RunAsync(cancellation)));
        return command;
    }

    private static int InRange(int value, int least, int most, string name) =>
        value >= least && value <= most ? value : throw new UsageException($"{name} {value}: expected {least:N0} to {most:N0}.");
}

/// <summary>What to show.</summary>
internal sealed record DemoOptions
{
    public required int Customers { get; init; }
    public required int Days { get; init; }
    public required long Seed { get; init; }

    /// <summary>null: a fresh temporary file.</summary>
    public string? DataFile { get; init; }
    public bool Keep { get; init; }
    public bool Json { get; init; }

    /// <summary>Tests only: has the last word on the program's services.</summary>
    public Action<IServiceCollection>? Override { get; init; }

    /// <summary>Tests only: something between the program and the outbox.</summary>
    public Func<IMessageChannel, IMessageChannel>? DecorateChannel { get; init; }

    /// <summary>Tests only: called when the host runs and before time passes; the answer is disposed before the host.</summary>
    public Func<ProgramHost, IDisposable?>? Begun { get; init; }

    /// <summary>Tests only: the durable engine's options.</summary>
    public DurableEngineOptions Durable { get; init; } = new();
}
