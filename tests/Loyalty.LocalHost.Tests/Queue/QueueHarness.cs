using System.Text;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Tests.Time;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using NodaTime;

namespace Loyalty.LocalHost.Tests.Queue;

/// <summary>A queue on a file of its own under a virtual clock, which can be closed or killed and opened again. Used with <c>await using</c>.</summary>
internal sealed class QueueHarness
{
    public static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 12, 0);

    private readonly DataFile _file = new();
    private readonly QueueDefinition _definition;
    private readonly QueueSettings _settings;
    private readonly ManualWallClock? _wall;
    private readonly TimeSpan? _busyTimeout;
    private Instant _resume = Start;

    private QueueHarness(QueueDefinition definition, QueueSettings settings, ManualWallClock? wall, TimeSpan? busyTimeout)
    {
        _busyTimeout = busyTimeout;
        _definition = definition;
        _settings = settings;
        _wall = wall;
    }

    public SqliteDatabase Database { get; private set; } = null!;

    public HostClock Clock { get; private set; } = null!;

    public LocalQueue Queue { get; private set; } = null!;

    /// <summary>What handlers threw.</summary>
    public List<Exception> Failures { get; } = [];

    public static async Task<QueueHarness> OpenAsync(
        Func<QueueDefinition, QueueDefinition>? define = null, Func<QueueSettings, QueueSettings>? set = null, ManualWallClock? wall = null,
        TimeSpan? busyTimeout = null)
    {
        var definition = new QueueDefinition("orders");
        var settings = new QueueSettings();
        var harness = new QueueHarness(define?.Invoke(definition) ?? definition, set?.Invoke(settings) ?? settings, wall, busyTimeout);
        await harness.OpenAgainAsync();
        return harness;
    }

    public static Instant At(double seconds) => Start + Duration.FromSeconds(seconds);

    public static QueueMessage Message(string body, string? id = null, string? session = null) =>
        new(Encoding.UTF8.GetBytes(body)) { MessageId = id, SessionId = session };

    public static string Text(QueueDelivery delivery) => Encoding.UTF8.GetString(delivery.Body.Span);

    /// <summary>Closes in good order and opens again.</summary>
    public async Task RestartAsync()
    {
        await CloseQueueAsync();
        await _file.CloseAsync();
        await OpenAgainAsync();
    }

    /// <summary>Opens again what was left by a killed owner.</summary>
    public async Task RestartAfterCrashAsync()
    {
        await CloseQueueAsync();
        await _file.CrashAsync();
        await OpenAgainAsync();
    }

    /// <summary>Starts a handler and lets everything happen that is due up to an instant (default: now).</summary>
    public async Task RunAsync(Func<QueueDelivery, Task> handler, Instant? until = null)
    {
        Queue.Start((delivery, _) => handler(delivery));
        await Clock.RunUntilAsync(until ?? Clock.Now);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseQueueAsync();
        await _file.DisposeAsync();
    }

    private async Task CloseQueueAsync()
    {
        await Queue.DisposeAsync();
        _resume = Clock.Now;
        Clock.Dispose();
    }

    private async Task OpenAgainAsync()
    {
        Database = await _file.OpenOwnedAsync(_busyTimeout);
        Clock = _wall is null ? HostClock.Virtual(_resume) : HostClock.Real(_wall);
        Queue = await LocalQueue.OpenAsync(Database, Clock, _file.Lease, _definition, _settings);
        Queue.Failed += (_, failed) =>
        {
            lock (Failures)
            {
                Failures.Add(failed.Failure);
            }
        };
        if (_wall is not null)
        {
            Clock.Start();
        }
    }
}
