using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Runs;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Audiences;

/// <summary>Who would enter a journey now, and the order to let existing subjects enter; <see cref="AudienceUseCase"/> carries it out.</summary>
public sealed class AudienceEnrolment(IDocumentStore store, IProgramSource programs, RunProtocolSettings settings, IClock clock)
{
    /// <summary>The fingerprint of an enrolment: it enters once.</summary>
    private const string Enrolment = "enrolment";

    /// <summary>Lets everybody enter for whom the journey's <c>when</c> holds, whatever the age of the occasion; the due scan does it.</summary>
    public Task EnrolExistingAsync(string journey, CancellationToken cancellation = default) => Attempts.UntilCommittedAsync(async () =>
    {
        var now = clock.GetCurrentInstant();
        var session = new PartitionSession(store, Keys.AudiencePartition(journey));
        if (await session.ReadAsync<AudienceDocument>(Keys.EnrolmentId, cancellation) is { NextAt: not null }) return new object();
        session.Put(Keys.EnrolmentId, Kinds.Audience, new AudienceDocument { Journey = journey, Fingerprint = Enrolment, NextAt = now }, now);
        return await session.CommitAsync(cancellation) ? new object() : null;
    });

    /// <summary>How many runs an enrolment would begin now. The journey may be a draft.</summary>
    public Task<int> CountExistingAsync(JourneyDefinition journey, CancellationToken cancellation = default) => CountAsync(journey, isEnrolment: true, cancellation);

    /// <summary>How many runs the journey's audience would begin if it entered now; 0 of a journey without one. The journey may be a draft.</summary>
    public async Task<int> CountAudienceAsync(JourneyDefinition journey, CancellationToken cancellation = default) =>
        journey.Enter.Audience is null ? 0 : await CountAsync(journey, isEnrolment: false, cancellation);

    private async Task<int> CountAsync(JourneyDefinition journey, bool isEnrolment, CancellationToken cancellation)
    {
        var count = 0;
        await foreach (var document in store.ScanAsync(Kinds.Customer, AudienceUseCase.PageSize, cancellation))
        {
            var entering = await EnterAsync(journey, document.Partition, new PartitionSession(store, document.Partition), clock.GetCurrentInstant(), isEnrolment, cancellation);
            count += entering?.Started ?? 0;
        }

        return count;
    }

    /// <summary>Writes a customer's entry into the session; null: the customer does not belong to it.</summary>
    internal async Task<AudienceEntering?> EnterAsync(
        JourneyDefinition journey, string partition, PartitionSession session, Instant since, bool isEnrolment, CancellationToken cancellation)
    {
        var program = programs.Current;
        var now = clock.GetCurrentInstant();
        var customerId = partition[(partition.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId: null, cancellation);
        if (snapshot.Customer is not { MergedInto: null } customer || customer.CreatedAt > since) return null;
        var zone = CustomerMoments.ZoneOf(customer, program.Model);
        if (!isEnrolment && !journey.Enter.Audience!.When.Holds(ProgramAttributes.Of(snapshot, program, now), now, zone)) return null;

        var type = isEnrolment ? JourneyEntry.EnrolledType : JourneyEntry.AudienceType;
        var trigger = new Occurrence($"{type}:{journey.Name}:{Ticks(since)}", type, since, ImmutableDictionary<string, AttributeValue>.Empty);
        var router = new JourneyRouter(session, programs, snapshot, settings, now);
        var decisions = await router.StartAsync(journey, trigger, ignoresAge: isEnrolment, cancellation);
        var started = decisions.Count(static decision => decision is EntryDecision.Start or EntryDecision.Restart);
        if (started == 0) return null;
        CustomerDocuments.PutCustomer(session, router.Customer, program.Model);
        var markerId = Keys.TurnMarker(journey.Name, trigger.Id, 1);
        await session.ReadAsync<EventMarker>(markerId, cancellation);
        session.Put(markerId, Kinds.Marker, new EventMarker { Type = type, AppliedAt = now, Open = router.Announcements }, now + settings.WakeSlack);
        return new AudienceEntering(started, customerId, markerId);
    }

    private static string Ticks(Instant at) => at.ToUnixTimeTicks().ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What one customer's entry began.</summary>
internal sealed record AudienceEntering(int Started, string? CustomerId, string? MarkerId);
