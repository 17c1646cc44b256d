using Loyalty.Core;
using Loyalty.Core.Tiers;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Tiers;

/// <summary>Puts somebody who moves in where they stood. Facts only: nothing is told of it, and no journey starts.</summary>
public sealed class BringStanding(IDocumentStore store, IProgramSource programs, IClock clock)
{
    /// <summary>Brings a standing; brought twice it is brought once.</summary>
    /// <returns>null: it counts; else why it does not.</returns>
    public async Task<RefusalCode?> BringAsync(string customerId, TierStanding standing, CancellationToken cancellation = default)
    {
        var outcome = await Attempts.UntilCommittedAsync(async () =>
        {
            var (program, session) = (programs.Current.Model, new PartitionSession(store, Keys.CustomerPartition(customerId)));
            var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId: null, cancellation);
            if (snapshot.Customer is not { MergedInto: null } customer) return new Outcome(RefusalCode.Conflict);
            if (customer.Contact?.ErasedAt is not null) return new Outcome(RefusalCode.CustomerErased);
            var (days, tier) = standing.Join(customer.Qualifying ?? [], customer.Tier, program.Tiers, clock.GetCurrentInstant(), program.TimeZone);
            CustomerDocuments.PutCustomer(session, customer with { Qualifying = days.IsEmpty ? null : days, Tier = tier }, program);
            return await session.CommitAsync(cancellation) ? new Outcome(null) : null;
        });
        return outcome.Refused;
    }

    private sealed record Outcome(RefusalCode? Refused);
}
