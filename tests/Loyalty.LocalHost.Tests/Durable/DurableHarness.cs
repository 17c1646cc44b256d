using Loyalty.LocalHost.Durable;
using Loyalty.Storage.Sqlite;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Loyalty.LocalHost.Tests.Durable;

/// <summary>An engine on a file of its own under virtual time; can be closed, or left as a crash leaves it, and opened
/// again.</summary>
internal sealed class DurableHarness : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("durable-").FullName;
    private readonly DurableFunctions _functions;
    private readonly DurableEngineOptions _options;
    private OwnerLease? _lease;

    private DurableHarness(DurableFunctions functions, DurableEngineOptions options)
    {
        _functions = functions;
        _options = options;
    }

    /// <summary>How long a write waits for somebody else's lock; null: the default. Holds from the next opening on.</summary>
    public TimeSpan? BusyTimeout { get; set; }

    public VirtualClock Clock { get; private set; } = new();

    public SqliteDatabase Database { get; private set; } = null!;

    public DurableEngine Engine { get; private set; } = null!;

    public DurableTaskClient Client { get; private set; } = null!;

    public static async Task<DurableHarness> StartAsync(
        Action<DurableFunctions> register, DurableEngineOptions? options = null)
    {
        var functions = new DurableFunctions();
        register(functions);
        var harness = new DurableHarness(functions, options ?? new DurableEngineOptions());
        await harness.OpenAsync(harness._options);
        return harness;
    }

    public async Task OpenAsync(DurableEngineOptions? options = null)
    {
        var file = new SqliteDatabaseOptions(Path.Combine(_folder, "test.db"));
        Database = SqliteDatabase.Open(file with { BusyTimeout = BusyTimeout ?? file.BusyTimeout });
        var answer = Assert.IsType<OwnershipAnswer.Acquired>(await Database.TryAcquireOwnershipAsync("test"));
        _lease = answer.Lease;
        var now = Clock.UtcTicks;
        Clock = new VirtualClock();
        Clock.MoveTo(now);
        Engine = new DurableEngine(Database, _functions, Clock, options ?? _options);
        Client = new LocalDurableTaskClient(Engine);
        await Engine.StartAsync();
    }

    /// <summary>Closes engine and file; what was added to the file before is in it.</summary>
    public async Task CloseAsync()
    {
        await Engine.StopAsync(TimeSpan.Zero);
        await Database.DisposeAsync();
    }

    public async Task ReopenAsync(DurableEngineOptions? options = null)
    {
        await CloseAsync();
        await OpenAsync(options);
    }

    public Task<string> StartAsync(
        TaskName orchestrator, object? input = null, string? id = null, DateTime? at = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(
            orchestrator,
            input,
            new StartOrchestrationOptions(id, at is { } utc ? new DateTimeOffset(utc, TimeSpan.Zero) : null));

    public async Task<OrchestrationMetadata> GetAsync(string id) =>
        (await Client.GetInstanceAsync(id, getInputsAndOutputs: true))!;

    /// <summary>Lets everything run, jumping from timer to timer, until nothing can go on without a client; at most
    /// until an instant.</summary>
    public async Task RunAsync(DateTime? until = null)
    {
        while (true)
        {
            await Engine.WhenQuietAsync();
            if (Engine.Ended.IsCompleted) return;
            if (Engine.NextTimer is not { } next || next > (until ?? DateTime.MaxValue).Ticks)
            {
                if (until is { } end) Clock.MoveTo(end.Ticks);
                return;
            }

            Clock.MoveTo(next);
            Engine.FireTimers();
        }
    }

    /// <summary>Runs an orchestration to its end.</summary>
    public async Task<OrchestrationMetadata> RunToEndAsync(
        TaskName orchestrator, object? input = null, string? id = null)
    {
        id = await StartAsync(orchestrator, input, id);
        await RunAsync();
        return await GetAsync(id);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
