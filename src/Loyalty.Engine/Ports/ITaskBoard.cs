using System.Collections.Immutable;
using Loyalty.Core;
using NodaTime;

namespace Loyalty.Engine.Ports;

/// <summary>Work for people that journeys have opened.</summary>
public interface ITaskBoard
{
    /// <summary>Open tasks, earliest due first.</summary>
    /// <param name="queue">null: of every queue.</param>
    /// <param name="limit">At most so many, 1 to 500.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<IReadOnlyList<OpenTask>> ListAsync(string? queue, int limit, CancellationToken cancellation = default);

    /// <summary>Notes how a task ended; the journey goes on in the same batch. The same outcome told twice is one.</summary>
    /// <param name="task">Which.</param>
    /// <param name="outcome">One of its outcomes.</param>
    /// <param name="note">What is to be remembered; null: nothing.</param>
    /// <param name="actor">Who tells it; null: not told.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<TaskAnswer> CompleteAsync(TaskReference task, string outcome, string? note, TaskActor? actor = null, CancellationToken cancellation = default);
}

/// <summary>A task; follows from (run, step, visit).</summary>
public sealed record TaskReference(string CustomerId, string RunId, string Step, int Visit)
{
    /// <summary>As people pass it on.</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{CustomerId}.{RunId}.{Step}.{Visit}");

    /// <summary>Reads what <see cref="ToString"/> wrote; null: it is no task's id.</summary>
    public static TaskReference? Parse(string text)
    {
        // From its end: a customer's id may have dots itself.
        var parts = new string[4];
        for (var at = 3; at > 0; at--)
        {
            var dot = text.LastIndexOf('.');
            if (dot <= 0) return null;
            parts[at] = text[(dot + 1)..];
            text = text[..dot];
        }

        parts[0] = text;
        return text.Length <= MostCharacters && parts.All(static part => part.Length is > 0 and <= MostCharacters)
            && int.TryParse(parts[3], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var visit)
            ? new TaskReference(parts[0], parts[1], parts[2], visit)
            : null;
    }

    private const int MostCharacters = 100;
}

/// <summary>A task nobody has done yet.</summary>
public sealed record OpenTask
{
    public required TaskReference Reference { get; init; }
    public required string Journey { get; init; }
    public required string Queue { get; init; }
    public string? Script { get; init; }
    public required ImmutableArray<string> Outcomes { get; init; }
    public required Instant OpenedAt { get; init; }
    public required Instant DueAt { get; init; }
    public ImmutableDictionary<string, AttributeValue> With { get; init; } = ImmutableDictionary<string, AttributeValue>.Empty;
}

/// <summary>Who works on a task.</summary>
/// <param name="By">A name, 1 to 100 characters.</param>
/// <param name="Caller">The key or the identity that told it: <c>key:support</c>.</param>
public sealed record TaskActor(string By, string Caller);

/// <summary>What came of it; a closed set.</summary>
public enum TaskAnswer
{
    /// <summary>Noted.</summary>
    Done,

    /// <summary>It had this outcome already.</summary>
    DoneBefore,

    /// <summary>There is no such task.</summary>
    Unknown,

    /// <summary>It is not open any more: overdue, cancelled, or done otherwise.</summary>
    Closed,

    /// <summary>It cannot end so.</summary>
    NoSuchOutcome,

    /// <summary>Somebody else works on it.</summary>
    TakenByAnother,
}
