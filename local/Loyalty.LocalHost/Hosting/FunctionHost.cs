using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Loyalty.Engine.Storage;
using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Loyalty.LocalHost.Hosting;

/// <summary>
/// Runs a function app on one machine and one SQLite file: HTTP on Kestrel, queues, timers and orchestrations. A host
/// that finds the file owned by
/// another serves HTTP, stands by, and takes over when the file is free.
/// </summary>
public sealed partial class FunctionHost : IAsyncDisposable
{
    private readonly FunctionHostOptions _options;
    private readonly WebApplication _web;
    private readonly FunctionCatalog _catalog;
    private readonly HostJson _hostJson;
    private readonly LocalServiceBusClient _bus;
    private readonly DurableEngine _engine;
    private readonly HostDurableClock _durableClock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _owns = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<LocalQueue> _queues = [];
    private readonly List<TimerFunction> _timers = [];
    private readonly List<IDisposable> _registrations = [];
    private FunctionInvoker _invoker = null!;
    private HttpFunctions _http = null!;
    private OwnerLease? _lease;
    private Task _standby = Task.CompletedTask;
    private int _stopped;

    private FunctionHost(
        FunctionHostOptions options,
        FunctionCatalog catalog,
        HostJson hostJson,
        SqliteDatabase database,
        HostClock clock,
        OwnerLease? lease)
    {
        _options = options;
        _catalog = catalog;
        _hostJson = hostJson;
        _lease = lease;
        Database = database;
        Clock = clock;
        _bus = new LocalServiceBusClient();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        if (options.Configuration is { } configuration) builder.Configuration.AddConfiguration(configuration);
        if (options.InProcess) builder.Services.AddSingleton<IServer, InProcessServer>();
        else UseKestrel(builder.WebHost, options);
        builder.Services.AddRoutingCore();
        builder.Services.AddMvcCore();
        builder.Services.AddLogging(logging => options.Logging?.Invoke(logging));
        builder.Services.Configure<JsonSerializerOptions>(json => json.PropertyNameCaseInsensitive = true);
        builder.Services.AddSingleton(clock).AddSingleton<IClock>(clock).AddSingleton(database).AddSingleton(catalog);
        builder.Services.AddSingleton<ServiceBusClient>(_bus);
        builder.Services.AddSingleton<DurableTaskClient>(_ => Durable!);
        var worker = new LocalWorkerBuilder(builder.Services);
        options.Compose?.Invoke(worker, new FunctionHostParts(database, clock, builder.Configuration));
        _web = builder.Build();
        _logger = _web.Services.GetRequiredService<ILoggerFactory>().CreateLogger<FunctionHost>();
        _durableClock = new HostDurableClock(clock);
        var functions = DurableFunctionBinding.Register(catalog, () => _invoker);
        _engine = new DurableEngine(database, functions, _durableClock, options.Durable with
        {
            PayloadJson = _web.Services.GetRequiredService<IOptions<JsonSerializerOptions>>().Value,
            LoggerFactory = _web.Services.GetRequiredService<ILoggerFactory>(),
        });
        Durable = new LocalDurableTaskClient(_engine);
        _invoker = new FunctionInvoker(_web.Services, Durable, worker.Middleware, catalog);
        _http = new HttpFunctions(_invoker, clock, new JsonSerializerOptions(JsonSerializerDefaults.Web), _logger);
        HttpProblems.Use(_web);
        HttpFunctions.Map(_web, catalog, hostJson.RoutePrefix, () => _http);
    }

    /// <summary>Sends HTTP to a host that serves this process only.</summary>
    /// <exception cref="InvalidOperationException">The host serves on a port.</exception>
    public HttpMessageHandler CreateHandler() => _web.Services.GetRequiredService<IServer>() is InProcessServer server
        ? server.CreateHandler()
        : throw new InvalidOperationException("This host serves on a port, see BaseAddress.");

    /// <summary>The ownership; null while this host does not own the file.</summary>
    public OwnerLease? Lease => _lease;

    /// <summary>Where HTTP is served, e.g. <c>http://127.0.0.1:7071/</c>.</summary>
    public Uri BaseAddress { get; private set; } = null!;

    /// <summary>The app's services.</summary>
    public IServiceProvider Services => _web.Services;

    /// <summary>The host's clock.</summary>
    public HostClock Clock { get; }

    /// <summary>The file.</summary>
    public SqliteDatabase Database { get; }

    /// <summary>The durable client functions get.</summary>
    public DurableTaskClient Durable { get; }

    /// <summary>The open queues; empty while the host stands by.</summary>
    public IReadOnlyList<LocalQueue> Queues => _queues;

    /// <summary>True if queues, timers and orchestrations run here.</summary>
    public bool IsOwner => _owns.Task.IsCompletedSuccessfully;

    /// <summary>Completes when this host owns the file and everything runs here.</summary>
    public Task WhenOwner => _owns.Task;

    /// <summary>Faults when the host cannot go on (the file was taken over, nothing can be stored); completes when it
    /// stops.</summary>
    public Task Failure => _failed.Task;

    /// <summary>Starts a host.</summary>
    /// <exception cref="HostStartException">It cannot start; the message says why and what to do.</exception>
    public static async Task<FunctionHost> StartAsync(
        FunctionHostOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var catalog = FunctionCatalog.Discover(
            options.Assemblies.SelectMany(assembly => assembly.GetTypes()).Concat(options.Types));
        var hostJson = HostJson.Read(options.HostJsonPath);
        RouteTable.Check(catalog, hostJson.RoutePrefix);
        var database = OpenDatabase(options.DataFile, options.SurvivesPowerCut, options.ReadOnly);
        FunctionHost? host = null;
        try
        {
            if (options.InProcess)
            {
                var itsClock = VirtualClockRow.Read(database) is { } now ? HostClock.Virtual(now) : HostClock.Real();
                host = new FunctionHost(options, catalog, hostJson, database, itsClock, lease: null);
                await host.ListenAsync(cancellation);
                return host;
            }

            var answer = await database.TryAcquireOwnershipAsync($"loyalty host, port {options.Port}", cancellation);
            var lease = (answer as OwnershipAnswer.Acquired)?.Lease;
            var clock = await OpenClockAsync(options, database, answer);
            await DurableEngine.EnsureSchemaAsync(database);
            host = new FunctionHost(options, catalog, hostJson, database, clock, lease);
            await host.ListenAsync(cancellation);
            if (lease is not null) await host.BeginAsync(lease);
            else host.StandBy(((OwnershipAnswer.Held)answer).By);
            HostLog.Started(
                host._logger,
                catalog.Functions.Count,
                host.BaseAddress,
                options.DataFile,
                lease is null ? "standing by" : "owner");
            return host;
        }
        catch
        {
            if (host is not null) await host.DisposeAsync();
            else await database.DisposeAsync();
            throw;
        }
    }

    internal static SqliteDatabase OpenDatabase(string file, bool survivesPowerCut = true, bool readOnly = false)
    {
        try
        {
            return SqliteDatabase.Open(new SqliteDatabaseOptions(file) { SurvivesPowerCut = survivesPowerCut, ReadOnly = readOnly });
        }
        catch (SqliteFileException exception)
        {
            throw new HostStartException($"{exception.Message} Give another file with --data.", exception);
        }
        catch (Exception exception) when (
            exception is StoreUnavailableException or IOException or UnauthorizedAccessException)
        {
            throw new HostStartException(
                $"The file '{file}' cannot be opened: {exception.Message} Check its folder, its rights and who else "
                    + $"uses it.",
                exception);
        }
    }

    private static void UseKestrel(IWebHostBuilder web, FunctionHostOptions options)
    {
        web.UseKestrelCore();
        web.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            if (options.AnyAddress) kestrel.ListenAnyIP(options.Port);
            else kestrel.Listen(System.Net.IPAddress.Loopback, options.Port);
        });
    }

    /// <summary>A file belongs to real or to virtual time for good: mixed, its moments would mean nothing.</summary>
    private static void CheckTime(FunctionHostOptions options, SqliteDatabase database)
    {
        var virtualNow = VirtualClockRow.Read(database);
        if (!options.Virtual && virtualNow is { } now)
        {
            throw new HostStartException(
                $"The file '{options.DataFile}' lives in virtual time ({now}). Run it with --virtual, or give another file with --data.");
        }

        if (options.Virtual && virtualNow is null && HasDocuments(database))
        {
            throw new HostStartException(
                $"The file '{options.DataFile}' lives in real time and has data in it; virtual time needs a file of its own. Give another file with --data.");
        }
    }

    private static bool HasDocuments(SqliteDatabase database) => database.Read(static session =>
        session.QueryInt64("SELECT count(*) FROM sqlite_schema WHERE name = 'documents'") != 0
        && session.QueryInt64("SELECT EXISTS(SELECT 1 FROM documents)") != 0);

    private static async Task<HostClock> OpenClockAsync(
        FunctionHostOptions options, SqliteDatabase database, OwnershipAnswer answer)
    {
        CheckTime(options, database);
        if (!options.Virtual) return HostClock.Real();
        if (answer is OwnershipAnswer.Held held)
            throw new HostStartException($"The file '{options.DataFile}' is {held.By}; virtual time needs a file of "
                + $"its own. Stop that host or give another file.");
        return await VirtualClockRow.OpenAsync(database, options.VirtualStart);
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        try
        {
            await _web.StartAsync(cancellation);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            throw new HostStartException(
                $"Port {_options.Port} is in use. Stop what listens there, or give another with --port (0: any free "
                    + $"one).",
                exception);
        }

        var address =
            _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        const string Here = "127.0.0.1";
        address = address
            .Replace("0.0.0.0", Here, StringComparison.Ordinal)
            .Replace("[::]", Here, StringComparison.Ordinal);
        BaseAddress = new Uri(address + "/");
    }
}
