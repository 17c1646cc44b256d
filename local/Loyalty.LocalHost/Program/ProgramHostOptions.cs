using Loyalty.Engine.Ports;
using Loyalty.LocalHost.Durable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>What a <see cref="ProgramHost"/> is made of.</summary>
public sealed record ProgramHostOptions
{
    /// <summary>The SQLite file; made if it is not there.</summary>
    public required string DataFile { get; init; }

    /// <summary>0, the default: any free port.</summary>
    public int Port { get; init; }

    /// <summary>Virtual time, and where it begins in a new file; null: real time.</summary>
    public Instant? VirtualStart { get; init; }

    /// <summary>Settings over those of the environment and local.settings.json; <c>:</c> separates.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>False: data and mails survive the end of the process, however sudden, not a power cut; for demos. Default true.</summary>
    public bool SurvivesPowerCut { get; init; } = true;

    /// <summary>Something around the outbox, e.g. people who read their mail.</summary>
    public Func<IMessageChannel, IMessageChannel>? DecorateChannel { get; init; }

    /// <summary>Has the last word on the program's services, after the composition; for tests.</summary>
    public Action<IServiceCollection>? Override { get; init; }

    /// <summary>The durable engine's options. Its payload options and loggers are the host's.</summary>
    public DurableEngineOptions Durable { get; init; } = new();

    /// <summary>Where to log; null: nowhere.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>Lets the clock run at once. Default false: the caller moves or starts it.</summary>
    public bool RunClock { get; init; }
}
