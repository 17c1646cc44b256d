using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>
/// Mails that are nobody's: an answer from an address that no customer has, or an <c>unsubscribe</c> that names a message of somebody else. They make nobody a
/// customer and change nobody's consent; people look at them, say whose they are, or that there is nothing to do. Kept as long as accepted events are.
/// </summary>
public sealed class AsideMails(IDocumentStore store, PersonResolver people, PersonMerger merger, ApplyEventUseCase events)
{
    /// <summary>Mails in one list, at most.</summary>
    public const int ListLimit = 500;

    private const int PageSize = 500;
    private const string FeedbackSuffix = "#feedback";

    /// <summary>What nobody has looked at, the latest first.</summary>
    public async Task<IReadOnlyList<AsideMail>> ListAsync(int limit, CancellationToken cancellation = default)
    {
        var found = new List<AsideMail>();
        await foreach (var (_, document) in AllAsync(cancellation))
        {
            if (document.Outcome == IntakeOutcomes.Nobody) found.Add(Show(document));
        }

        var latest = found.OrderByDescending(static one => one.At).ThenBy(static one => one.Id, StringComparer.Ordinal).Take(Math.Clamp(limit, 1, ListLimit)).ToList();
        for (var i = 0; i < latest.Count; i++)
        {
            // Who has become known by the address since is the likely one.
            if (Identifier.Email(latest[i].From) is { } sender && await people.OwnerAsync(sender, cancellation) is { } owner)
                latest[i] = latest[i] with { SenderIs = await merger.SurvivorAsync(owner, cancellation) };
        }

        return latest;
    }

    /// <summary>Says whose a mail is: what it tells is applied to that customer, once however often.</summary>
    /// <param name="id">The mail.</param>
    /// <param name="customerId">Whose.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    /// <returns>null: done; else <see cref="RefusalCode.NotFound"/> (no such mail, or no such customer), <see cref="RefusalCode.CustomerErased"/>,
    /// <see cref="RefusalCode.NotTheirMessage"/> (an unsubscribe by a message that was not theirs), <see cref="RefusalCode.Conflict"/> (it is another's, or dismissed).</returns>
    public async Task<RefusalCode?> AttachAsync(string id, string customerId, CancellationToken cancellation = default)
    {
        if (await FindAsync(id, cancellation) is not var (stored, mail)) return RefusalCode.NotFound;
        customerId = await merger.SurvivorAsync(customerId, cancellation);
        if (mail.Outcome != IntakeOutcomes.Nobody) return mail.Outcome == IntakeOutcomes.Attached && mail.CustomerId == customerId ? null : RefusalCode.Conflict;
        if (await store.FindCustomerAsync(customerId, cancellation) is not { } customer) return RefusalCode.NotFound;
        if (customer.Contact?.ErasedAt is not null) return RefusalCode.CustomerErased;
        foreach (var e in Told(mail.Event, customerId))
        {
            if (await events.ApplyToAsync(customerId, e, mayStart: true, cancellation) is ApplyOutcome.Refused refused) return refused.Code;
        }

        return await CloseAsync(stored, mail with { Outcome = IntakeOutcomes.Attached, CustomerId = customerId }, cancellation) ? null : RefusalCode.Conflict;
    }

    /// <summary>There is nothing to do.</summary>
    /// <param name="id">The mail.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    /// <returns>null: done; else <see cref="RefusalCode.NotFound"/> or <see cref="RefusalCode.Conflict"/> (it was attached).</returns>
    public async Task<RefusalCode?> DismissAsync(string id, CancellationToken cancellation = default)
    {
        if (await FindAsync(id, cancellation) is not var (stored, mail)) return RefusalCode.NotFound;
        if (mail.Outcome == IntakeOutcomes.Dismissed) return null;
        if (mail.Outcome != IntakeOutcomes.Nobody) return RefusalCode.Conflict;
        return await CloseAsync(stored, mail with { Outcome = IntakeOutcomes.Dismissed }, cancellation) ? null : RefusalCode.Conflict;
    }

    /// <summary>A reply is told as two events, of which one was laid aside.</summary>
    private static IEnumerable<CanonicalEvent> Told(CanonicalEvent e, string customerId)
    {
        // By the customer's id alone: the address stays nobody's.
        var whose = e with { Identifiers = [Identifier.Customer(customerId)] };
        if (e.Type == EventTypes.FeedbackGiven && e.Data is EventData.Facts facts && e.Id.EndsWith(FeedbackSuffix, StringComparison.Ordinal))
            yield return whose with { Id = e.Id[..^FeedbackSuffix.Length], Type = EventTypes.MessageReplied, Data = new EventData.Facts(facts.Values.Remove("kind")) };
        yield return whose;
    }

    private async Task<bool> CloseAsync(Document stored, IntakeDocument mail, CancellationToken cancellation)
    {
        DocumentWrite write = new DocumentWrite.Replace(stored.Id, stored.ETag, Kinds.Aside, LoyaltyJson.Write(mail), ExpiresAt: stored.ExpiresAt);
        return (await store.CommitAsync(stored.Partition, [write], cancellation)).IsCommitted;
    }

    private async Task<(Document Stored, IntakeDocument Mail)?> FindAsync(string id, CancellationToken cancellation)
    {
        await foreach (var (stored, mail) in AllAsync(cancellation))
        {
            if (IdOf(mail.Event) == id) return (stored, mail);
        }

        return null;
    }

    private async IAsyncEnumerable<(Document Stored, IntakeDocument Mail)> AllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var document in store.ScanAsync(Kinds.Aside, PageSize, cancellation)) yield return (document, LoyaltyJson.Read<IntakeDocument>(document.Body.Span));
    }

    private static AsideMail Show(IntakeDocument mail)
    {
        var facts = (mail.Event.Data as EventData.Facts)?.Values ?? ImmutableDictionary<string, AttributeValue>.Empty;
        return new AsideMail
        {
            Id = IdOf(mail.Event),
            Kind = mail.Event.Type == EventTypes.MessageUnsubscribed ? "unsubscribe" : "reply",
            Reason = mail.Reason ?? "",
            From = mail.Event.Identifiers.Where(static one => one.Kind == "email").Select(static one => one.Value["email:".Length..]).FirstOrDefault() ?? "",
            Text = (facts.GetValueOrDefault("text") as AttributeValue.Text)?.Value,
            MessageId = (facts.GetValueOrDefault("message-id") as AttributeValue.Text)?.Value,
            At = mail.Event.Time,
        };
    }

    private static string IdOf(CanonicalEvent e) => Hashing.Id(26, "aside", e.Source, e.Id);
}

/// <summary>A mail that is nobody's.</summary>
public sealed record AsideMail
{
    public required string Id { get; init; }

    /// <summary><c>reply</c> or <c>unsubscribe</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>no-identifier</c>: no customer has the sender's address; <c>not-their-message</c>: it names a message that went to somebody else.</summary>
    public required string Reason { get; init; }

    /// <summary>The sender's address.</summary>
    public required string From { get; init; }

    /// <summary>What they wrote, without what they quoted; null: nothing.</summary>
    public string? Text { get; init; }

    /// <summary>The message they name; null: none.</summary>
    public string? MessageId { get; init; }
    public required Instant At { get; init; }

    /// <summary>The customer who has the sender's address by now; null: nobody.</summary>
    public string? SenderIs { get; init; }
}
