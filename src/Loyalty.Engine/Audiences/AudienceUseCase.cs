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

/// <summary>
/// Lets an audience, or the existing subjects of a journey, enter: page by page over all customers, each customer in a batch of its own partition. It goes on
/// where it stopped; a customer met twice enters once, because the run's id follows from the occurrence.
/// </summary>
public sealed class AudienceUseCase(IDocumentStore store, IProgramSource programs, Announcer announcer, RunProtocolSettings settings, IClock clock)
{
    /// <summary>Customers in one page.</summary>
    public const int PageSize = 200;

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

    /// <summary>How many runs an enrolment would begin now.</summary>
    public async Task<int> CountExistingAsync(JourneyDefinition journey, CancellationToken cancellation = default)
    {
        var count = 0;
        foreach (var range in await store.GetFeedRangesAsync(cancellation))
        {
            string? continuation = null;
            do
            {
                var page = await store.ScanKindAsync(range, Kinds.Customer, PageSize, continuation, cancellation);
                foreach (var document in page.Items)
                {
                    var entering = await EnterAsync(journey, document.Partition, new PartitionSession(store, document.Partition), clock.GetCurrentInstant(), isEnrolment: true, cancellation);
                    count += entering?.Started ?? 0;
                }

                continuation = page.Continuation;
            }
            while (continuation is not null);
        }

        return count;
    }

    /// <summary>Works off an occurrence that is due; one that is not, or whose journey is gone, is left.</summary>
    public async Task AdvanceAsync(string journeyName, string documentId, CancellationToken cancellation = default)
    {
        while (await NextPageAsync(journeyName, documentId, cancellation))
        {
        }
    }

    /// <returns>True: there is more to do now.</returns>
    private async Task<bool> NextPageAsync(string journeyName, string documentId, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.AudiencePartition(journeyName));
        var now = clock.GetCurrentInstant();
        if (await session.ReadAsync<AudienceDocument>(documentId, cancellation) is not { NextAt: { } due } document || due > now) return false;
        var program = programs.Current;
        var isEnrolment = documentId == Keys.EnrolmentId;
        if (program.Journey(journeyName) is not { } journey || (!isEnrolment && journey.Enter.Audience is null))
        {
            session.Put(documentId, Kinds.Audience, document with { NextAt = null, EnteringSince = null });
            await session.CommitAsync(cancellation);
            return false;
        }

        var since = document.EnteringSince ?? due;
        var ranges = await store.GetFeedRangesAsync(cancellation);
        var page = await store.ScanKindAsync(ranges[Math.Min(document.Range, ranges.Count - 1)], Kinds.Customer, PageSize, document.Continuation, cancellation);
        var started = 0;
        foreach (var customer in page.Items) started += await EnterCommittedAsync(journey, customer.Partition, since, isEnrolment, cancellation);

        var next = document with
        {
            EnteringSince = since,
            Seen = (document.EnteringSince is null ? 0 : document.Seen) + page.Items.Count,
            Started = (document.EnteringSince is null ? 0 : document.Started) + started,
            Continuation = page.Continuation,
            Range = page.Continuation is null ? document.Range + 1 : document.Range,
        };
        var isOver = next.Continuation is null && next.Range >= ranges.Count;
        if (isOver)
        {
            var again = isEnrolment ? null : AudienceSchedule.Next(journey.Enter.Audience!, since, program.Model.TimeZone);
            next = next with { NextAt = again, EnteringSince = null, Range = 0 };
        }

        session.Put(documentId, Kinds.Audience, next, isOver ? next.NextAt : now + settings.WakeSlack);
        // Lost: another sweep is at work on it.
        return await session.CommitAsync(cancellation) && !isOver;
    }

    private async Task<int> EnterCommittedAsync(JourneyDefinition journey, string partition, Instant since, bool isEnrolment, CancellationToken cancellation)
    {
        var entered = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, partition);
            if (await EnterAsync(journey, partition, session, since, isEnrolment, cancellation) is not { Started: > 0 } entering) return new Entering(0, null, null);
            return await session.CommitAsync(cancellation) ? entering : null;
        });
        if (entered.MarkerId is { } marker) await announcer.FinishMarkerAsync(entered.CustomerId!, marker, cancellation);
        return entered.Started;
    }

    /// <summary>Writes a customer's entry into the session; null: the customer does not belong to it.</summary>
    private async Task<Entering?> EnterAsync(
        JourneyDefinition journey, string partition, PartitionSession session, Instant since, bool isEnrolment, CancellationToken cancellation)
    {
        var program = programs.Current;
        var now = clock.GetCurrentInstant();
        var customerId = partition[(partition.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var snapshot = await CustomerDocuments.LoadAsync(session, customerId, orderId: null, cancellation);
        if (snapshot.Customer is not { MergedInto: null } customer || customer.CreatedAt > since) return null;
        var zone = CustomerMoments.ZoneOf(customer, program.Model);
        if (!isEnrolment && !journey.Enter.Audience!.When.Holds(ProgramAttributes.Lookup(snapshot, program, now), now, zone)) return null;

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
        return new Entering(started, customerId, markerId);
    }

    private static string Ticks(Instant at) => at.ToUnixTimeTicks().ToString(System.Globalization.CultureInfo.InvariantCulture);

    private sealed record Entering(int Started, string? CustomerId, string? MarkerId);
}
