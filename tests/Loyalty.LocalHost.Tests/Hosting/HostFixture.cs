using Loyalty.LocalHost.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NodaTime;

namespace Loyalty.LocalHost.Tests.Hosting;

/// <summary>A host with sample functions on a file of its own.</summary>
internal sealed class HostFixture : IAsyncDisposable
{
    public static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 9, 0);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("host-");

    public Journal Journal { get; } = new();

    public FunctionHost Host { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public string File => Path.Combine(_folder.FullName, "host.db");

    public static async Task<HostFixture> StartAsync(
        Func<FunctionHostOptions, FunctionHostOptions>? change = null, params Type[] types)
    {
        var fixture = new HostFixture();
        await fixture.OpenAsync(change, types);
        return fixture;
    }

    public async Task OpenAsync(Func<FunctionHostOptions, FunctionHostOptions>? change, params Type[] types)
    {
        Host = await StartHostAsync(change, types);
        Http = new HttpClient { BaseAddress = Host.BaseAddress };
    }

    public Task<FunctionHost> StartHostAsync(
        Func<FunctionHostOptions, FunctionHostOptions>? change, params Type[] types)
    {
        var options = new FunctionHostOptions
        {
            DataFile = File,
            Port = 0,
            Types = types,
            Virtual = true,
            VirtualStart = Start,
            RunClock = false,
            Configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Queues:Ordered"] = "ordered",
                ["Schedule"] = "0 30 * * * *",
            }).Build(),
            Compose = (builder, _) =>
            {
                builder.Services.AddSingleton(Journal);
                builder.UseMiddleware<JournalMiddleware>();
            },
        };
        return FunctionHost.StartAsync(change?.Invoke(options) ?? options);
    }

    public async Task CloseAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Delete(recursive: true);
    }
}
