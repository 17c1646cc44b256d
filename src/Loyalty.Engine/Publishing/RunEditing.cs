using System.Collections.Concurrent;
using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Journeys.Edits;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Publishing;

/// <summary>Edits one run at a time: reads, decides (<see cref="RunEditor"/>), commits under the run's ETag. The preview decides without committing.</summary>
internal sealed class RunEditing(IDocumentStore store, IProgramSource programs, AdvanceRunUseCase turns, RunProtocolSettings settings, IClock clock)
{
    private readonly ConcurrentDictionary<(string Journey, int From, int To, Instant At), EditPlan> _plans = new();

    /// <summary>Does to a run what its journey's edits ask for.</summary>
    /// <param name="document">As a scan has read it; on a lost race the run is read again.</param>
    /// <param name="edits">The journey's.</param>
    /// <param name="cancellation">Gives up between two runs.</param>
    /// <returns>What was done; null: the run does not concern these edits.</returns>
    public Task<EditCounts> EditAsync(Document document, EditsDocument edits, CancellationToken cancellation)
    {
        Document? scanned = document;
        return Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, document.Partition);
            var run = scanned is null
                ? await session.ReadAsync<RunDocument>(document.Id, cancellation)
                : session.Adopt<RunDocument>(scanned);
            scanned = null;
            return run is null ? new EditCounts() : await TryEditAsync(session, document.Id, run, edits, cancellation);
        });
    }

    /// <summary>The run after one edit, not committed.</summary>
    public async Task<EditedRun?> FollowAsync(PartitionSession session, RunDocument run, EditPlan plan, long? spreadOverSeconds, CancellationToken cancellation)
    {
        var program = programs.Current;
        var customer = await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation);
        var snapshot = NeedsSnapshot(run, plan)
            ? await CustomerDocuments.LoadAsync(session, run.Run.CustomerId, orderId: null, cancellation)
            : new CustomerSnapshot { CustomerId = run.Run.CustomerId, Customer = customer, Wallets = [] };
        var now = clock.GetCurrentInstant();
        var context = new EditContext(
            ProgramAttributes.Of(snapshot.Customer, snapshot.Person, program, now, AssetOf(run, plan)),
            CustomerMoments.ZoneOf(customer, program.Model),
            now,
            spreadOverSeconds is { } seconds ? Duration.FromSeconds(seconds) : null);
        return RunEditor.Follow(run, plan, context, settings);
    }

    private static string? AssetOf(RunDocument run, EditPlan plan) => plan.To.Enter.Key == JourneyEntry.AssetKey ? run.Run.KeyValue : null;

    private async Task<EditCounts?> TryEditAsync(PartitionSession session, string id, RunDocument before, EditsDocument edits, CancellationToken cancellation)
    {
        var counts = new EditCounts();
        if (before.Run.Journey != edits.Journey || before.Run.IsFinished) return counts;
        // A merged person's runs live on with the one who stays; there they are found.
        if (await AdvanceRunUseCase.IsMergedAsync(session, cancellation)) return counts;
        var now = clock.GetCurrentInstant();
        var run = before;
        foreach (var edit in edits.Edits)
        {
            if (run.Run.Version >= edit.To) continue;
            if (edit.Outcome is { } outcome) return await EndAsync(session, id, run, outcome, now, cancellation);
            var plan = await PlanAsync(edits.Journey, run.Run.Version, edit, cancellation);
            if (await FollowAsync(session, run, plan, edit.SpreadOverSeconds, cancellation) is not { } edited)
            {
                counts = counts with { Stranded = 1 };
                break;
            }

            run = edited.Document;
            counts = counts with { Moved = 1, DueNow = Math.Max(counts.DueNow, edited.IsDueNow ? 1 : 0) };
        }

        if (edits.Rearms && run.Status == RunStatus.Held && !programs.Current.IsPaused(edits.Journey))
        {
            run = RunEdits.Rearm(run, now);
            counts = counts with { Rearmed = 1 };
        }

        if (ReferenceEquals(run, before)) return counts;
        session.Put(id, Kinds.Run, run, run.WakeAt);
        if (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation) is { } customer
            && await MessageEnds.NoteAsync(session, run, before, customer, now, cancellation) is var after && !ReferenceEquals(after, customer))
        {
            CustomerDocuments.PutCustomer(session, after, programs.Current.Model);
        }

        return await session.CommitAsync(cancellation) ? counts : null;
    }

    /// <summary>The run's own turn ends it; whatever goes wrong behind the first commit, the due scan finishes.</summary>
    private async Task<EditCounts?> EndAsync(PartitionSession session, string id, RunDocument run, string outcome, Instant now, CancellationToken cancellation)
    {
        if (run.Inbox.Any(static signal => signal is RunSignal.Ended)) return new EditCounts();
        var ended = run with
        {
            Inbox = run.Inbox.Add(new RunSignal.Ended(outcome, now)),
            Gen = run.Gen + 1,
            Status = RunStatus.Active,
            WakeAt = now + settings.WakeSlack,
        };
        session.Put(id, Kinds.Run, ended, ended.WakeAt);
        if (!await session.CommitAsync(cancellation)) return null;
        await turns.AdvanceAsync(new RunReference(run.Run.CustomerId, run.Run.RunId, ended.Gen), firedAt: null, cancellation);
        return new EditCounts(Ended: 1);
    }

    public async Task<EditPlan> PlanAsync(string journey, int from, PublishedEdit edit, CancellationToken cancellation)
    {
        var key = (journey, from, edit.To, edit.At);
        if (_plans.TryGetValue(key, out var known)) return known;
        var old = await programs.DefinitionAsync(journey, from, cancellation) ?? throw Missing(journey, from);
        var next = await programs.DefinitionAsync(journey, edit.To, cancellation) ?? throw Missing(journey, edit.To);
        return _plans.GetOrAdd(key, EditPlan.Make(old, next, edit.Moves));
    }

    /// <summary>A wait for a date reads the customer's attributes; every other moment follows from the zone.</summary>
    private static bool NeedsSnapshot(RunDocument run, EditPlan plan) =>
        run.Run.Position is { } position && plan.LandingOf(position.Step) is StepLanding.Same same
        && plan.To.Index.Find(same.Step)?.Step is JourneyStep.Wait { Rule: WaitRule.Date };

    private static InvalidOperationException Missing(string journey, int version) => new($"Version {version} of journey {journey} is not stored here.");
}
