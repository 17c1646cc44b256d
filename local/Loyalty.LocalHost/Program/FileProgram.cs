using System.Net.Http.Headers;
using Loyalty.Engine.Ports;
using Loyalty.Functions;
using Loyalty.Functions.Access;
using Loyalty.Functions.Journeys;
using Loyalty.LocalHost.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Loyalty.LocalHost.Program;

/// <summary>
/// The program's HTTP interface on a file, for this process alone: the same routes as a host's, without a port. Nothing runs: no queue, no timer, no
/// orchestration; what a request commits is found by the host that owns the file, now or later.
/// </summary>
public sealed class FileProgram : IAsyncDisposable
{
    private readonly FunctionHost _host;
    private readonly string _key;

    private FileProgram(FunctionHost host, string key) => (_host, _key) = (host, key);

    /// <summary>The program's services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>Opens a file; one that lives in virtual time stands at its own moment.</summary>
    /// <param name="dataFile">An existing data file.</param>
    /// <param name="readOnly">True: nothing is written, and the file may lie where nothing can be.</param>
    /// <param name="settings">Over those of the environment and local.settings.json; <c>:</c> separates.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="HostStartException">The file cannot be opened.</exception>
    public static async Task<FileProgram> OpenAsync(
        string dataFile, bool readOnly, IReadOnlyDictionary<string, string?>? settings = null, CancellationToken cancellation = default)
    {
        var key = HostSpot.NewKey();
        var host = await FunctionHost.StartAsync(
            new FunctionHostOptions
            {
                DataFile = dataFile,
                InProcess = true,
                ReadOnly = readOnly,
                Assemblies = [typeof(Composition).Assembly],
                HostJsonPath = Path.Combine(AppContext.BaseDirectory, "host.json"),
                Configuration = ProgramSettings.Build(settings ?? new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)),
                Compose = (worker, parts) =>
                {
                    worker.Services.AddSingleton(new HostKey(key));
                    // Asking a file must not publish whatever folder happens to lie here.
                    worker.Services.AddSingleton(new ProgramOpening(Publishes: false));
                    worker.AddProgram(parts.Database, parts.Clock, parts.Configuration);
                    worker.Services.Replace(ServiceDescriptor.Scoped<IRunHands, LeftToTheSweep>());
                },
            },
            cancellation);
        return new FileProgram(host, key);
    }

    /// <summary>A client that may do everything.</summary>
    public HttpClient CreateClient()
    {
        var http = new HttpClient(_host.CreateHandler()) { BaseAddress = _host.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        return http;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _host.DisposeAsync();
}

/// <summary>There is no durable engine here: a run's <c>wakeAt</c> brings it to the owner's next sweep.</summary>
internal sealed class LeftToTheSweep : IRunHands
{
    public Task StartAsync(RunReference run, CancellationToken cancellation = default) => Task.CompletedTask;

    public Task PokeAsync(RunReference run, CancellationToken cancellation = default) => Task.CompletedTask;
}
