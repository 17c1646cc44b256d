using NodaTime;

namespace Loyalty.Engine.Storage;

/// <summary>
/// A store of this process and of one thread that keeps documents as the immutable objects they are: nothing is written as JSON and nobody else
/// can be faster. It lets the simulation run the use cases themselves instead of a copy of them (docs/decisions, simulation).
/// </summary>
public interface IObjectStore : IDocumentStore
{
    /// <summary>A partition; it exists.</summary>
    IObjectPartition Open(string partition);
}

/// <summary>A partition of an <see cref="IObjectStore"/>.</summary>
public interface IObjectPartition
{
    /// <summary>The document as it was last put; null where there is none.</summary>
    object? Read(string id);

    /// <summary>Puts all of them; it cannot be refused.</summary>
    void Commit(ReadOnlySpan<ObjectWrite> writes);
}

/// <summary>A document to be put.</summary>
/// <param name="Id">Unique in the partition.</param>
/// <param name="Kind">What it is, see <see cref="State.Kinds"/>.</param>
/// <param name="Value">The document.</param>
/// <param name="WakeAt">When the due scan shall find it; null: never.</param>
public readonly record struct ObjectWrite(string Id, string Kind, object Value, Instant? WakeAt);
