using Azure.Messaging.ServiceBus;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Programs;
using Loyalty.Functions;
using Loyalty.Functions.Journeys;
using Loyalty.Functions.Settings;
using Loyalty.LocalHost.Hosting;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>
/// The program's use cases on a file without running it: nothing is listened to, nothing fires, nothing is sent. What it commits is found by the
/// host that owns the file, now or later.
/// </summary>
public sealed class ProgramReader : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly SqliteDatabase _database;
    private readonly HostClock _clock;

    private ProgramReader(ServiceProvider services, SqliteDatabase database, HostClock clock)
    {
        _services = services;
        _database = database;
        _clock = clock;
    }

    /// <summary>The program's services.</summary>
    public IServiceProvider Services => _services;

    /// <summary>The file's own moment if it lives in virtual time, else null.</summary>
    public Instant? VirtualNow { get; private init; }

    /// <summary>Dead letters of a queue as they lie in the file, the oldest first.</summary>
    public IReadOnlyList<Queue.DeadLetter> DeadLetters(string queue, int limit = 100, long after = 0) => Queue.DeadLetters.List(_database, queue, limit, after);

    /// <summary>Opens a file; one that lives in virtual time is read at its own moment.</summary>
    /// <exception cref="HostStartException">The file cannot be opened.</exception>
    public static ProgramReader Open(string dataFile, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var database = FunctionHost.OpenDatabase(dataFile);
        var virtualNow = VirtualClockRow.Read(database);
        var clock = virtualNow is { } now ? HostClock.Virtual(now) : HostClock.Real();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IClock>(clock);
        services.AddSingleton<ServiceBusClient>(_ => new LocalServiceBusClient());
        // Looking into a file must not publish whatever folder happens to lie here.
        services.AddSingleton(new ProgramOpening(Publishes: false));
        var worker = new LocalWorkerBuilder(services);
        worker.AddProgram(database, clock, ProgramSettings.Build(settings ?? new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)));
        services.Replace(ServiceDescriptor.Scoped<IRunHands, LeftToTheSweep>());
        return new ProgramReader(services.BuildServiceProvider(), database, clock) { VirtualNow = virtualNow };
    }

    /// <summary>Loads the program that the settings name, without a file.</summary>
    /// <exception cref="SettingsException">There is no such folder.</exception>
    /// <exception cref="ProgramException">It has errors.</exception>
    public static LoyaltyProgram LoadProgram(IReadOnlyDictionary<string, string?> settings) =>
        Composition.LoadProgram(LoyaltySettings.Read(ProgramSettings.Build(settings)).ProgramPath);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _database.DisposeAsync();
        _clock.Dispose();
    }
}
