using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using Loyalty.Engine.Telemetry;
using NodaTime;

namespace Loyalty.Engine.Runs;

/// <summary>
/// Hands one outbox item over: judge, claim, call the provider, record the outcome together with the signal that lets the step end.
/// Run twice, or by two at once, or cut off anywhere, the message goes out once.
/// </summary>
public sealed partial class DeliverMessageUseCase(
    IDocumentStore store,
    IProgramSource programs,
    IMessageRenderer renderer,
    IMessageChannel channel,
    PersonMerger merger,
    Announcer announcer,
    RunProtocolSettings settings,
    IClock clock,
    ContactServices? contact = null)
{
    private readonly ContactServices _contact = contact ?? ContactServices.None;
    private readonly ContactJudge _judge = new(programs, contact?.Suppressions);

    /// <param name="reference">The run, and the generation of the hand that delivers.</param>
    /// <param name="itemKey">The outbox item.</param>
    /// <param name="cancellation">Gives up between two persistence points.</param>
    public Task<DeliveryReport> DeliverAsync(RunReference reference, string itemKey, CancellationToken cancellation = default) =>
        store is IObjectStore && TryDeliverAtOnce(reference, itemKey, out var delivering) ? delivering : DeliverInStepsAsync(reference, itemKey, cancellation);

    private async Task<DeliveryReport> DeliverInStepsAsync(RunReference reference, string itemKey, CancellationToken cancellation)
    {
        reference = reference with { CustomerId = await merger.SurvivorAsync(reference.CustomerId, cancellation) };
        var slot = new Slot();
        var opened = store is IObjectStore
            ? (await TryOpenAsync(reference, itemKey, slot, cancellation))!
            : await OpenAgainAsync(reference, itemKey, slot, cancellation);
        switch (opened)
        {
            case Opened.Done: return DeliveryReport.Settled;
            case Opened.Moved: return await DeliverAsync(reference, itemKey, cancellation);
            case Opened.Later later: return DeliveryReport.LookAgain(later.At);
            case Opened.Settle settle: return await SettleAsync(reference, itemKey, settle.Result, settle.Reason, null, null, cancellation);
            case Opened.Call call: return await CallAsync(reference, itemKey, call, cancellation);
            default: throw new InvalidOperationException(opened.ToString());
        }
    }

    private Task<Opened> OpenAgainAsync(RunReference reference, string itemKey, Slot slot, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(() => TryOpenAsync(reference, itemKey, slot, cancellation));

    private Task<SettledItem> SettleAgainAsync(
        RunReference reference, string itemKey, string result, string? reason, string? providerId, string? locale, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(() => TrySettleAsync(reference, itemKey, result, reason, providerId, locale, cancellation));

    /// <summary>Everything before the provider is called. null: a race was lost.</summary>
    private async Task<Opened?> TryOpenAsync(RunReference reference, string itemKey, Slot slot, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
        var document = await session.ReadAsync<RunDocument>(Keys.Run(reference.RunId), cancellation);
        if (await AdvanceRunUseCase.IsMergedAsync(session, cancellation)) return new Opened.Moved();
        if (document is null) return new Opened.Done();
        var now = clock.GetCurrentInstant();
        // A paused journey hands nothing over that nobody has begun to hand over; its run is held in the next turn.
        var isRestricted = (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation))?.RestrictedAt is not null;
        if ((isRestricted || (programs.Current.IsPaused(document.Run.Journey) && !document.Run.IsFinished))
            && document.Outbox.Of(itemKey) is { State: OutboxState.Open })
        {
            return new Opened.Later(now + settings.WakeSlack);
        }

        slot.Before = document.Outbox.Of(itemKey);
        switch (RunProtocol.Claim(document, itemKey, now, settings))
        {
            case ClaimOutcome.AlreadySettled: return new Opened.Done();
            case ClaimOutcome.NotYet notYet: return new Opened.Later(notYet.LookAgainAt);
            case ClaimOutcome.UnknownForGood: return new Opened.Settle("expired", WithholdReasons.OutcomeUnknown);
            case ClaimOutcome.AskProvider: return await AskAsync(session, reference, document, itemKey, slot, cancellation);
            case ClaimOutcome.Claimed claimed: return await TakeAsync(session, reference, claimed.Document, itemKey, slot, cancellation);
            default: throw new InvalidOperationException("An unknown claim outcome.");
        }
    }

    /// <summary>Judges, renders and commits the claim, guarded by the customer's consents as they were judged.</summary>
    private async Task<Opened?> TakeAsync(
        PartitionSession session, RunReference reference, RunDocument claimed, string itemKey, Slot slot, CancellationToken cancellation)
    {
        var program = programs.Current;
        var now = clock.GetCurrentInstant();
        var snapshot = await CustomerDocuments.LoadAsync(session, reference.CustomerId, orderId: null, cancellation);
        var item = claimed.Outbox.Of(itemKey)!;
        var send = (RunEffect.Send)item.Effect;
        if (snapshot.Customer is not { } customer) return new Opened.Done();
        // The program may have lost the channel since, or this host never had it.
        if (ChannelOf(send) is not { } through || (send.OtherChannel is { } named && !program.Channels.ContainsKey(named))) return new Opened.Settle("withheld", WithholdReasons.NoChannel);
        var input = await _judge.InputAsync(session, snapshot, claimed, send, now, cancellation);
        var verdict = Arbiter.Judge(send, input);
        if (verdict is not Verdict.Go) return await HeldAsync(session, reference, claimed, itemKey, verdict, cancellation);

        if (through.IsSilent) return await TakeSilentlyAsync(session, customer, send, input, cancellation);
        OutgoingMessage message;
        RenderedMessage rendered;
        try
        {
            var values = new LazyValues(() => MessageComposer.Values(snapshot, program, claimed.Run, send, _contact.Links, now));
            rendered = renderer.Render(send.Template, customer.Profile.Locale?.Value, values);
            message = MessageComposer.Message(claimed.Run, send, rendered, input.Address!, snapshot, program, _contact.Links, now);
        }
        catch (TemplateException)
        {
            return new Opened.Settle("withheld", WithholdReasons.TemplateBroken);
        }

        // Asked last: what is granted counts. An attempt that loses the race for the claim keeps it for the next.
        if (!slot.IsGranted && _contact.Pacing is { } pacing)
        {
            if (await pacing.AskAsync(ContactJudge.Request(send, input, slot.Before), cancellation) is { } notYet)
                return await HeldAsync(session, reference, claimed, itemKey, Arbiter.Hold(send, input, notYet.Until, notYet.Reason), cancellation);
            slot.IsGranted = true;
        }

        claimed = RunProtocol.Addressed(claimed, itemKey, ContactState.AddressHash(send.Channel, input.Address!));
        session.Put(Keys.Run(reference.RunId), Kinds.Run, claimed, claimed.WakeAt);
        if (ContactJudge.Noted(customer, send, input) is { } noted) CustomerDocuments.PutCustomer(session, noted, program.Model);
        else session.Guard(Keys.CustomerId);
        return await session.CommitAsync(cancellation) ? new Opened.Call(message, item, rendered.Locale, claimed.Trace) : null;
    }

    /// <summary>A channel that hands nothing on has every message at once: there is nothing to claim, only to count.</summary>
    private async Task<Opened?> TakeSilentlyAsync(
        PartitionSession session, CustomerState customer, RunEffect.Send send, ContactInput input, CancellationToken cancellation)
    {
        if (ContactJudge.Noted(customer, send, input) is { } noted)
        {
            CustomerDocuments.PutCustomer(session, noted, programs.Current.Model);
            if (!await session.CommitAsync(cancellation)) return null;
        }

        return new Opened.Settle("sent", null);
    }

    /// <summary>The message does not go now: it waits, or it has its outcome.</summary>
    private async Task<Opened?> HeldAsync(
        PartitionSession session, RunReference reference, RunDocument claimed, string itemKey, Verdict verdict, CancellationToken cancellation)
    {
        switch (verdict)
        {
            case Verdict.Withheld withheld: return new Opened.Settle("withheld", withheld.Reason);
            case Verdict.Expired expired: return new Opened.Settle("expired", expired.Reason);
            case Verdict.NotNow notNow:
                var waits = RunProtocol.Defer(claimed, itemKey, notNow.Until, notNow.Reason, clock.GetCurrentInstant(), settings);
                session.Put(Keys.Run(reference.RunId), Kinds.Run, waits, waits.WakeAt);
                session.Guard(Keys.CustomerId);
                Measures.Held(notNow.Reason);
                return await session.CommitAsync(cancellation) ? new Opened.Later(notNow.Until) : null;
            default: throw new InvalidOperationException("A verdict without a case.");
        }
    }

    private IMessageChannel? ChannelOf(RunEffect.Send send) => send.OtherChannel is { } other ? _contact.Channels?.Find(other) : channel;

    /// <summary>A claim ran out: only the provider knows whether the message went.</summary>
    private async Task<Opened?> AskAsync(
        PartitionSession session, RunReference reference, RunDocument document, string itemKey, Slot slot, CancellationToken cancellation)
    {
        var send = (RunEffect.Send)document.Outbox.Of(itemKey)!.Effect;
        // A channel that was taken away since cannot be asked.
        var answer = ChannelOf(send) is { } asked ? await asked.LookUpAsync(Keys.Operation(reference.RunId, itemKey), cancellation) : new HandOver.CannotAsk();
        switch (answer)
        {
            case HandOver.Accepted: return new Opened.Settle("sent", null);
            case HandOver.Refused refused: return new Opened.Settle("withheld", WithholdReasons.OfChannel(refused.Reason));
            case HandOver.NeverSeen:
                var again = RunProtocol.ClaimAnew(document, itemKey, clock.GetCurrentInstant(), settings);
                return await TakeAsync(session, reference, again, itemKey, slot, cancellation);
            default:
                var marked = RunProtocol.MarkUnknown(document, itemKey, clock.GetCurrentInstant(), settings);
                session.Put(Keys.Run(reference.RunId), Kinds.Run, marked, marked.WakeAt);
                Measures.Unknown(send.Template);
                return await session.CommitAsync(cancellation)
                    ? new Opened.Later(marked.Outbox.Of(itemKey)!.UnknownUntil!.Value)
                    : null;
        }
    }

    private async Task<DeliveryReport> CallAsync(RunReference reference, string itemKey, Opened.Call call, CancellationToken cancellation)
    {
        // The list lies in another partition and guards no claim: an import that came between the judgement and the claim is seen here.
        if (_contact.Suppressions is { } suppressions && await suppressions.HasAsync(call.Message.To, cancellation))
            return await SettleAsync(reference, itemKey, StepResults.Withheld, WithholdReasons.Suppressed, null, call.Locale, cancellation);
        // Called only in the first half of the lease: whoever finds the claim past its lease may rely on no call being under way.
        if (clock.GetCurrentInstant() >= call.Item.ClaimedAt + settings.ClaimLease / 2) return DeliveryReport.LookAgain(call.Item.LeaseUntil!.Value);
        try
        {
            return await RunTracing.SendAsync(ChannelOf((RunEffect.Send)call.Item.Effect)!, call.Message, Keys.Operation(reference.RunId, itemKey), call.Trace, cancellation) switch
            {
                HandOver.Accepted accepted =>
                    await SettleAsync(reference, itemKey, "sent", null, accepted.ProviderId, call.Locale, cancellation),
                HandOver.Refused refused =>
                    await SettleAsync(reference, itemKey, "withheld", WithholdReasons.OfChannel(refused.Reason), null, call.Locale, cancellation),
                _ => DeliveryReport.LookAgain(call.Item.LeaseUntil!.Value),
            };
        }
        catch (ChannelUnavailableException busy) when (busy.RetryAfter is { } pause)
        {
            // The provider said "not now": it does not have the message.
            return await DeferAsync(reference, itemKey, clock.GetCurrentInstant() + Duration.FromTimeSpan(pause), cancellation);
        }
        catch (ChannelUnavailableException)
        {
            return DeliveryReport.LookAgain(call.Item.LeaseUntil!.Value);
        }
    }

    private Task<DeliveryReport> DeferAsync(RunReference reference, string itemKey, Instant until, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(async () =>
        {
            var session = await OpenAsync(reference, cancellation);
            var document = await session.ReadAsync<RunDocument>(Keys.Run(reference.RunId), cancellation);
            if (document is null) return DeliveryReport.Settled;
            var deferred = RunProtocol.Defer(document, itemKey, until, WithholdReasons.ProviderBusy, clock.GetCurrentInstant(), settings);
            session.Put(Keys.Run(reference.RunId), Kinds.Run, deferred, deferred.WakeAt);
            return await session.CommitAsync(cancellation) ? DeliveryReport.LookAgain(until) : null;
        });

    private async Task<DeliveryReport> SettleAsync(
        RunReference reference, string itemKey, string result, string? reason, string? providerId, string? locale, CancellationToken cancellation)
    {
        var settled = store is IObjectStore
            ? (await TrySettleAsync(reference, itemKey, result, reason, providerId, locale, cancellation))!
            : await SettleAgainAsync(reference, itemKey, result, reason, providerId, locale, cancellation);
        // The hand's own orchestration goes on by itself; a newer one has to be told.
        if (settled.Announcement != Announcement.None && settled.Gen > reference.Gen)
        {
            await announcer.TellAsync(
                settled.CustomerId, [new RunAnnouncement(settled.Announcement, reference.RunId, settled.Gen)], cancellation);
        }

        return DeliveryReport.Settled;
    }

    private async Task<SettledItem?> TrySettleAsync(
        RunReference reference, string itemKey, string result, string? reason, string? providerId, string? locale, CancellationToken cancellation)
    {
        var program = programs.Current.Model;
        var now = clock.GetCurrentInstant();
        var session = await OpenAsync(reference, cancellation);
        var document = await session.ReadAsync<RunDocument>(Keys.Run(reference.RunId), cancellation);
        var item = document?.Outbox.Of(itemKey);
        if (document is null || item is null || item.IsSettled) return new SettledItem("", Announcement.None, 0);

        var (next, announcement) = RunProtocol.SettleItem(document, itemKey, result, reason, providerId, now, settings);
        session.Put(Keys.Run(reference.RunId), Kinds.Run, next, next.WakeAt);
        var send = (RunEffect.Send)item.Effect;
        var messageId = Keys.Message(reference.RunId, send.KeyStep, send.Visit);
        if (await session.ReadAsync<MessageRecord>(messageId, cancellation) is null)
        {
            session.Put(messageId, Kinds.Message, MessageComposer.Record(document.Run, item, send, result, reason, providerId, locale, now));
        }

        if (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation) is { } customer
            && ContactJudge.Settled(customer, reference.RunId, item, send, result, now) is { } after)
        {
            CustomerDocuments.PutCustomer(session, after, program);
        }

        return await session.CommitAsync(cancellation) ? new SettledItem(next.Run.CustomerId, announcement, next.Gen) : null;
    }

    /// <summary>The partition in which the run lives now; its person may have been merged while the provider was called.</summary>
    private async Task<PartitionSession> OpenAsync(RunReference reference, CancellationToken cancellation)
    {
        var customerId = reference.CustomerId;
        while (true)
        {
            var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
            if (!await AdvanceRunUseCase.IsMergedAsync(session, cancellation)) return session;
            customerId = await merger.SurvivorAsync(customerId, cancellation);
        }
    }

    /// <summary>What an attempt leaves to the next.</summary>
    private sealed class Slot
    {
        /// <summary>The provider's quota was asked and has granted this message.</summary>
        public bool IsGranted { get; set; }

        /// <summary>The item before it was claimed.</summary>
        public OutboxItem? Before { get; set; }
    }

    private sealed record SettledItem(string CustomerId, Announcement Announcement, int Gen);

    private abstract record Opened
    {
        private Opened()
        {
        }

        public sealed record Done : Opened;

        /// <summary>The person was merged meanwhile: again, with the one who stays.</summary>
        public sealed record Moved : Opened;

        public sealed record Later(Instant At) : Opened;

        public sealed record Settle(string Result, string? Reason) : Opened;

        public sealed record Call(OutgoingMessage Message, OutboxItem Item, string Locale, string? Trace) : Opened;
    }
}

/// <summary>Headers of our own, so that a mail can be traced back to what sent it.</summary>
public static class MessageHeaders
{
    public const string Template = "X-Loyalty-Template";
    public const string Journey = "X-Loyalty-Journey";

    /// <summary>On messages that were sent to try a template out.</summary>
    public const string Test = "X-Loyalty-Test";
}

/// <summary>How a delivery went: settled, or to be looked at again (ISO 8601).</summary>
public sealed record DeliveryReport(string? LookAgainAt)
{
    public static DeliveryReport Settled { get; } = new((string?)null);

    internal static DeliveryReport LookAgain(Instant at) => new(NodaTime.Text.InstantPattern.ExtendedIso.Format(at));
}
