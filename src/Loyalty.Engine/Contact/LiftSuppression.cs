using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;

namespace Loyalty.Engine.Contact;

/// <summary>
/// Takes an address off the suppression list, because its mailbox works again, or its owner asks for messages again: off the imported list, and off the record
/// of the person who has it. Consent is another matter: a complaint has taken it back, and only the person gives it again.
/// </summary>
public sealed class LiftSuppression(IDocumentStore store, PersonResolver people, SuppressionList list, IProgramSource programs)
{
    /// <summary>Who has an address; null: nobody who is known.</summary>
    public async Task<string?> OwnerAsync(string address, CancellationToken cancellation = default)
    {
        if (Named(address) is { } identifier)
            return await people.OwnerAsync(identifier, cancellation) is { } owner ? await store.SurvivorAsync(owner, cancellation) : null;
        // A channel that knows the devices itself takes the customer's own id.
        return IsId(address) && await store.FindCustomerAsync(address, cancellation) is not null ? await store.SurvivorAsync(address, cancellation) : null;
    }

    /// <summary>Takes it off; an address that somebody imports, or that bounces, again is suppressed again.</summary>
    /// <param name="address">An e-mail address, a phone number in E.164, or a customer's id.</param>
    /// <param name="cancellation">Gives up; to be asked again.</param>
    public async Task<LiftAnswer> LiftAsync(string address, CancellationToken cancellation = default)
    {
        address = address.Trim();
        var identifier = Named(address);
        if (identifier is null && !IsId(address)) return new LiftAnswer.Refused(RefusalCode.InvalidField);
        if (identifier is { } name && await people.IsErasedAsync(name, cancellation)) return new LiftAnswer.Refused(RefusalCode.CustomerErased);
        var plain = identifier is { } known ? known.Value[(known.Kind.Length + 1)..] : address;
        var reasons = ImmutableArray.CreateBuilder<string>();
        var owner = await OwnerAsync(address, cancellation);
        if (owner is not null)
        {
            var lifted = await Attempts.UntilCommittedAsync(() => TryLiftAsync(owner, plain, cancellation));
            if (lifted.Refusal is { } refusal) return new LiftAnswer.Refused(refusal);
            reasons.AddRange(lifted.Reasons);
        }

        // Last: who asks again after a crash finds it there still.
        if (identifier is not null && await list.ReasonAsync(address, cancellation) is { } listed && await list.RemoveAsync(address, cancellation)) reasons.Add(listed);
        return reasons.Count == 0 ? new LiftAnswer.Refused(RefusalCode.NotFound) : new LiftAnswer.Done(owner, [.. reasons.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
    }

    private async Task<Lifted?> TryLiftAsync(string customerId, string address, CancellationToken cancellation)
    {
        var session = new PartitionSession(store, Keys.CustomerPartition(customerId));
        // Merged meanwhile: it is asked again, and finds the one who stayed.
        if (await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation) is not { MergedInto: null } customer) return new Lifted(RefusalCode.Conflict, []);
        if (customer.Contact?.ErasedAt is not null) return new Lifted(RefusalCode.CustomerErased, []);
        var left = ContactState.Lift(customer.Contact, programs.Current.Channels.Keys.Prepend(Consents.Email), address);
        if (ReferenceEquals(left, customer.Contact)) return new Lifted(null, []);
        CustomerDocuments.PutCustomer(session, customer with { Contact = left }, programs.Current.Model);
        return await session.CommitAsync(cancellation) ? new Lifted(null, [.. customer.Contact!.Suppressed.Except(left!.Suppressed).Select(static one => one.Reason)]) : null;
    }

    private static Identifier? Named(string address) => Identifier.Email(address) ?? Identifier.Phone(address);

    private static bool IsId(string text) => text.Length is > 0 and <= PersonResolver.MaxOwnId && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private sealed record Lifted(RefusalCode? Refusal, ImmutableArray<string> Reasons);
}

/// <summary>What came of it; a closed set.</summary>
public abstract record LiftAnswer
{
    private LiftAnswer()
    {
    }

    /// <param name="CustomerId">Who has the address; null: nobody who is known.</param>
    /// <param name="Reasons">Why it was suppressed (<see cref="SuppressionReasons"/>), sorted; at least one.</param>
    public sealed record Done(string? CustomerId, ImmutableArray<string> Reasons) : LiftAnswer;

    /// <param name="Code">
    /// <see cref="RefusalCode.InvalidField"/>: no address; <see cref="RefusalCode.NotFound"/>: it is not suppressed; <see cref="RefusalCode.CustomerErased"/>: it was an
    /// erased person's; <see cref="RefusalCode.Conflict"/>: the person was being merged.
    /// </param>
    public sealed record Refused(RefusalCode Code) : LiftAnswer;
}
