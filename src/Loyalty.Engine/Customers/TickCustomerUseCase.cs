using System.Diagnostics.CodeAnalysis;
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
    public Task TickAsync(string customerId, CancellationToken cancellation = default)
    {
        if (store is not IObjectStore) return TickAndTellAsync(customerId, cancellation);
        TickAtOnce(customerId, cancellation);
        return Task.CompletedTask;
    }

    private async Task TickAndTellAsync(string customerId, CancellationToken cancellation)
    {
        var told = await AgainAsync(customerId, cancellation);
        if (told.MarkerId is { } markerId) await announcer.FinishMarkerAsync(customerId, markerId, cancellation);
    }

    /// <summary>Documents in memory: every read answers at once, the first attempt is the last, and nobody can die between the commit and the telling.</summary>
    private void TickAtOnce(string customerId, CancellationToken cancellation)
    {
        var (program, now) = (programs.Current, clock.GetCurrentInstant());
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        var snapshot = CustomerDocuments.LoadAsync(session, customerId, orderId: null, cancellation).Answer();
        if (IsClosed(snapshot.Customer)) return;
        var applied = CustomerDecider.Tick(program.Model.Earning.HasBudgets ? snapshot with { IgnoresBudgets = true } : snapshot, program.Model, now);
        CustomerDocuments.Put(session, applied);
        var router = new JourneyRouter(session, programs, applied.Customer, applied.Person ?? snapshot.Person, settings, now);
        foreach (var occurrence in applied.Occurrences) router.Route(occurrence, mayStart: true);
        CustomerDocuments.PutCustomer(session, router.Customer, program.Model);
        session.CommitAsync(cancellation).Answer();
        announcer.TellAsync(customerId, router.Announced, cancellation).Answer();
    }

    private static bool IsClosed([NotNullWhen(false)] CustomerState? customer) => customer is null or { MergedInto: not null } or { Contact.ErasedAt: not null };

    private Task<Ticked> AgainAsync(string customerId, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(() => TryTickAsync(customerId, cancellation).AsTask());

    private async ValueTask<Ticked?> TryTickAsync(string customerId, CancellationToken cancellation)
    {
        var program = programs.Current;
        var now = clock.GetCurrentInstant();
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId: null, cancellation);
        if (IsClosed(snapshot.Customer)) return new Ticked((string?)null);
        var budgeted = program.Model.Earning.HasBudgets
            ? await BudgetedAsync(snapshot, program.Model, now, cancellation)
            : new Budgeted(CustomerDecider.Tick(snapshot, program.Model, now), []);
        var applied = (CustomerDecision.Applied)budgeted.Decision;
        CustomerDocuments.Put(session, applied);
        var router = new JourneyRouter(session, programs, applied.Customer, applied.Person ?? snapshot.Person, settings, now);
        foreach (var occurrence in applied.Occurrences) await router.RouteAsync(occurrence, mayStart: true, cancellation);
        CustomerDocuments.PutCustomer(session, router.Customer, program.Model);
        string? markerId = null;
        var announcements = router.Announcements;
        if (!announcements.IsEmpty)
        {
            markerId = Keys.TickMarker(now.ToUnixTimeMilliseconds());
            var marker = new EventMarker { Type = EventMarker.Moments, AppliedAt = now, Open = announcements };
            await session.ReadAsync<EventMarker>(markerId, cancellation);
            session.Put(markerId, Kinds.Marker, marker, now + settings.WakeSlack);
        }

        if (budgets?.IsStale(budgeted) == true || !await session.CommitAsync(cancellation)) return null;
        if (!budgeted.Takes.IsEmpty) await budgets!.ConfirmAsync(budgeted, cancellation);
        return new Ticked(markerId);
    }

    private ValueTask<Budgeted> BudgetedAsync(CustomerSnapshot snapshot, ProgramModel program, Instant now, CancellationToken cancellation) => budgets is null
        ? ValueTask.FromResult(new Budgeted(CustomerDecider.Tick(snapshot with { IgnoresBudgets = true }, program, now), []))
        : new ValueTask<Budgeted>(budgets.DecideAsync(snapshot, program, seen => CustomerDecider.Tick(seen, program, now), cancellation));

    /// <param name="MarkerId">What keeps what is still to be told; null: nothing is.</param>
    private sealed record Ticked(string? MarkerId);
}
