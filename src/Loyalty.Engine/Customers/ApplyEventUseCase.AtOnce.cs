using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;

namespace Loyalty.Engine.Customers;

/// <content>Documents in memory: every read answers at once, the first attempt is the last, and nothing is delivered twice.</content>
public sealed partial class ApplyEventUseCase
{
    /// <returns>What became of the event; what follows from it is told already.</returns>
    private ApplyOutcome ApplyAtOnce(string customerId, CanonicalEvent e, bool mayStart, CancellationToken cancellation)
    {
        var (program, now) = (programs.Current, clock.GetCurrentInstant());
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        var snapshot = CustomerDocuments.LoadAsync(session, customerId, PersonResolver.OrderIdOf(e), cancellation).Answer();
        if (ProviderMessages.IdOf(e) is not null) snapshot = snapshot with { IsReport = true };
        if (Closed(snapshot.Customer) is { } closed) return closed;
        RunAnnouncement? report = null;
        if (e.Data is EventData.Facts)
        {
            e = ProviderMessages.NamedAsync(store, session, snapshot.Customer, e, cancellation).Answer();
            report = DeliveryReports.SettleAsync(session, e, settings, now, cancellation).Answer();
            if (MessageEvents.IsOthersAsync(session, e, cancellation).Answer()) return new ApplyOutcome.Refused(RefusalCode.NotTheirMessage);
            e = MessageEvents.AboutAsync(session, e, cancellation).Answer();
        }

        // A simulation knows no other customers: there budgets count as enough.
        var asked = program.Model.Earning.HasBudgets ? snapshot with { IgnoresBudgets = true } : snapshot;
        var decision = CustomerDecider.Decide(asked, e, program.Model, now);
        if (decision is CustomerDecision.Refused refused) return new ApplyOutcome.Refused(refused.Code);
        if (decision is not CustomerDecision.Applied applied) return new ApplyOutcome.AppliedBefore(customerId);

        var router = new JourneyRouter(session, programs, applied.Customer, applied.Person ?? snapshot.Person, settings, now);
        if (report is not null) router.Announce(report);
        foreach (var occurrence in applied.Occurrences) router.Route(occurrence, mayStart);
        CustomerDocuments.PutCustomer(session, router.Customer, program.Model);
        ContactBook.Keep(session, e, snapshot.Customer, applied.Customer, program.Model, now);
        CustomerDocuments.Put(session, applied);
        session.CommitAsync(cancellation).Answer();
        announcer.TellAsync(customerId, router.Announced, cancellation).Answer();
        return new ApplyOutcome.Applied(customerId) { HasReferral = router.Customer.HasReferral == true };
    }
}
