namespace Loyalty.LocalHost.Durable;

/// <summary>What a persistence point saves.</summary>
public enum PersistenceKind
{
    /// <summary>A new instance.</summary>
    Start,

    /// <summary>One turn of an orchestrator with everything it asked for.</summary>
    Turn,

    /// <summary>The result of one activity.</summary>
    ActivityResult,

    /// <summary>An event from a client.</summary>
    Event,

    /// <summary>Suspend, resume, terminate or purge.</summary>
    Control,
}

/// <summary>A moment at which the engine makes something durable in one transaction.</summary>
/// <param name="Number">Counts from 1 since the engine started.</param>
/// <param name="Kind">What is saved.</param>
/// <param name="InstanceId">Whose it is.</param>
public readonly record struct PersistencePoint(int Number, PersistenceKind Kind, string InstanceId);

/// <summary>What a test lets happen at a persistence point.</summary>
public enum PersistenceVerdict
{
    /// <summary>Go on.</summary>
    Continue,

    /// <summary>The process dies before this is durable.</summary>
    CrashBefore,

    /// <summary>The process dies when this is durable and nothing after it has happened.</summary>
    CrashAfter,
}

/// <summary>A test's hand at the engine's persistence points; called under the engine's lock, so it must be
/// quick.</summary>
public interface IPersistenceObserver
{
    /// <summary>Called once for each point, before it is durable.</summary>
    PersistenceVerdict OnPersisting(PersistencePoint point);
}

/// <summary>Sees histories grow; for recording golden ones. Called under the engine's lock.</summary>
public interface IHistoryObserver
{
    /// <summary>An instance (or its next generation) begins.</summary>
    void OnStarted(OrchestrationStart start);

    /// <summary>A row was appended to its history.</summary>
    void OnAppended(string instanceId, int generation, HistoryRow row);
}
