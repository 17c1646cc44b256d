using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// Restriction (GDPR, article 18): a person's data is stored and nothing else. Facts and orders are still noted and booked; no journey begins, every run stands
/// still where it is, nothing is sent, nobody corrects a balance. Lifted, the runs go on.
/// </summary>
public sealed class RestrictUseCase(IDocumentStore store, PersonMerger merger, IProgramSource programs, IClock clock)
{
    /// <summary>Restricts; twice is once.</summary>
    /// <returns>Refused: <see cref="RefusalCode.NotFound"/>, <see cref="RefusalCode.CustomerErased"/>.</returns>
    public Task<RestrictAnswer> RestrictAsync(string customerId, CancellationToken cancellation = default) => ChangeAsync(customerId, isRestricted: true, cancellation);

    /// <summary>Lifts it; what is not restricted stays so.</summary>
    /// <inheritdoc cref="RestrictAsync"/>
    public Task<RestrictAnswer> LiftAsync(string customerId, CancellationToken cancellation = default) => ChangeAsync(customerId, isRestricted: false, cancellation);

    private async Task<RestrictAnswer> ChangeAsync(string customerId, bool isRestricted, CancellationToken cancellation)
    {
        return await Attempts.UntilCommittedAsync(async () =>
        {
            // Each time anew: they may be merged into another meanwhile. A merge that was cut off is finished first, or it would bring a lifted restriction back.
            customerId = await merger.SurvivorAsync(customerId, cancellation);
            var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
            if (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation) is not { } customer) return new RestrictAnswer(RefusalCode.NotFound, null);
            if (customer.MergedInto is not null) return null;
            if (customer.Contact?.ErasedAt is not null) return new RestrictAnswer(RefusalCode.CustomerErased, null);
            if (customer.RestrictedAt is not null == isRestricted) return new RestrictAnswer(null, customer.RestrictedAt);
            var now = clock.GetCurrentInstant();
            var changed = customer with { RestrictedAt = isRestricted ? now : null };
            CustomerDocuments.PutCustomer(session, changed, programs.Current.Model);
            if (!isRestricted) await RearmAsync(session, changed, now, cancellation);
            return await session.CommitAsync(cancellation) ? new RestrictAnswer(null, changed.RestrictedAt) : null;
        });
    }

    /// <summary>The due scan finds them; those whose journey is paused stay held.</summary>
    private async Task RearmAsync(PartitionSession session, CustomerState customer, Instant now, CancellationToken cancellation)
    {
        foreach (var live in customer.Runs)
        {
            if (await session.ReadAsync<RunDocument>(Keys.Run(live.RunId), cancellation) is not { Status: RunStatus.Held } held) continue;
            if (programs.Current.IsPaused(held.Run.Journey)) continue;
            var armed = RunEdits.Rearm(held, now);
            session.Put(Keys.Run(live.RunId), Kinds.Run, armed, armed.WakeAt);
        }
    }
}

/// <summary>What came of it.</summary>
/// <param name="Refusal">null: done.</param>
/// <param name="RestrictedAt">Since when; null: not restricted.</param>
public sealed record RestrictAnswer(RefusalCode? Refusal, Instant? RestrictedAt);
