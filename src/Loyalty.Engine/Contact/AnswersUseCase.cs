using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Contact;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Identity;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>What people answer by signed links and support writes down: each becomes an event and is applied before it is answered.</summary>
public sealed class AnswersUseCase(IDocumentStore store, ApplyEventUseCase events, PersonMerger merger, IProgramSource programs, IClock clock)
{
    /// <summary>Characters of a text.</summary>
    public const int MaxText = 4000;

    private const string Source = "program";

    /// <summary>Kinds that a person chooses from.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["complaint", "question", "advice", "idea", "rating", "reason"];

    /// <summary>Takes one topic back, or everything; twice is once.</summary>
    /// <returns>False: there is no such person any more.</returns>
    public async Task<bool> UnsubscribeAsync(ContactToken token, CancellationToken cancellation = default)
    {
        if (await CustomerAsync(token.CustomerId, cancellation) is not { } customer) return false;
        var topic = token.TopicKey ?? TopicConsent.Everything;
        // Mail providers repeat: what is taken back stays so, with its first proof.
        if (customer.Consents.FirstOrDefault(one => one.Topic == topic && one is { IsGiven: false, IsPending: false }) is { } taken
            && !customer.Consents.Any(one => one.IsGiven && one.At >= taken.At)) return true;
        var facts = ImmutableDictionary<string, AttributeValue>.Empty.Add("topic", topic);
        if (token.MessageId is { } message) facts = facts.Add("message-id", message);
        return await ApplyAsync(token.CustomerId, EventTypes.MessageUnsubscribed, $"unsubscribe:{token.MessageId}:{token.TopicKey}:{Now()}", new EventData.Facts(facts), cancellation);
    }

    /// <summary>What a person has decided, topic by topic, as a link of theirs can change it; null: there is no such person any more.</summary>
    public async Task<ImmutableArray<TopicChoice>?> ChoicesAsync(ContactToken token, CancellationToken cancellation = default)
    {
        if (await CustomerAsync(token.CustomerId, cancellation) is not { } customer) return null;
        var program = programs.Current;
        var own = await OwnChannelAsync(customer, token.MessageId, cancellation);
        var choices = ImmutableArray.CreateBuilder<TopicChoice>();
        foreach (var channel in program.Channels.Keys.Prepend(Consents.Email))
        {
            foreach (var (topic, title) in program.Topics)
            {
                var key = Consents.Key(topic, channel);
                var isPending = customer.Consents.Any(one => one.Topic == key && one.IsPending);
                choices.Add(new TopicChoice(key, channel, title, Consents.Refusal(customer, topic, channel) is null, isPending) { IsConfirmable = channel == own });
            }
        }

        return choices.ToImmutable();
    }

    /// <summary>
    /// Sets the topics of the page: named ones are given, the others withdrawn; what waits for its confirmation waits on unless it is given or declined. Only what
    /// differs is written. What is given from the address itself is confirmed by it; on another channel, or at another address, it is asked for, as any sign-up is.
    /// </summary>
    /// <returns>What is waited for after it, of what was given; null: there is no such person any more.</returns>
    public async Task<ImmutableArray<TopicChoice>?> ChooseAsync(
        ContactToken token, IReadOnlySet<string> given, IReadOnlySet<string> declined, string? text, CancellationToken cancellation = default)
    {
        if (await ChoicesAsync(token, cancellation) is not { } choices) return null;
        // What was never asked for and is not ticked stays unasked.
        var changed = choices.Where(one => one.IsPending ? given.Contains(one.Key) || declined.Contains(one.Key) : given.Contains(one.Key) != one.IsGiven).ToList();
        var confirmed = changed.Where(one => one.IsConfirmable && given.Contains(one.Key)).ToList();
        if (!await DecideAsync(token, changed.Except(confirmed), given, CustomerDecider.PreferencePage, text, cancellation)) return null;
        if (!await DecideAsync(token, confirmed, given, CustomerDecider.Confirmed, text, cancellation)) return null;
        return changed.Count == 0 ? [] : (await ChoicesAsync(token, cancellation))?.RemoveAll(one => !one.IsPending || !given.Contains(one.Key));
    }

    private async Task<bool> DecideAsync(
        ContactToken token, IEnumerable<TopicChoice> topics, IReadOnlySet<string> given, string how, string? text, CancellationToken cancellation)
    {
        var changes = topics.ToImmutableDictionary(static one => one.Key, one => given.Contains(one.Key), StringComparer.Ordinal);
        if (changes.IsEmpty) return true;
        var person = new EventData.Person { Consent = changes, ConsentHow = how, ConsentText = text, ConsentAt = await LaterAsync(token.CustomerId, cancellation) };
        var id = Hashing.Id(26, [Now(), how, .. changes.OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => $"{one.Key}={one.Value}")]);
        return await ApplyAsync(token.CustomerId, EventTypes.CustomerConsentChanged, $"preferences:{id}", person, cancellation);
    }

    /// <summary>The channel whose present address got this message: whoever uses its link has shown that the address is theirs. null: none.</summary>
    private async Task<string?> OwnChannelAsync(CustomerState customer, string? messageId, CancellationToken cancellation)
    {
        if (messageId is null) return null;
        var session = new PartitionSession(store, Keys.CustomerPartition(customer.CustomerId));
        if (await MessageAddresses.FindAsync(session, messageId, cancellation) is not { } went) return null;
        var snapshot = await CustomerDocuments.LoadAsync(session, customer.CustomerId, orderId: null, cancellation);
        return MessageComposer.Address(snapshot, programs.Current, went.Channel) is { } address && ContactState.AddressHash(went.Channel, address) == went.Hash ? went.Channel : null;
    }

    /// <summary>Takes an answer.</summary>
    /// <param name="customerId">Whose.</param>
    /// <param name="answer">What.</param>
    /// <param name="messageId">The message that is answered; null: none.</param>
    /// <param name="source">Who tells it.</param>
    /// <param name="cancellation">Gives up before it is written.</param>
    /// <returns>False: there is no such person any more.</returns>
    public async Task<bool> AnswerAsync(string customerId, FeedbackAnswer answer, string? messageId, string source, CancellationToken cancellation = default)
    {
        if (await CustomerAsync(customerId, cancellation) is null) return false;
        var facts = ImmutableDictionary<string, AttributeValue>.Empty.Add("kind", answer.Kind);
        if (messageId is not null) facts = facts.Add("message-id", messageId);
        if (answer.Text is { } text) facts = facts.Add("text", text);
        if (answer.Reason is { } reason) facts = facts.Add("reason", reason);
        if (answer.Rating is { } rating) facts = facts.Add("rating", (decimal)rating);
        if (answer.About is { } about) facts = facts.Add("about", about);
        // The same answer sent twice within a minute (a second click, a reload) is one.
        var minute = (clock.GetCurrentInstant().ToUnixTimeSeconds() / 60).ToString(CultureInfo.InvariantCulture);
        var id = Hashing.Id(32, "answer", customerId, messageId ?? "", answer.Kind, answer.Text ?? "", answer.Reason ?? "", answer.Rating?.ToString(CultureInfo.InvariantCulture) ?? "", answer.About ?? "", minute);
        return await ApplyAsync(customerId, EventTypes.FeedbackGiven, id, new EventData.Facts(facts), cancellation, source);
    }

    /// <summary>Answers of everybody, the latest first.</summary>
    /// <param name="kind">null: of every kind.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<FeedbackRecord>> ListAsync(string? kind, int limit, CancellationToken cancellation = default)
    {
        var latest = new PriorityQueue<FeedbackRecord, Instant>();
        await foreach (var record in store.ScanAsync<FeedbackRecord>(State.Kinds.Feedback, 500, cancellation))
        {
            if (kind is not null && record.Kind != kind) continue;
            latest.Enqueue(record, record.At);
            if (latest.Count > limit) latest.Dequeue();
        }

        return [.. latest.UnorderedItems.Select(static one => one.Element).OrderByDescending(static one => one.At).ThenBy(static one => one.Id, StringComparer.Ordinal)];
    }

    /// <summary>What is wrong with an answer; null: nothing.</summary>
    public static string? Problem(FeedbackAnswer answer)
    {
        if (!Kinds.Contains(answer.Kind)) return $"kind is one of {string.Join(", ", Kinds)}.";
        if (answer.Rating is < 0 or > 10) return "rating is 0 to 10.";
        if (answer.Kind == "rating" && answer.Rating is null) return "A rating needs rating: 0 to 10.";
        if (answer.Text?.Length > MaxText) return $"text has at most {MaxText} characters.";
        if (answer.Reason?.Length > 100) return "reason has at most 100 characters.";
        if (answer.About is not (null or "product" or "outlet" or "unit" or "order")) return "about is product, outlet, unit or order.";
        return answer.Kind == "rating" || !string.IsNullOrWhiteSpace(answer.Text) || !string.IsNullOrWhiteSpace(answer.Reason) ? null : "Say something: text or reason.";
    }

    /// <summary>What the person chooses now is later than everything known, whatever a shop's clock said.</summary>
    private async Task<Instant> LaterAsync(string customerId, CancellationToken cancellation)
    {
        var now = clock.GetCurrentInstant();
        foreach (var known in (await CustomerAsync(customerId, cancellation))?.Consents ?? [])
        {
            if (known.At >= now) now = known.At + Duration.Epsilon;
        }

        return now;
    }

    private async Task<bool> ApplyAsync(string customerId, string type, string id, EventData data, CancellationToken cancellation, string source = Source)
    {
        if (await CustomerAsync(customerId, cancellation) is null) return false;
        var now = type == EventTypes.MessageUnsubscribed ? await LaterAsync(customerId, cancellation) : clock.GetCurrentInstant();
        var e = new CanonicalEvent
        {
            Id = id,
            Source = source,
            Type = type,
            Time = now,
            ReceivedAt = now,
            Identifiers = [Identifier.Customer(customerId)],
            Data = data,
        };
        return await events.ApplyToAsync(customerId, e, mayStart: true, cancellation) is not ApplyOutcome.Refused { Code: RefusalCode.CustomerErased };
    }

    private async Task<CustomerState?> CustomerAsync(string customerId, CancellationToken cancellation)
    {
        customerId = await merger.SurvivorAsync(customerId, cancellation);
        // Of somebody who was erased the record is left, and takes nothing: to say that something was saved would not be true.
        return await store.FindCustomerAsync(customerId, cancellation) is { Contact: null or { ErasedAt: null } } customer ? customer : null;
    }

    private string Now() => clock.GetCurrentInstant().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
