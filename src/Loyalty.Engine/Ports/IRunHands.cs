namespace Loyalty.Engine.Ports;

/// <summary>The durable engine as the program sees it. Losing a call costs minutes (the due scan), never an event.</summary>
public interface IRunHands
{
    /// <summary>Starts the orchestration of a run's generation; one that exists already is success.</summary>
    Task StartAsync(RunReference run, CancellationToken cancellation = default);

    /// <summary>Wakes the orchestration of a run's generation; one that is gone is success.</summary>
    Task PokeAsync(RunReference run, CancellationToken cancellation = default);
}

/// <summary>A run in one generation.</summary>
public sealed record RunReference(string CustomerId, string RunId, int Gen);
