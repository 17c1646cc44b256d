using System.Reflection;
using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.LocalHost.Hosting;

/// <summary>What a <see cref="FunctionHost"/> is made of.</summary>
public sealed record FunctionHostOptions
{
    /// <summary>The Functions host's port.</summary>
    public const int DefaultPort = 7071;

    /// <summary>
    /// True: answers HTTP to this process only (<see cref="FunctionHost.CreateHandler"/>), and never becomes the file's owner: no queue, no timer, no
    /// orchestration runs. Default false.
    /// </summary>
    public bool InProcess { get; init; }

    /// <summary>The file is only read; needs <see cref="InProcess"/>. Default false.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The SQLite file; made if it is not there.</summary>
    public required string DataFile { get; init; }

    /// <summary>False: what was acknowledged survives the end of the process, not a power cut. Default true.</summary>
    public bool SurvivesPowerCut { get; init; } = true;

    /// <summary>Where the functions are. Default: none.</summary>
    public IReadOnlyList<Assembly> Assemblies { get; init; } = [];

    /// <summary>Further classes with functions. Default: none.</summary>
    public IReadOnlyList<Type> Types { get; init; } = [];

    /// <summary>Adds services and middleware; the host's own (clock, Service Bus client, durable client, database) are
    /// registered already.</summary>
    public Action<IFunctionsWorkerApplicationBuilder, FunctionHostParts>? Compose { get; init; }

    /// <summary>0: any free port, see <see cref="FunctionHost.BaseAddress"/>. Default 7071, on the loopback address
    /// only.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Listens on every address instead of the loopback address only. Default false.</summary>
    public bool AnyAddress { get; init; }

    /// <summary>Virtual time: it jumps to the next moment when nothing is under way. Default false.</summary>
    public bool Virtual { get; init; }

    /// <summary>Where virtual time begins in a new file. Default: 2026-01-01T00:00:00Z.</summary>
    public Instant VirtualStart { get; init; } = Instant.FromUtc(2026, 1, 1, 0, 0);

    /// <summary>Lets the clock run at once. False: the caller moves it by <see cref="HostClock.RunUntilAsync"/>.
    /// Default true.</summary>
    public bool RunClock { get; init; } = true;

    /// <summary>The <c>host.json</c> that is read; null: its defaults.</summary>
    public string? HostJsonPath { get; init; }

    /// <summary>Settings; null: none.</summary>
    public IConfiguration? Configuration { get; init; }

    /// <summary>Queues beyond those that triggers name, or other definitions for those.</summary>
    public IReadOnlyList<QueueDefinition> Queues { get; init; } = [];

    /// <summary>Further sources of moments, e.g. load generators; made when the host owns the file.</summary>
    public Func<IServiceProvider, IEnumerable<IMomentSource>>? MomentSources { get; init; }

    /// <summary>The durable engine's options. Its payload options and loggers are the host's.</summary>
    public DurableEngineOptions Durable { get; init; } = new();

    /// <summary>Where to log; null: nowhere.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>How long <see cref="FunctionHost.StopAsync"/> waits for what is under way. Default 10 s.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a host that stands by looks whether the file has become free. Default 1 s.</summary>
    public TimeSpan StandbyPoll { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>What a composition can build on.</summary>
/// <param name="Database">The file.</param>
/// <param name="Clock">The host's clock.</param>
/// <param name="Configuration">The settings.</param>
public sealed record FunctionHostParts(SqliteDatabase Database, HostClock Clock, IConfiguration Configuration);
