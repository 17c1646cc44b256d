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

    private readonly AudienceEnrolment _enrolment = new(store, programs, settings, clock);

    /// <summary>Works off an occurrence that is due; one that is not, or whose journey is gone, is left.</summary>
    public async Task AdvanceAsync(string journeyName, string documentId, CancellationToken cancellation = default)
    {
        while (await NextPageAsync(journeyName, documentId, cancellation))
        {
        }
    }

    /// <summary>Lets one customer enter an occurrence of a journey's audience, if they belong to it: what a page does for each of its customers.</summary>
    public Task EnterAsync(JourneyDefinition journey, string customerId, Instant since, CancellationToken cancellation = default) =>
        EnterCommittedAsync(journey, Keys.CustomerPartition(customerId), since, isEnrolment: false, cancellation);

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
            if (await _enrolment.EnterAsync(journey, partition, session, since, isEnrolment, cancellation) is not { Started: > 0 } entering) return new AudienceEntering(0, null, null);
            return await session.CommitAsync(cancellation) ? entering : null;
        });
        if (entered.MarkerId is { } marker) await announcer.FinishMarkerAsync(entered.CustomerId!, marker, cancellation);
        return entered.Started;
    }
}
