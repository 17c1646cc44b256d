using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Webhooks;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>
/// Does what a run's outbox holds beside messages: calls a system outside, makes a code or takes one back, counts an arm. Claimed like a message, so that
/// two hands do not do it at once; done again after a crash, because each of them can tell a repetition by its key.
/// </summary>
public sealed class PerformEffectUseCase(
    IDocumentStore store,
    IProgramSource programs,
    IWebhookCaller webhooks,
    IOfferSource offers,
    IArmTallies tallies,
    Announcer announcer,
    RunProtocolSettings settings,
    IClock clock)
{
    /// <param name="reference">The run, and the generation of the hand.</param>
    /// <param name="itemKey">The outbox item.</param>
    /// <param name="cancellation">Gives up between two persistence points.</param>
    public async Task<DeliveryReport> PerformAsync(RunReference reference, string itemKey, CancellationToken cancellation = default)
    {
        var opened = await Attempts.UntilCommittedAsync(() => TryClaimAsync(reference, itemKey, cancellation));
        if (opened.LookAgainAt is { } at) return DeliveryReport.LookAgain(at);
        if (opened.Claimed is not { } claimed) return DeliveryReport.Settled;
        var item = claimed.Outbox.Of(itemKey)!;
        var done = item.Effect switch
        {
            RunEffect.Webhook webhook => await CallAsync(claimed.Run, item, webhook, cancellation),
            RunEffect.Offer offer => await IssueAsync(claimed.Run, offer, cancellation),
            RunEffect.VoidCode code => await VoidAsync(claimed.Run, code, cancellation),
            RunEffect.Tally tally => await TallyAsync(claimed.Run, tally, cancellation),
            var other => throw new InvalidOperationException($"{other.GetType().Name} is not done here."),
        };
        return await NoteAsync(reference, itemKey, done, cancellation);
    }

    private async Task<Opened?> TryClaimAsync(RunReference reference, string itemKey, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
        var document = await session.ReadAsync<RunDocument>(Keys.Run(reference.RunId), cancellation);
        // A merged person's runs live on with the one who stays, in the hand of another generation.
        if (document is null || await AdvanceRunUseCase.IsMergedAsync(session, cancellation)) return new Opened(null, null);
        var now = clock.GetCurrentInstant();
        RunDocument claimed;
        switch (RunProtocol.Claim(document, itemKey, now, settings))
        {
            case ClaimOutcome.Claimed fresh: claimed = fresh.Document; break;
            case ClaimOutcome.AskProvider: claimed = RunProtocol.ClaimAnew(document, itemKey, now, settings); break;
            case ClaimOutcome.NotYet notYet: return new Opened(null, notYet.LookAgainAt);
            default: return new Opened(null, null);
        }

        session.Put(Keys.Run(reference.RunId), Kinds.Run, claimed, claimed.WakeAt);
        return await session.CommitAsync(cancellation) ? new Opened(claimed, null) : null;
    }

    private async Task<Done> CallAsync(RunState run, OutboxItem item, RunEffect.Webhook webhook, CancellationToken cancellation)
    {
        var now = clock.GetCurrentInstant();
        if (now >= webhook.GiveUpAt) return Done.Failed(item.Reason ?? "gave-up");
        if (programs.Current.Endpoints.GetValueOrDefault(webhook.Endpoint) is not { } endpoint) return Done.Failed("unknown-endpoint");
        var id = "msg_" + Keys.Operation(run.RunId, item.Key);
        var call = new WebhookCall(endpoint.Name, endpoint.Url, id, now, WebhookPayload.Body(run, webhook, item.QueuedAt));
        switch (await webhooks.CallAsync(call, cancellation))
        {
            case WebhookAnswer.Done answer: return Done.With(StepResults.Done, null, WebhookPayload.Reply(endpoint, answer.Body));
            case WebhookAnswer.Refused { Status: 410 }: return Done.Failed("status-410");
            case WebhookAnswer.Refused refused:
                return Again(item, webhook, "status-" + refused.Status.ToString(System.Globalization.CultureInfo.InvariantCulture), refused.RetryAfter);
            case WebhookAnswer.Unreachable unreachable: return Again(item, webhook, unreachable.Why, null);
            default: throw new InvalidOperationException("An unknown answer.");
        }
    }

    private Done Again(OutboxItem item, RunEffect.Webhook webhook, string why, Duration? retryAfter)
    {
        var pause = WebhookPayload.PauseAfter(item.Attempt);
        if (retryAfter is { } asked && asked > pause) pause = Duration.Min(asked, Duration.FromHours(24));
        var at = clock.GetCurrentInstant() + pause;
        return at >= webhook.GiveUpAt ? Done.Failed(why) : Done.Later(at, why);
    }

    private async Task<Done> IssueAsync(RunState run, RunEffect.Offer offer, CancellationToken cancellation)
    {
        var request = new OfferRequest(new OfferKey(run.CustomerId, run.RunId, offer.KeyStep, offer.Visit), offer.Code, offer.ValidUntil);
        switch (await offers.IssueAsync(request, cancellation))
        {
            case OfferAnswer.Issued issued:
                var values = ImmutableDictionary<string, AttributeValue>.Empty.Add("code", issued.Code);
                return Done.With(StepResults.Issued, null, issued.ValidUntil is { } until ? values.Add("valid-until", until) : values);
            case OfferAnswer.SoldOut soldOut: return Done.With(StepResults.SoldOut, soldOut.Why, null);
            case OfferAnswer.Failed failed: return Done.Failed(failed.Why);
            default: throw new InvalidOperationException("An unknown answer.");
        }
    }

    private async Task<Done> VoidAsync(RunState run, RunEffect.VoidCode code, CancellationToken cancellation)
    {
        await offers.VoidAsync(new OfferKey(run.CustomerId, run.RunId, code.KeyStep, code.Visit), cancellation);
        return Done.With(StepResults.Done, null, null);
    }

    private async Task<Done> TallyAsync(RunState run, RunEffect.Tally tally, CancellationToken cancellation)
    {
        await tallies.AddAsync(run, tally, cancellation);
        return Done.With(StepResults.Done, null, null);
    }

    private async Task<DeliveryReport> NoteAsync(RunReference reference, string itemKey, Done done, CancellationToken cancellation)
    {
        var noted = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
            var document = await session.ReadAsync<RunDocument>(Keys.Run(reference.RunId), cancellation);
            if (document is null || await AdvanceRunUseCase.IsMergedAsync(session, cancellation)) return new Noted(Announcement.None, 0);
            var now = clock.GetCurrentInstant();
            var (next, announcement) = done.RetryAt is { } at
                ? (RunProtocol.Defer(document, itemKey, at, done.Reason ?? "", now, settings), Announcement.None)
                : RunProtocol.SettleItem(document, itemKey, done.Result!, done.Reason, null, now, settings, done.Values);
            if (ReferenceEquals(next, document)) return new Noted(Announcement.None, 0);
            session.Put(Keys.Run(reference.RunId), Kinds.Run, next, next.WakeAt);
            return await session.CommitAsync(cancellation) ? new Noted(announcement, next.Gen) : null;
        });
        if (noted.Announcement != Announcement.None)
            await announcer.TellAsync(reference.CustomerId, [new RunAnnouncement(noted.Announcement, reference.RunId, noted.Gen)], cancellation);
        return done.RetryAt is { } later ? DeliveryReport.LookAgain(later) : DeliveryReport.Settled;
    }

    private sealed record Opened(RunDocument? Claimed, Instant? LookAgainAt);

    private sealed record Noted(Announcement Announcement, int Gen);

    private sealed record Done(string? Result, string? Reason, Instant? RetryAt, ImmutableDictionary<string, AttributeValue>? Values)
    {
        public static Done With(string result, string? reason, ImmutableDictionary<string, AttributeValue>? values) => new(result, reason, null, values);

        public static Done Failed(string why) => new(StepResults.Failed, why, null, null);

        public static Done Later(Instant at, string why) => new(null, why, at, null);
    }
}
