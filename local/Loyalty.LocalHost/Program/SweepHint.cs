using Loyalty.Engine.Storage;
using Loyalty.Functions.Runs;
using Loyalty.LocalHost.Hosting;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>A sweep has something to do at the earliest <c>wakeAt</c> in the file: virtual time skips the minutes before.</summary>
internal sealed class SweepHint(IDocumentStore store) : IIdleHint
{
    private static readonly Instant Ever = Instant.FromUtc(9999, 12, 31, 0, 0);
    private IReadOnlyList<FeedRange>? _ranges;

    /// <inheritdoc/>
    public string Function => nameof(DueSweep);

    /// <inheritdoc/>
    public Instant? EarliestUse()
    {
        // The SQLite store has one range and answers at once.
        _ranges ??= store.GetFeedRangesAsync().AsTask().GetAwaiter().GetResult();
        Instant? earliest = null;
        foreach (var range in _ranges)
        {
            var due = store.ScanDueAsync(range, Ever, 1).AsTask().GetAwaiter().GetResult();
            if (due.Count > 0 && (earliest is null || due[0].WakeAt < earliest)) earliest = due[0].WakeAt;
        }

        return earliest;
    }
}
