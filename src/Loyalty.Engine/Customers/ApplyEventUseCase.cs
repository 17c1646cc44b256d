using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Programs;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Intake;
using Loyalty.Engine.Limits;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Customers;

/// <summary>Applies an accepted event to its customer, once: facts, ledger, journeys and the marker are one batch.</summary>
public sealed partial class ApplyEventUseCase(
    IDocumentStore store,
    IntakeService intake,
    PersonResolver people,
    PersonMerger merger,
    IProgramSource programs,
    Announcer announcer,
    IEventQueue queue,
    RunProtocolSettings settings,
    IClock clock,
    OrderReactions? reactions = null,
    PointsBudgets? budgets = null,
    Privacy.PrivacyRequests? privacy = null,
    Privacy.RetentionRules? retention = null,
    SuppressionList? suppressions = null)
{
    /// <summary>Applies the event that a queue message refers to.</summary>
    public async Task<ApplyOutcome> ApplyAsync(EventReference reference, CancellationToken cancellation = default)
    {
        if (await intake.FindAsync(reference, cancellation) is not { } accepted)
        {
            return await intake.IsForgottenAsync(reference, cancellation)
                ? new ApplyOutcome.Refused(RefusalCode.CustomerErased)
                : new ApplyOutcome.Impossible("intake-missing");
        }

        if (accepted.Event.Type == EventTypes.ShopChanged) return new ApplyOutcome.ToFetch(accepted.Event);
        if (privacy is not null && await privacy.TakeAsync(accepted.Event, cancellation))
        {
            // A wish to be forgotten names somebody, too.
            if (accepted.Event.Type != EventTypes.CustomerDataRequested) await intake.ForgetAsync(reference, cancellation);
            return new ApplyOutcome.Taken();
        }

        var resolution = await people.ResolveAsync(accepted.Event, cancellation);
        if (resolution is { LeavesErased: true, Told: { } told }) await intake.ReplaceAsync(reference, told, cancellation);
        var outcome = await ApplyAsync(accepted.Event, resolution, mayStart: true, cancellation) ?? await NobodyAsync(reference, accepted, cancellation);
        // Of somebody who was erased nothing is kept, not even what came in late.
        if (outcome is ApplyOutcome.Refused { Code: RefusalCode.CustomerErased })
        {
            await SuppressAsync(accepted.Event, cancellation);
            await intake.ForgetAsync(reference, cancellation);
        }

        // What somebody wrote, and nobody can tell whose it is, people look at.
        if (outcome is ApplyOutcome.Refused { Code: RefusalCode.NoIdentifier or RefusalCode.NotTheirMessage } aside && MailEvents.IsForPeople(accepted.Event))
            await intake.SetAsideAsync(reference, aside.Code, cancellation);
        return outcome;
    }

    /// <summary>A mailbox that is not there, or whose owner has complained, is not written to again, though nobody is known by it any more.</summary>
    private async Task SuppressAsync(CanonicalEvent report, CancellationToken cancellation)
    {
        if (suppressions is null || CustomerDecider.SuppressionReason(report) is not { } reason || report.Identifiers.IsDefault) return;
        foreach (var address in report.Identifiers.Where(static one => one.Kind is "email" or "phone")) await suppressions.KeepAsync(address, reason, cancellation);
    }

    /// <summary>Applies an event to the person it names; the people of an event that names several become one first.</summary>
    /// <param name="e">The event.</param>
    /// <param name="mayStart">False: facts and ledger only, no journey starts (imports).</param>
    /// <param name="cancellation">Gives up; the event can be applied again.</param>
    /// <returns>null: it names nobody who is known.</returns>
    public async Task<ApplyOutcome?> ApplyAsync(CanonicalEvent e, bool mayStart, CancellationToken cancellation = default) =>
        await ApplyAsync(e, await people.ResolveAsync(e, cancellation), mayStart, cancellation);

    private async Task<ApplyOutcome?> ApplyAsync(CanonicalEvent e, Resolution resolution, bool mayStart, CancellationToken cancellation)
    {
        if (resolution.IsErased) return new ApplyOutcome.Refused(RefusalCode.CustomerErased);
        if (resolution.People.IsEmpty) return null;
        e = resolution.Told ?? e;
        var (customerId, told) = await merger.OneAsync(resolution, e, cancellation);
        var outcome = await ApplyToAsync(customerId, told, mayStart, cancellation);
        // What waited for this order, or for this message to be somebody's, is enqueued again, as a later attempt.
        if (!resolution.Waiting.IsEmpty && outcome is ApplyOutcome.Applied or ApplyOutcome.AppliedBefore)
        {
            foreach (var waiting in resolution.Waiting) await queue.SendAsync(waiting.Next(), cancellation);
            await people.ForgetWaitingAsync(PersonResolver.AnchorOf(e)!.Value, resolution.Waiting, cancellation);
        }

        return outcome;
    }

    /// <summary>Applies an event to a known person.</summary>
    /// <param name="customerId">Whose it is; somebody who was merged since stands for the one who stayed.</param>
    /// <param name="e">The event.</param>
    /// <param name="mayStart">False: facts and ledger only, no journey starts (imports).</param>
    /// <param name="cancellation">Gives up; the event can be applied again.</param>
    public Task<ApplyOutcome> ApplyToAsync(string customerId, CanonicalEvent e, bool mayStart, CancellationToken cancellation = default) =>
        store is IObjectStore && reactions is null && ApplyAtOnce(customerId, e, mayStart, cancellation) is not ApplyOutcome.Moved and var outcome
            ? Task.FromResult(outcome)
            : ApplyAndTellAsync(customerId, e, mayStart, cancellation);

    private async Task<ApplyOutcome> ApplyAndTellAsync(string customerId, CanonicalEvent e, bool mayStart, CancellationToken cancellation)
    {
        var markerId = Keys.Marker(e);
        var outcome = await AgainAsync(customerId, e, markerId, mayStart, cancellation);
        while (outcome is ApplyOutcome.Moved)
        {
            customerId = await merger.SurvivorAsync(customerId, cancellation);
            outcome = await AgainAsync(customerId, e, markerId, mayStart, cancellation);
        }

        // What is not told by now (a crash, a lost call) is found by the due scan: each of these runs was committed with a wakeAt within two minutes.
        // A redelivery tells it again, for whoever applied the event may have died before telling: it may be told any number of times.
        if (outcome is ApplyOutcome.Applied applied) await announcer.TellAsync(customerId, applied.Announcements, cancellation);
        if (outcome is ApplyOutcome.AppliedBefore before) await announcer.TellAsync(customerId, before.Announcements, cancellation);
        if (reactions is not null && outcome is (ApplyOutcome.Applied or ApplyOutcome.AppliedBefore)) await reactions.ReactAsync(customerId, e, outcome, cancellation);
        return outcome;
    }

    private Task<ApplyOutcome> AgainAsync(string customerId, CanonicalEvent e, string markerId, bool mayStart, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
            try
            {
                return await TryApplyAsync(session, customerId, e, markerId, mayStart, cancellation);
            }
            catch (InvalidOperationException)
            {
                // Two sessions of a merged person may be at work at once: documents of two moments contradict each other, and nothing was written.
                if (await session.IsFreshAsync(cancellation)) throw;
                return null;
            }
        });

    /// <returns>null: a race was lost.</returns>
    private async ValueTask<ApplyOutcome?> TryApplyAsync(
        PartitionSession session, string customerId, CanonicalEvent e, string markerId, bool mayStart, CancellationToken cancellation)
    {
        var program = programs.Current;
        var orderId = PersonResolver.OrderIdOf(e);
        var marker = new EventMarkers(store, session, markerId, orderId);
        if (await marker.FindAsync(cancellation) is { } before) return new ApplyOutcome.AppliedBefore(customerId) { Announcements = before };

        var now = clock.GetCurrentInstant();
        var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId, cancellation);
        if (ProviderMessages.IdOf(e) is not null) snapshot = snapshot with { IsReport = true };
        // A refund that overtakes its order finds whose the order is before there is anything to take it from: to be tried again, never to be refused.
        if (snapshot.Customer is null && e.Identifiers.IsDefaultOrEmpty)
            throw new ContentionException($"'{orderId ?? e.Id}' belongs to somebody whose first event is not applied yet.");
        if (Closed(snapshot.Customer) is { } closed) return closed;
        if (snapshot.Customer is { } known && await marker.IsWithAsync(known.Absorbed, cancellation)) return new ApplyOutcome.AppliedBefore(customerId);

        // Of an order that is not kept any more nobody can tell what it earned: told again, it would earn again.
        if (snapshot.Order is null && e.Data is EventData.Order old && retention?.IsTooOld(old.Snapshot.PlacedAt, now) == true)
            return new ApplyOutcome.Refused(RefusalCode.OrderTooOld);
        RunAnnouncement? report = null;
        if (e.Data is EventData.Facts)
        {
            e = await ProviderMessages.NamedAsync(store, session, snapshot.Customer, e, cancellation);
            report = await DeliveryReports.SettleAsync(session, e, settings, now, cancellation);
            if (await MessageEvents.IsOthersAsync(session, e, cancellation)) return new ApplyOutcome.Refused(RefusalCode.NotTheirMessage);
            e = await MessageEvents.AboutAsync(session, e, cancellation);
        }

        var budgeted = program.Model.Earning.HasBudgets
            ? await BudgetedAsync(snapshot, e, program.Model, now, cancellation)
            : new Budgeted(CustomerDecider.Decide(snapshot, e, program.Model, now), []);
        var decision = budgeted.Decision;
        if (decision is CustomerDecision.Refused refused) return new ApplyOutcome.Refused(refused.Code);
        if (decision is not CustomerDecision.Applied applied) return new ApplyOutcome.AppliedBefore(customerId);

        var router = new JourneyRouter(session, programs, applied.Customer, applied.Person ?? snapshot.Person, settings, now);
        foreach (var occurrence in applied.Occurrences) await router.RouteAsync(occurrence, mayStart, cancellation);
        CustomerDocuments.PutCustomer(session, router.Customer, program.Model);
        ContactBook.Keep(session, e, snapshot.Customer, applied.Customer, program.Model, now);

        var announcements = router.Announcements;
        if (report is not null) announcements = DeliveryReports.Join(announcements, report);
        CustomerDocuments.Put(session, marker.Put(applied, e.Type, now, announcements));
        if (budgets?.IsStale(budgeted) == true || !await session.CommitAsync(cancellation)) return null;
        if (!budgeted.Takes.IsEmpty) await budgets!.ConfirmAsync(budgeted, cancellation);
        return new ApplyOutcome.Applied(customerId) { Announcements = announcements, HasReferral = router.Customer.HasReferral == true };
    }

    /// <summary>What answers an event of somebody whose record takes none; null: it takes them.</summary>
    private static ApplyOutcome? Closed(CustomerState? customer)
    {
        if (customer is null) return null;
        if (customer.MergedInto is not null || !customer.Joining.IsEmpty) return new ApplyOutcome.Moved();
        return customer.Contact?.ErasedAt is null ? null : new ApplyOutcome.Refused(RefusalCode.CustomerErased);
    }

    /// <summary>The decision with what the budgets over all customers give.</summary>
    private ValueTask<Budgeted> BudgetedAsync(CustomerSnapshot snapshot, CanonicalEvent e, ProgramModel program, Instant now, CancellationToken cancellation)
    {
        // A simulation knows no other customers: there budgets count as enough.
        if (budgets is null) return ValueTask.FromResult(new Budgeted(CustomerDecider.Decide(snapshot with { IgnoresBudgets = true }, e, program, now), []));
        return new ValueTask<Budgeted>(budgets.DecideAsync(snapshot, program, seen => CustomerDecider.Decide(seen, e, program, now), cancellation));
    }

    /// <summary>
    /// No identifier leads to a person: a refund waits for its order, a report that names a message only for one that names its reader too; everything else
    /// is kept and counted.
    /// </summary>
    private async Task<ApplyOutcome> NobodyAsync(EventReference reference, IntakeDocument accepted, CancellationToken cancellation)
    {
        var orderId = PersonResolver.OrderIdOf(accepted.Event);
        if (PersonResolver.AnchorOf(accepted.Event) is not { } anchor || (orderId is null && !accepted.Event.Identifiers.IsDefaultOrEmpty))
            return new ApplyOutcome.Refused(RefusalCode.NoIdentifier);
        // The order may have come meanwhile: who comes second to its document sees the first.
        if (await people.OwnerOrWaitAsync(anchor, reference, cancellation) is { } owner)
            return await ApplyToAsync(owner, accepted.Event, mayStart: true, cancellation);
        return orderId is null ? new ApplyOutcome.AwaitsMessage(ProviderMessages.IdOf(accepted.Event)!) : new ApplyOutcome.AwaitsOrder(orderId);
    }
}

/// <summary>What became of an event; a closed set.</summary>
public abstract record ApplyOutcome
{
    private ApplyOutcome()
    {
    }

    public sealed record Applied(string CustomerId) : ApplyOutcome
    {
        /// <summary>Somebody brought this customer: orders can change what follows from it.</summary>
        public bool HasReferral { get; init; }

        /// <summary>What the durable engine has to be told.</summary>
        public ImmutableList<RunAnnouncement> Announcements { get; init; } = [];
    }

    /// <summary>A redelivery: nothing changed.</summary>
    public sealed record AppliedBefore(string CustomerId) : ApplyOutcome
    {
        /// <summary>What followed from it, to be told again.</summary>
        public ImmutableList<RunAnnouncement> Announcements { get; init; } = [];
    }

    /// <summary>The person is being merged: to be tried again with the one who stays.</summary>
    internal sealed record Moved : ApplyOutcome;

    /// <summary>It changes nothing, for a documented reason; kept and counted.</summary>
    public sealed record Refused(RefusalCode Code) : ApplyOutcome;

    /// <summary>It asks for something about a person (their data, their erasure), which was noted and is done.</summary>
    public sealed record Taken : ApplyOutcome;

    /// <summary>It names an order that has not been seen; it is applied when the order comes.</summary>
    public sealed record AwaitsOrder(string OrderId) : ApplyOutcome;

    /// <summary>It names a message by the provider's id, and nothing has told yet whose that is; it is applied when something does.</summary>
    public sealed record AwaitsMessage(string ProviderId) : ApplyOutcome;

    /// <summary>The event only points at something that a shop's interface tells.</summary>
    public sealed record ToFetch(CanonicalEvent Event) : ApplyOutcome;

    /// <summary>It can never be applied: to the dead letters with this reason.</summary>
    public sealed record Impossible(string Reason) : ApplyOutcome;
}
