using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Identity;

/// <summary>
/// Finds the person an event is about. Each identifier owns a document that points at the person; it is created "only if absent", so two
/// racers agree on one.
/// </summary>
public sealed class PersonResolver(IDocumentStore store, IClock clock)
{
    /// <summary>
    /// The longest id of the sender's own that becomes the customer's id, in letters, digits, <c>-</c>, <c>_</c> and <c>.</c>: batches of ids
    /// have to fit into payloads of 8 KB. Somebody with another id gets one of ours and is known by the sender's all the same.
    /// </summary>
    public const int MaxOwnId = 64;

    private const string OwnPrefix = "c";
    private const int OwnLength = 21;

    private readonly MovedAddresses _moves = new(store);
    private readonly NameRelease _releases = new(store, clock);

    /// <summary>The people that an event names, made known under every identifier of it.</summary>
    /// <remarks>
    /// All racers claim identifiers in the same order, so the first of them decides. The id follows from the event that made the person known:
    /// it tells nothing about the identifier, and the same event makes the same person however often it is tried.
    /// </remarks>
    public async Task<Resolution> ResolveAsync(CanonicalEvent e, CancellationToken cancellation = default)
    {
        if (ProviderMessages.IdOf(e) is { } providerId) return await ResolveReportAsync(e, Keys.MailIdentifier(providerId), cancellation);
        if (MailEvents.IsMail(e)) return await ResolveKnownAsync(e, cancellation);
        var identifiers = Sorted(e.Identifiers);
        var own = identifiers.Length;
        if (OrderIdOf(e) is { } orderId)
        {
            var order = Keys.OrderIdentifier(orderId);
            if (identifiers.IsEmpty)
            {
                var told = OwnerOf(await ReadAsync(order, cancellation));
                if (told?.ErasedAt is not null) return Resolution.Erased;
                return told?.CustomerId is { } found ? new Resolution([found], null, []) : Resolution.Nobody;
            }

            identifiers = identifiers.Add(order);
        }

        if (identifiers.IsEmpty) return Resolution.Nobody;
        var owners = new string?[identifiers.Length];
        var known = new Document?[identifiers.Length];
        for (var i = 0; i < owners.Length; i++)
        {
            known[i] = await ReadAsync(identifiers[i], cancellation);
            owners[i] = OwnerOf(known[i])?.CustomerId;
        }

        if (FormerNames.Find(e, identifiers, known.Select(OwnerOf)) is { } former) return await FormerAsync(e, former, cancellation);
        if (ErasedNames.Find(e, identifiers, known.Select(OwnerOf)) is { } erased)
        {
            if (erased.IsEvent) return Resolution.Erased;
            // What is left of the event names somebody who was not erased.
            if (!erased.Names.IsEmpty) return (await ResolveToldAsync(erased.Without(e), cancellation)) with { LeavesErased = true };
        }

        if (await WithoutCorrectedAsync(e, identifiers, owners, own, cancellation) is { } left) return await ResolveToldAsync(left, cancellation);

        switch (await _moves.FindAsync(e, identifiers[..own], owners.AsMemory(0, own), cancellation))
        {
            case MovedAddress.Outdated outdated:
                return await ResolveToldAsync(ErasedNames.Without(e, outdated.Names), cancellation);
            case MovedAddress.Left moved:
                // Up to the event that shows it, which is the other's already.
                foreach (var name in moved.Names) await _releases.ReleaseAsync(name, moved.CustomerId, e.ReceivedAt - Duration.Epsilon, cancellation);
                return await ResolveAsync(e, cancellation);
        }

        var person = owners.FirstOrDefault(static owner => owner is not null)
            ?? identifiers.Where((one, i) => one.Kind == "id" && OwnerOf(known[i])?.ErasedAt is null).Select(static one => one.Value[3..]).FirstOrDefault(IsPlain)
            ?? NewId(e, identifiers[0]);
        for (var i = 0; i < owners.Length; i++)
        {
            if (owners[i] is not null) continue;
            known[i] = await ClaimAsync(identifiers[i], known[i], person, cancellation);
            var owner = OwnerOf(known[i])!.CustomerId!;
            // Lost the first identifier to a racer: the racer's person is this one.
            if (owner != person && Array.TrueForAll(owners, static one => one is null)) person = owner;
            owners[i] = owner;
        }

        var waiting = owners.Length > own ? OwnerOf(known[own])!.Waiting : null;
        return new Resolution([.. owners[..own].OfType<string>().Distinct(StringComparer.Ordinal)], owners.Length > own ? owners[own] : null, waiting ?? []);
    }

    /// <summary>
    /// Names in an event of several people that were corrected with one of them and are another's since: the shop still tells what it wrote down at the time. They
    /// make the two not one; the event is about whom its other names lead to.
    /// </summary>
    /// <returns>null: there is none, or the event names nothing else.</returns>
    private async Task<CanonicalEvent?> WithoutCorrectedAsync(CanonicalEvent e, ImmutableArray<Identifier> identifiers, string?[] owners, int own, CancellationToken cancellation)
    {
        var people = owners[..own].OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        if (people.Count < 2) return null;
        var corrected = ImmutableArray.CreateBuilder<Identifier>();
        foreach (var person in people)
        {
            if (await store.FindCustomerAsync(await store.SurvivorAsync(person, cancellation), cancellation) is not { Former: { } former }) continue;
            corrected.AddRange(identifiers.Take(own).Where((one, at) => owners[at] is { } owner && owner != person && former.Any(name => name.Name == one.Value)));
        }

        return corrected.Count == 0 || identifiers.Take(own).All(corrected.Contains) ? null : ErasedNames.Without(e, corrected.ToImmutable());
    }

    /// <summary>
    /// It came in while a name in it was somebody's who has another one since: it is about them, and does not bring the name back. What else it names decides as
    /// ever; a name of theirs that stands for it leads there, where nothing else does.
    /// </summary>
    private async Task<Resolution> FormerAsync(CanonicalEvent e, FormerNames former, CancellationToken cancellation)
    {
        var told = former.Without(e);
        if (told.Identifiers.IsEmpty)
        {
            var owner = await store.SurvivorAsync(former.CustomerId, cancellation);
            if (await store.FindCustomerAsync(owner, cancellation) is not { } customer) return Resolution.Nobody;
            if (customer.Contact?.ErasedAt is not null) return Resolution.Erased;
            if (OrderIdOf(e) is { } orderId)
            {
                var order = Keys.OrderIdentifier(orderId);
                var known = await ClaimAsync(order, await ReadAsync(order, cancellation), owner, cancellation);
                return new Resolution([owner], OwnerOf(known)!.CustomerId, OwnerOf(known)!.Waiting ?? []) { Told = told };
            }

            // Told by their own id: an event without a name would be about nobody.
            return new Resolution([owner], null, []) { Told = told with { Identifiers = [Identifier.Customer(owner)] } };
        }

        return await ResolveToldAsync(told, cancellation);
    }

    /// <summary>The event without some of its names, which it is applied without as well.</summary>
    private async Task<Resolution> ResolveToldAsync(CanonicalEvent told, CancellationToken cancellation)
    {
        var resolution = await ResolveAsync(told, cancellation);
        return resolution with { Told = resolution.Told ?? told };
    }

    /// <summary>Anybody can write a mail: it makes nobody known. Of an address that was erased nothing is taken.</summary>
    private async Task<Resolution> ResolveKnownAsync(CanonicalEvent e, CancellationToken cancellation)
    {
        var isErased = false;
        foreach (var identifier in Sorted(e.Identifiers))
        {
            if (OwnerOf(await ReadAsync(identifier, cancellation)) is not { } owner) continue;
            // What came in before an erasure leads to nobody, whoever has the address since.
            if (owner.OwnerAt(e.ReceivedAt) is { } person && !(person == owner.CustomerId && e.ReceivedAt <= owner.ErasedAt)) return new Resolution([person], null, []);
            isErased |= owner.ErasedAt is { } erasedAt && !(owner.Before?.Until > erasedAt);
        }

        return isErased ? Resolution.Erased : Resolution.Nobody;
    }

    /// <summary>
    /// What a provider tells of a message makes nobody known: a test mail's reader is no customer. Of those who are known, the first that the report names is
    /// whose message it is, and what is told of it later may name the message only.
    /// </summary>
    private async Task<Resolution> ResolveReportAsync(CanonicalEvent e, Identifier mail, CancellationToken cancellation)
    {
        var known = await ReadAsync(mail, cancellation);
        var person = OwnerOf(known)?.CustomerId;
        // The message was an erased person's: whoever has the address since did not get it.
        var isErased = OwnerOf(known)?.ErasedAt is not null;
        if (isErased) return Resolution.Erased;
        foreach (var identifier in Sorted(e.Identifiers))
        {
            var owner = OwnerOf(await ReadAsync(identifier, cancellation));
            person ??= owner?.CustomerId;
            isErased |= owner?.ErasedAt is not null;
        }

        if (person is null) return isErased ? Resolution.Erased : Resolution.Nobody;
        known = await ClaimAsync(mail, known, person, cancellation);
        return new Resolution([person], null, OwnerOf(known)!.Waiting ?? []);
    }

    /// <summary>Who an identifier belongs to; null: nobody yet.</summary>
    public async Task<string?> OwnerAsync(Identifier identifier, CancellationToken cancellation = default) =>
        OwnerOf(await ReadAsync(identifier, cancellation))?.CustomerId;

    /// <summary>When what came in under a name of a record was about its person; where nothing is known of the name, always.</summary>
    /// <param name="identifier">The name.</param>
    /// <param name="people">The person, and those who were merged into them.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<NameSpan> SpanAsync(Identifier identifier, IReadOnlyCollection<string> people, CancellationToken cancellation = default) =>
        OwnerOf(await ReadAsync(identifier, cancellation))?.SpanOf(people) ?? default;

    /// <summary>Whether an identifier was an erased person's, and nobody has become known by it since.</summary>
    public async Task<bool> IsErasedAsync(Identifier identifier, CancellationToken cancellation = default) =>
        OwnerOf(await ReadAsync(identifier, cancellation)) is { CustomerId: null, ErasedAt: { } erasedAt } owner && !(owner.Before?.Until > erasedAt);

    /// <summary>Who an order belongs to; while it is nobody's, the event is noted with it and comes back when the order has come.</summary>
    /// <param name="order">The order.</param>
    /// <param name="reference">What waits; noted once, however often it is delivered.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>null: nobody's yet.</returns>
    /// <exception cref="ContentionException">Too many wait for this order.</exception>
    public async Task<string?> OwnerOrWaitAsync(Identifier order, EventReference reference, CancellationToken cancellation = default)
    {
        var owner = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.IdentifierPartition(order));
            var known = await session.ReadAsync<IdentifierOwner>(Keys.OwnerId, cancellation) ?? new IdentifierOwner(null, clock.GetCurrentInstant());
            var waiting = known.Waiting ?? [];
            if (known.CustomerId is not null || waiting.Any(one => one.IntakeId == reference.IntakeId)) return known;
            if (waiting.Length >= IdentifierOwner.WaitingLimit) throw new ContentionException($"{IdentifierOwner.WaitingLimit} events wait for one order.");
            session.Put(Keys.OwnerId, Kinds.Identifier, known with { Waiting = waiting.Add(reference) }, expiresAt: ExpiryOf(order));
            return await session.CommitAsync(cancellation) ? known : null;
        });
        return owner.CustomerId;
    }

    /// <summary>What waited for an order has been enqueued again.</summary>
    public Task ForgetWaitingAsync(Identifier order, ImmutableArray<EventReference> enqueued, CancellationToken cancellation = default) =>
        Attempts.UntilCommittedAsync<object>(async () =>
        {
            var session = new PartitionSession(store, Keys.IdentifierPartition(order));
            if (await session.ReadAsync<IdentifierOwner>(Keys.OwnerId, cancellation) is not { Waiting: { } waiting } known) return this;
            ImmutableArray<EventReference> left = [.. waiting.Where(one => !enqueued.Any(gone => gone.IntakeId == one.IntakeId))];
            session.Put(Keys.OwnerId, Kinds.Identifier, known with { Waiting = left.IsEmpty ? null : left }, expiresAt: ExpiryOf(order));
            return await session.CommitAsync(cancellation) ? this : null;
        });

    /// <summary>Takes an identifier away from an erased person and leaves word of it, so that what happened before leads to nobody. Twice is once.</summary>
    /// <param name="identifier">A name, an order or a message.</param>
    /// <param name="people">Who had it, and those who were merged into them; anybody else's stays as it is.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>True: it is nobody's, and was nobody's but theirs.</returns>
    public async Task<bool> EraseAsync(Identifier identifier, IReadOnlyCollection<string> people, CancellationToken cancellation = default)
    {
        var left = await Attempts.UntilCommittedAsync(async () =>
        {
            var session = new PartitionSession(store, Keys.IdentifierPartition(identifier));
            var known = await session.ReadAsync<IdentifierOwner>(Keys.OwnerId, cancellation);
            if (known?.CustomerId is { } owner && !people.Contains(owner)) return known;
            // Nobody's: what they had until it was corrected is marked too, what was marked stays, what only keeps events waiting is nobody's.
            if (known is { CustomerId: null } && !(known.Before is { } before && people.Contains(before.CustomerId))) return known;
            var now = clock.GetCurrentInstant();
            var erased = new IdentifierOwner(null, now) { ErasedAt = now, Before = known?.Before is { } other && !people.Contains(other.CustomerId) ? other : null };
            session.Put(Keys.OwnerId, Kinds.Identifier, erased, expiresAt: ExpiryOf(identifier));
            return await session.CommitAsync(cancellation) ? erased : null;
        });
        return left is { CustomerId: null, Before: null };
    }

    /// <summary>An address that was wrong leads to nobody from now on; anybody else's stays as it is. Done again, it is done once.</summary>
    public Task ReleaseAsync(Identifier identifier, string customerId, CancellationToken cancellation = default) => _releases.ReleaseAsync(identifier, customerId, until: null, cancellation);

    private Task<Document?> ReadAsync(Identifier identifier, CancellationToken cancellation) =>
        store.ReadAsync(Keys.IdentifierPartition(identifier), Keys.OwnerId, cancellation).AsTask();

    private static IdentifierOwner? OwnerOf(Document? document) =>
        document is null ? null : Core.Serialization.LoyaltyJson.Read<IdentifierOwner>(document.Body.Span);

    /// <summary>Takes an identifier that is nobody's, unless somebody is faster.</summary>
    /// <param name="identifier">The identifier.</param>
    /// <param name="known">Its document as it was read: null, or one that only keeps events waiting.</param>
    /// <param name="customerId">Who takes it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Its document, which has an owner.</returns>
    private Task<Document> ClaimAsync(Identifier identifier, Document? known, string customerId, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(async () =>
        {
            if (OwnerOf(known) is { CustomerId: not null }) return known;
            var owner = (OwnerOf(known) ?? new IdentifierOwner(null, clock.GetCurrentInstant())) with { CustomerId = customerId };
            var body = Core.Serialization.LoyaltyJson.Write(owner);
            var partition = Keys.IdentifierPartition(identifier);
            DocumentWrite write = known is null
                ? new DocumentWrite.Create(Keys.OwnerId, Kinds.Identifier, body, ExpiresAt: ExpiryOf(identifier))
                : new DocumentWrite.Replace(Keys.OwnerId, known.ETag, Kinds.Identifier, body, ExpiresAt: ExpiryOf(identifier));
            var outcome = await store.CommitAsync(partition, [write], cancellation);
            if (outcome.IsCommitted) return new Document(partition, Keys.OwnerId, "", Kinds.Identifier, body, null, null);
            known = await ReadAsync(identifier, cancellation);
            return null;
        });

    /// <summary>E-mail first, then phone, then the shops' ids: the order in which racers meet.</summary>
    private static ImmutableArray<Identifier> Sorted(ImmutableArray<Identifier> identifiers) =>
        identifiers.IsDefaultOrEmpty
            ? []
            : [.. identifiers.Distinct().OrderBy(static one => Rank(one.Kind)).ThenBy(static one => one.Value, StringComparer.Ordinal)];

    private static int Rank(string kind) => kind switch { "id" => 0, "email" => 1, "phone" => 2, _ => 3 };

    private static bool IsPlain(string id) =>
        id.Length is > 0 and <= MaxOwnId && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string NewId(CanonicalEvent e, Identifier first) => OwnPrefix + Hashing.Id(OwnLength, "person", e.Source, e.Id, first.Value);

    /// <summary>Whether an id has the form of those that this program gives to people who came without one.</summary>
    internal static bool IsOurs(string customerId) => customerId.Length == OwnPrefix.Length + OwnLength && customerId.StartsWith(OwnPrefix, StringComparison.Ordinal)
        && customerId.All(static one => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one));

    /// <summary>Messages are reported on for some days; people and orders are theirs for ever.</summary>
    private Instant? ExpiryOf(Identifier identifier) => identifier.Kind == "mail" ? Retention.Until(clock.GetCurrentInstant(), Retention.Markers) : null;

    /// <summary>What an event is about that another event may have told whose it is: an order, or a message that is named by the provider's id.</summary>
    internal static Identifier? AnchorOf(CanonicalEvent e) =>
        OrderIdOf(e) is { } orderId ? Keys.OrderIdentifier(orderId) : ProviderMessages.IdOf(e) is { } providerId ? Keys.MailIdentifier(providerId) : null;

    internal static string? OrderIdOf(CanonicalEvent e) => e.Data switch
    {
        EventData.Order order => order.Snapshot.OrderId,
        EventData.Refund refund => refund.OrderId,
        _ => null,
    };
}

/// <summary>Whom an event names.</summary>
/// <param name="People">The owners of its identifiers, strongest identifier first; more than one: they are one person and are to be merged. Empty: nobody.</param>
/// <param name="OrderOwner">Who has the order that the event is about; null: it is about none.</param>
/// <param name="Waiting">Events that waited for the order.</param>
public sealed record Resolution(ImmutableArray<string> People, string? OrderOwner, ImmutableArray<EventReference> Waiting)
{
    /// <summary>The event names nobody who is known.</summary>
    public static Resolution Nobody { get; } = new([], null, []);

    /// <summary>The event names somebody who was erased, and happened before that.</summary>
    public static Resolution Erased { get; } = new([], null, []) { IsErased = true };

    /// <summary>See <see cref="Erased"/>.</summary>
    public bool IsErased { get; init; }

    /// <summary>Names of an erased person were left out: the event is about somebody else, and is to be kept without them.</summary>
    public bool LeavesErased { get; init; }

    /// <summary>The event without the names that were erased or corrected; null: as it came.</summary>
    public CanonicalEvent? Told { get; init; }
}
