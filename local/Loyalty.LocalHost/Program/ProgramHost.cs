using Loyalty.Functions;
using Loyalty.Functions.Access;
using Loyalty.LocalHost.Hosting;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Loyalty.Storage.Sqlite.Documents;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>The whole program on this machine: the function classes of the deployed build on one SQLite file.</summary>
public sealed class ProgramHost : IAsyncDisposable
{
    private readonly FunctionHost _host;
    private readonly string _dataFile;
    private readonly string _key;
    private readonly Task _word;
    private HostSpot? _spot;

    private ProgramHost(FunctionHost host, string dataFile, string key)
    {
        _host = host;
        _dataFile = dataFile;
        _key = key;
        if (host.IsOwner) LeaveWord();
        _word = host.IsOwner ? Task.CompletedTask : host.WhenOwner.ContinueWith(
            _ => LeaveWord(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
    }

    /// <summary>Where HTTP is served.</summary>
    public Uri BaseAddress => _host.BaseAddress;

    /// <summary>The program's services.</summary>
    public IServiceProvider Services => _host.Services;

    /// <summary>The host's clock.</summary>
    public HostClock Clock => _host.Clock;

    /// <summary>The durable engine's client.</summary>
    public DurableTaskClient Durable => _host.Durable;

    /// <summary>The queues, for operators and benchmarks.</summary>
    public IReadOnlyList<LocalQueue> Queues => _host.Queues;

    /// <summary>Faults when the host cannot go on; completes when it stops.</summary>
    public Task Failure => _host.Failure;

    /// <summary>False while another host has the file: this one serves HTTP and stands by.</summary>
    public bool IsOwner => _host.IsOwner;

    /// <summary>Starts the program.</summary>
    /// <exception cref="HostStartException">It cannot start; the message says why and what to do.</exception>
    /// <exception cref="Functions.Settings.SettingsException">Settings are missing or malformed.</exception>
    /// <exception cref="Engine.Programs.ProgramException">The program's files have errors.</exception>
    public static async Task<ProgramHost> StartAsync(ProgramHostOptions options, CancellationToken cancellation = default)
    {
        var configuration = ProgramSettings.Build(options.Settings);
        LocalSettings.Check(configuration);
        // A start that cannot succeed leaves no empty file behind.
        if (!File.Exists(options.DataFile)) ProgramReader.LoadProgram(options.Settings);
        var key = HostSpot.NewKey();
        var host = await FunctionHost.StartAsync(
            new FunctionHostOptions
            {
                DataFile = options.DataFile,
                SurvivesPowerCut = options.SurvivesPowerCut,
                Assemblies = [typeof(Composition).Assembly],
                Port = options.Port,
                Virtual = options.VirtualStart is not null,
                VirtualStart = options.VirtualStart ?? Instant.FromUtc(2026, 1, 1, 0, 0),
                RunClock = options.RunClock,
                HostJsonPath = Path.Combine(AppContext.BaseDirectory, "host.json"),
                Configuration = configuration,
                Durable = options.Durable,
                Logging = options.Logging,
                MomentSources = static services =>
                [
                    new ExpiryPurge(services.GetRequiredService<SqliteDatabase>(), services.GetRequiredService<SqliteDocumentStore>(), services.GetRequiredService<HostClock>()),
                ],
                Compose = (worker, parts) =>
                {
                    worker.Services.AddSingleton(new HostKey(key));
                    worker.AddProgram(parts.Database, parts.Clock, parts.Configuration, options.SurvivesPowerCut, options.DecorateChannel);
                    worker.Services.AddSingleton<IIdleHint, SweepHint>();
                    worker.Services.AddSingleton<IIdleHint, WooReconcileHint>();
                    worker.Services.AddSingleton<IIdleHint, RetentionHint>();
                    options.Override?.Invoke(worker.Services);
                },
            },
            cancellation);
        return new ProgramHost(host, options.DataFile, key);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_word.IsCompleted) _spot?.Remove(_dataFile);
        await _host.DisposeAsync();
    }

    /// <summary>Tells the command line where the file's host is. A folder that takes no file keeps it from nothing else.</summary>
    private void LeaveWord()
    {
        try
        {
            var spot = new HostSpot(_host.BaseAddress, _key, _host.Lease!.Token);
            spot.Write(_dataFile);
            _spot = spot;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            HostLog.NoWord(_host.Services.GetRequiredService<ILoggerFactory>().CreateLogger<ProgramHost>(), refused.Message);
        }
    }
}
