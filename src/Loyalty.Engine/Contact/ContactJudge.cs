using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>Collects what the arbiter looks at, and keeps what it remembers.</summary>
internal sealed class ContactJudge(IProgramSource programs, SuppressionList? suppressions)
{
    /// <summary>Everything the arbiter asks about one message.</summary>
    public ValueTask<ContactInput> InputAsync(
        PartitionSession session, CustomerSnapshot snapshot, RunDocument document, RunEffect.Send send, Instant now, CancellationToken cancellation)
    {
        var program = programs.Current;
        var live = program.Journey(document.Run.Journey);
        // Nearly always there is nothing to wait for.
        var isSimple = suppressions is null && (send.IsTransactional || (program.Model.Contact.Caps.IsEmpty && live?.Version == document.Run.Version));
        return isSimple
            ? new ValueTask<ContactInput>(Input(program, snapshot, document, send, send.IsTransactional ? null : live, isSuppressed: false, [], now))
            : ReadInputAsync(session, snapshot, document, send, now, cancellation);
    }

    private async ValueTask<ContactInput> ReadInputAsync(
        PartitionSession session, CustomerSnapshot snapshot, RunDocument document, RunEffect.Send send, Instant now, CancellationToken cancellation)
    {
        var program = programs.Current;
        var definition = send.IsTransactional ? null : await programs.DefinitionAsync(document.Run.Journey, document.Run.Version, cancellation);
        var isSuppressed = suppressions is not null
            && MessageComposer.Address(snapshot, program, send.Channel) is { } address && await suppressions.HasAsync(address, cancellation);
        var ahead = program.Model.Contact.Caps.IsEmpty || send.IsTransactional
            ? []
            : await AheadAsync(session, snapshot.Customer!, document, send, now, cancellation);
        return Input(program, snapshot, document, send, definition, isSuppressed, ahead, now);
    }

    private static ContactInput Input(
        LiveProgram program,
        CustomerSnapshot snapshot,
        RunDocument document,
        RunEffect.Send send,
        JourneyDefinition? definition,
        bool isSuppressed,
        ImmutableArray<RunEffect.Send> ahead,
        Instant now)
    {
        var customer = snapshot.Customer!;
        return new ContactInput
        {
            Customer = customer,
            Key = KeyOf(document.Run.RunId, send),
            Address = MessageComposer.Address(snapshot, program, send.Channel),
            IsSuppressed = isSuppressed,
            IsHeldOut = document.Run.IsHeldOut,
            Ahead = ahead,
            Policy = program.Model.Contact,
            Window = definition?.SendWindow,
            Zone = CustomerMoments.ZoneOf(customer, program.Model),
            Now = now,
        };
    }

    /// <summary>What the pacing is asked.</summary>
    /// <param name="send">The message.</param>
    /// <param name="input">What it was judged by.</param>
    /// <param name="before">Its item before it was claimed.</param>
    public static PacingRequest Request(RunEffect.Send send, ContactInput input, OutboxItem? before)
    {
        var lane = send.IsTransactional
            ? SendLane.Transactional
            : send.Priority switch { SendPriority.High => SendLane.High, SendPriority.Low => SendLane.Low, _ => SendLane.Normal };
        return new PacingRequest(send.Channel, lane, input.Key, before is { Reason: WithholdReasons.ProviderQuota, NotBefore: not null }, send.GiveUpAt);
    }

    /// <summary>The customer with the message counted towards caps; null: nothing is counted. Written with the claim, so that two messages at once cannot both take the last place.</summary>
    public static CustomerState? Noted(CustomerState customer, RunEffect.Send send, ContactInput input)
    {
        if (send.IsTransactional || !input.Policy.KeepsHistory) return null;
        var state = ContactState.Note(customer.Contact, new ContactSent(input.Key, send.Template, send.Topic, send.Channel, input.Now));
        return ReferenceEquals(state, customer.Contact) ? null : customer with { Contact = state };
    }

    /// <summary>The customer after a message had its outcome; null: nothing changes.</summary>
    public static CustomerState? Settled(CustomerState customer, string runId, OutboxItem item, RunEffect.Send send, string result, Instant now)
    {
        var after = customer;
        if (result == "sent" && send.Topic is { } topic)
            after = after with { Sent = after.Sent.RemoveAll(one => one.Topic == topic).Add(new TopicSent(topic, now)) };
        // What nobody got uses up no place; where nobody can tell, it stays counted.
        else if (result == "withheld" && ContactState.Forget(after.Contact, KeyOf(runId, send)) is var contact && !ReferenceEquals(contact, after.Contact))
            after = after with { Contact = contact };
        return ReferenceEquals(after, customer) ? null : after;
    }

    private static string KeyOf(string runId, RunEffect.Send send) => $"{runId}:{send.Key}";

    /// <summary>Messages of higher priority, of this and the customer's other runs, that could go now. What a paused journey has in hand could not, for as long as that lasts.</summary>
    private async ValueTask<ImmutableArray<RunEffect.Send>> AheadAsync(
        PartitionSession session, CustomerState customer, RunDocument document, RunEffect.Send send, Instant now, CancellationToken cancellation)
    {
        if (send.Priority == SendPriority.High) return [];
        var ahead = ImmutableArray.CreateBuilder<RunEffect.Send>();
        Add(document);
        foreach (var live in customer.Runs)
        {
            if (live.RunId != document.Run.RunId && await session.ReadAsync<RunDocument>(Keys.Run(live.RunId), cancellation) is { } other) Add(other);
        }

        return ahead.ToImmutable();

        void Add(RunDocument run)
        {
            if (programs.Current.IsPaused(run.Run.Journey) && !run.Run.IsFinished) return;
            foreach (var item in run.Outbox)
            {
                if (item is { State: OutboxState.Open, Effect: RunEffect.Send { IsTransactional: false } one } && one.Priority > send.Priority && !(item.NotBefore > now)) ahead.Add(one);
            }
        }
    }
}
