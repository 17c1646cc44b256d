using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Customers;

/// <summary>Works off a customer's own moments that are due: activation, expiry, abandoned cart, reorder time, silence.</summary>
public sealed class TickCustomerUseCase(
    IDocumentStore store, IProgramSource programs, Announcer announcer, RunProtocolSettings settings, IClock clock, PointsBudgets? budgets = null)
{
    /// <summary>One customer; a customer who is gone or has nothing due is success.</summary>
    public async Task TickAsync(string customerId, CancellationToken cancellation = default)
    {
        var told = store is IObjectStore ? (await TryTickAsync(customerId, cancellation))! : await AgainAsync(customerId, cancellation);
        if (told.MarkerId is { } markerId) await announcer.FinishMarkerAsync(customerId, markerId, cancellation);
        else await announcer.TellAsync(customerId, told.Open, cancellation);
    }

    private Task<Ticked> AgainAsync(string customerId, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(() => TryTickAsync(customerId, cancellation).AsTask());

    private async ValueTask<Ticked?> TryTickAsync(string customerId, CancellationToken cancellation)
    {
        var program = programs.Current;
        var now = clock.GetCurrentInstant();
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId: null, cancellation);
        if (snapshot.Customer is null or { MergedInto: not null } or { Contact.ErasedAt: not null }) return new Ticked(null, []);
        var budgeted = program.Model.Earning.HasBudgets
            ? await BudgetedAsync(snapshot, program.Model, now, cancellation)
            : new Budgeted(CustomerDecider.Tick(snapshot, program.Model, now), []);
        var applied = (CustomerDecision.Applied)budgeted.Decision;
        CustomerDocuments.Put(session, applied);
        var router = new JourneyRouter(session, programs, CustomerDocuments.After(snapshot, applied), settings, now);
        foreach (var occurrence in applied.Occurrences) await router.RouteAsync(occurrence, mayStart: true, cancellation);
        CustomerDocuments.PutCustomer(session, router.Customer, program.Model);
        string? markerId = null;
        var announcements = router.Announcements;
        // In memory nobody can die between the commit and the telling.
        if (!announcements.IsEmpty && !session.IsInMemory)
        {
            markerId = Keys.TickMarker(now.ToUnixTimeMilliseconds());
            var marker = new EventMarker { Type = EventMarker.Moments, AppliedAt = now, Open = announcements };
            await session.ReadAsync<EventMarker>(markerId, cancellation);
            session.Put(markerId, Kinds.Marker, marker, now + settings.WakeSlack);
        }

        if (budgets?.IsStale(budgeted) == true || !await session.CommitAsync(cancellation)) return null;
        if (!budgeted.Takes.IsEmpty) await budgets!.ConfirmAsync(budgeted, cancellation);
        return new Ticked(markerId, markerId is null ? announcements : []);
    }

    private ValueTask<Budgeted> BudgetedAsync(CustomerSnapshot snapshot, ProgramModel program, Instant now, CancellationToken cancellation) => budgets is null
        ? ValueTask.FromResult(new Budgeted(CustomerDecider.Tick(snapshot with { IgnoresBudgets = true }, program, now), []))
        : new ValueTask<Budgeted>(budgets.DecideAsync(snapshot, program, seen => CustomerDecider.Tick(seen, program, now), cancellation));

    /// <param name="MarkerId">What keeps what is still to be told; null: nothing does.</param>
    /// <param name="Open">To be told, where no marker keeps it.</param>
    private sealed record Ticked(string? MarkerId, ImmutableList<RunAnnouncement> Open);
}
