using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Contact;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;

namespace Loyalty.Engine.Runs;

/// <content>Documents in memory and a channel that hands nothing on: what is otherwise claimed, called and settled is one change.</content>
public sealed partial class DeliverMessageUseCase
{
    private static readonly Task<DeliveryReport> IsSettled = Task.FromResult(DeliveryReport.Settled);

    // Of one address, one after the other, go all messages of a person, and nobody else is at it.
    private (string Channel, string Address, string Hash) _latestAddress = ("", "", "");

    /// <summary>An open message whose time has come; false: anything else, which goes the whole way.</summary>
    private bool TryDeliverAtOnce(RunReference reference, string itemKey, out Task<DeliveryReport> delivering)
    {
        delivering = IsSettled;
        var session = new PartitionSession(store, Keys.CustomerPartition(reference.CustomerId));
        var runKey = Keys.Run(reference.RunId);
        var program = programs.Current;
        if (session.Read<RunDocument>(runKey) is not { } document || program.IsPaused(document.Run.Journey)) return false;
        var now = clock.GetCurrentInstant();
        var item = document.Outbox.Of(itemKey);
        if (item is not { State: OutboxState.Open, Effect: RunEffect.Send send } || now < item.NotBefore) return false;
        if (ChannelOf(send) is not { IsSilent: true }) return false;
        var snapshot = CustomerDocuments.LoadAsync(session, reference.CustomerId, orderId: null, CancellationToken.None).Answer();
        if (snapshot.Customer is not { MergedInto: null } customer) return false;
        var input = _judge.InputAsync(session, snapshot, document, send, now, CancellationToken.None).Answer();
        var verdict = Arbiter.Judge(send, input);
        if (verdict is Verdict.NotNow)
        {
            if (RunProtocol.Claim(document, itemKey, now, settings) is not ClaimOutcome.Claimed claimed) return false;
            delivering = HeldAtOnceAsync(session, reference, claimed.Document, itemKey, verdict);
            return true;
        }

        var (result, reason) = verdict switch
        {
            Verdict.Withheld withheld => (StepResults.Withheld, withheld.Reason),
            Verdict.Expired expired => (StepResults.Expired, expired.Reason),
            _ => (StepResults.Sent, (string?)null),
        };
        var (next, announcement) = RunProtocol.SettleItem(document, itemKey, result, reason, null, now, settings);
        session.Put(runKey, Kinds.Run, next, next.WakeAt);
        var went = verdict is Verdict.Go ? item with { AddressHash = AddressHash(send.Channel, input.Address!) } : item;
        var messageId = Keys.Message(reference.RunId, send.KeyStep, send.Visit);
        if (session.Read<MessageRecord>(messageId) is null)
            session.Put(messageId, Kinds.Message, MessageComposer.Record(document.Run, went, send, result, reason, null, null, now));
        var noted = (verdict is Verdict.Go ? ContactJudge.Noted(customer, send, input) : null) ?? customer;
        var after = ContactJudge.Settled(noted, reference.RunId, item, send, result, now) ?? noted;
        if (!ReferenceEquals(after, customer)) CustomerDocuments.PutCustomer(session, after, program.Model);
        session.CommitAsync(CancellationToken.None).Answer();
        if (announcement != Announcement.None && next.Gen > reference.Gen)
            delivering = ToldAsync(new RunAnnouncement(announcement, reference.RunId, next.Gen), reference.CustomerId);
        return true;
    }

    private string AddressHash(string channel, string address)
    {
        if (!ReferenceEquals(address, _latestAddress.Address) || channel != _latestAddress.Channel)
            _latestAddress = (channel, address, ContactState.AddressHash(channel, address));
        return _latestAddress.Hash;
    }

    private async Task<DeliveryReport> HeldAtOnceAsync(
        PartitionSession session, RunReference reference, RunDocument claimed, string itemKey, Verdict verdict)
    {
        await HeldAsync(session, reference, claimed, itemKey, verdict, CancellationToken.None);
        return DeliveryReport.Settled;
    }

    private async Task<DeliveryReport> ToldAsync(RunAnnouncement announcement, string customerId)
    {
        await announcer.TellAsync(customerId, [announcement], CancellationToken.None);
        return DeliveryReport.Settled;
    }
}
