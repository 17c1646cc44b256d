using Loyalty.Engine.Storage;
using Loyalty.Functions.Runs;
using Loyalty.LocalHost.Hosting;
using NodaTime;

namespace Loyalty.LocalHost.Program;

/// <summary>A sweep has something to do at the earliest <c>wakeAt</c> in the file: virtual time skips the minutes before.</summary>
internal sealed class SweepHint(IDocumentStore store) : IIdleHint
{
    private static readonly Instant Ever = Instant.FromUtc(9999, 12, 31, 0, 0);
    private FeedRange? _range;

    /// <inheritdoc/>
    public string Function => nameof(DueSweep);

    /// <inheritdoc/>
    public Instant? EarliestUse()
    {
        // The SQLite store has one range and answers at once.
        _range ??= store.GetFeedRangesAsync().AsTask().GetAwaiter().GetResult()[0];
        var due = store.ScanDueAsync(_range, Ever, 1).AsTask().GetAwaiter().GetResult();
        return due.Count == 0 ? null : due[0].WakeAt;
    }
}
