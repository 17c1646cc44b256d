using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Loyalty.LocalHost.Durable;

/// <summary>What happens to an event raised by a client for an instance that does not exist or has ended; backends
/// differ in it.</summary>
public enum MissingInstanceEvents
{
    /// <summary>The event is lost silently.</summary>
    Drop,

    /// <summary>The caller gets an <see cref="InvalidOperationException"/>.</summary>
    Throw,
}

/// <summary>How a <see cref="DurableEngine"/> works.</summary>
public sealed record DurableEngineOptions
{
    /// <summary>Largest payload in UTF-8 bytes: 8 KB, everywhere.</summary>
    public const int PayloadBytes = 8 * 1024;

    /// <summary>Activities that run at the same time. Default 64; at least 1.</summary>
    public int MaxConcurrentActivities { get; init; } = 64;

    /// <summary>Orchestrators that run at the same time. Default: twice the processors; at least 1.</summary>
    public int MaxConcurrentTurns { get; init; } = 2 * Environment.ProcessorCount;

    /// <summary>Waiting orchestrators kept in memory; others are replayed from their history when woken. Default
    /// 10,000; 0 replays always.</summary>
    public int MaxHotInstances { get; init; } = 10_000;

    /// <summary>Default <see cref="MissingInstanceEvents.Drop"/>.</summary>
    public MissingInstanceEvents MissingInstanceEvents { get; init; } = MissingInstanceEvents.Drop;

    /// <summary>How payloads are written. Default: the worker's, which is System.Text.Json with property names compared
    /// without case.</summary>
    public JsonSerializerOptions PayloadJson { get; init; } = DefaultPayloadJson;

    /// <summary>By what the engine waits while the file takes no writes; never virtual. Default: the system's.</summary>
    public TimeProvider WallClock { get; init; } = TimeProvider.System;

    /// <summary>Where orchestrators and the engine log. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Tests only: told of every persistence point; may stop the engine there as a crash would.</summary>
    public IPersistenceObserver? PersistenceObserver { get; init; }

    /// <summary>Tests only: told of every history row as it is appended.</summary>
    public IHistoryObserver? HistoryObserver { get; init; }

    /// <summary>The worker's default serializer options.</summary>
    public static JsonSerializerOptions DefaultPayloadJson { get; } = new() { PropertyNameCaseInsensitive = true };
}
