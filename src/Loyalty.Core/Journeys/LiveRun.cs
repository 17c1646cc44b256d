using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>A run that lives, of whatever journey.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Journey">Its journey.</param>
/// <param name="Key">The value of the journey's <c>enter.key</c>.</param>
public sealed record LiveRun(string RunId, string Journey, string Key);

/// <summary>The last entry into a journey with a key.</summary>
/// <param name="RunId">The run it began; it keeps its id when its person is merged into another.</param>
/// <param name="Journey">The journey.</param>
/// <param name="Key">The value of the journey's <c>enter.key</c>.</param>
/// <param name="EntryId">The occurrence that started the run.</param>
/// <param name="At">When.</param>
/// <param name="Count">How many runs so far with this key, from 1.</param>
/// <param name="EndedAt">When the run ended; null: it lives.</param>
public sealed record PreviousEntry(string RunId, string Journey, string Key, string EntryId, Instant At, int Count = 1, Instant? EndedAt = null)
{
    /// <summary>Until when its goal can occur; null: the journey has none, or the entry was stored before this was kept.</summary>
    public GoalWindow? Goal { get; init; }
}
