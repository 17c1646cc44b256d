using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Customers;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Queries;

/// <summary>
/// Whether the documents keep what the program promises. A report: it reads every partition, and it reads while the program works, so a run that changes
/// meanwhile may be named once and be fine the next time.
/// </summary>
public sealed class DoctorQueries(IDocumentStore store, IClock clock)
{
    /// <summary>Examples that a check names; the count is complete.</summary>
    public const int ExampleLimit = 5;

    /// <summary>How long something may be due before it counts as left behind: five sweeps and the slack of a lost poke.</summary>
    public static Duration DefaultOverdue { get; } = Duration.FromMinutes(10);

    /// <summary>Checks everything.</summary>
    /// <param name="overdue">From when on something due is late; default <see cref="DefaultOverdue"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<DoctorReport> CheckAsync(Duration? overdue = null, CancellationToken cancellation = default)
    {
        var now = clock.GetCurrentInstant();
        var live = new Dictionary<string, string>(StringComparer.Ordinal);
        var books = new BooksAudit(store);
        await foreach (var record in store.ScanAsync(Kinds.Customer, cancellation: cancellation))
        {
            var customer = LoyaltyJson.Read<CustomerState>(record.Body.Span);
            await books.AddAsync(record, customer, cancellation);
            foreach (var run in customer.Runs) live[run.RunId] = customer.CustomerId;
        }

        var runs = await RunsAsync(live, cancellation);
        await foreach (var record in store.ScanAsync(Kinds.Merged, cancellation: cancellation))
            await books.AddAsync(record, LoyaltyJson.Read<CustomerState>(record.Body.Span), cancellation);
        var due = await DueAsync(now - (overdue ?? DefaultOverdue), cancellation);
        return new DoctorReport(now,
        [
            runs.AddUp,
            runs.Waiting,
            Check("nothing-overdue", due, "Look at the logs of DueSweep; nothing else is needed once it runs: it takes what is due, oldest first."),
            runs.Stalled,
            Check("books-balance", (await books.CloseAsync(cancellation)).Findings, "A wallet differs from the sum of its entries: the entries are right (docs/operations/doctor.md)."),
        ]);
    }

    private async Task<RunChecks> RunsAsync(Dictionary<string, string> live, CancellationToken cancellation)
    {
        List<string> addUp = [], waiting = [], stalled = [];
        await foreach (var document in store.ScanAsync(Kinds.Run, cancellation: cancellation))
        {
            var run = LoyaltyJson.Read<RunDocument>(document.Body.Span);
            var name = $"{document.Partition} {run.Run.RunId} ({run.Run.Journey})";
            var isInside = live.Remove(run.Run.RunId);
            if (run.Run.IsFinished && isInside) addUp.Add($"{name}: finished, but its customer counts it as live");
            if (!run.Run.IsFinished && !isInside) addUp.Add($"{name}: not finished, but its customer does not know it");
            var isAtRest = run.Status is RunStatus.Held or RunStatus.Finished;
            if (!isAtRest && document.WakeAt is null) waiting.Add($"{name}: {run.Status} without a moment to wake at");
            if (document.WakeAt != run.WakeAt) waiting.Add($"{name}: its document wakes at {document.WakeAt}, itself at {run.WakeAt}");
            if (run.IsStalled) stalled.Add(string.Create(CultureInfo.InvariantCulture, $"{name}: {run.Failures} turns failed, last: {run.Log.LastOrDefault()}"));
        }

        addUp.AddRange(live.Select(static one => $"customer:{one.Value} {one.Key}: the customer counts it as live, but there is no such run"));
        return new RunChecks(
            Check("entered-is-finished-plus-inside", addUp, "Say which version wrote it and open an issue; the run goes on or ends by its own document."),
            Check("waiting-runs-have-a-moment", waiting, "Such a run sleeps for ever: send it an event, or end it."),
            Check("no-run-stalled", stalled, "Mend what the last line says; the next good turn clears the flag, the run tries again every hour."));
    }

    private async Task<List<string>> DueAsync(Instant until, CancellationToken cancellation)
    {
        var found = new List<string>();
        foreach (var range in await store.GetFeedRangesAsync(cancellation))
        {
            var due = await store.ScanDueAsync(range, until, StoreLimits.PageSize, cancellation);
            found.AddRange(due.Select(static one => $"{one.Partition} {one.Id} ({one.Kind}): due since {one.WakeAt}"));
        }

        return found;
    }

    private static DoctorCheck Check(string name, IReadOnlyCollection<string> findings, string remedy) =>
        new(name, findings.Count, [.. findings.Take(ExampleLimit)], findings.Count == 0 ? null : remedy);

    private sealed record RunChecks(DoctorCheck AddUp, DoctorCheck Waiting, DoctorCheck Stalled);
}

/// <summary>What a check-up found.</summary>
/// <param name="At">When, by the program's clock.</param>
/// <param name="Checks">Each check, in a fixed order.</param>
public sealed record DoctorReport(Instant At, ImmutableArray<DoctorCheck> Checks)
{
    /// <summary>True: nothing was found.</summary>
    public bool IsHealthy => Checks.All(static check => check.Findings == 0);

    /// <summary>The same with one check more.</summary>
    public DoctorReport With(DoctorCheck check) => this with { Checks = Checks.Add(check) };
}

/// <summary>One check.</summary>
/// <param name="Name">Stable; documented in docs/operations/doctor.md.</param>
/// <param name="Findings">How many.</param>
/// <param name="Examples">The first of them, at most <see cref="DoctorQueries.ExampleLimit"/>.</param>
/// <param name="Remedy">What to do; null where there is nothing.</param>
public sealed record DoctorCheck(string Name, int Findings, ImmutableArray<string> Examples, string? Remedy);
