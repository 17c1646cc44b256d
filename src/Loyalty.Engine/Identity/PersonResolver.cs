using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Orders;
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

    /// <summary>The people that an event names, made known under every identifier of it.</summary>
    /// <remarks>
    /// All racers claim identifiers in the same order, so the first of them decides. The id follows from the event that made the person known:
    /// it tells nothing about the identifier, and the same event makes the same person however often it is tried.
    /// </remarks>
    public async Task<Resolution> ResolveAsync(CanonicalEvent e, CancellationToken cancellation = default)
    {
        var identifiers = Sorted(e.Identifiers);
        var own = identifiers.Length;
        if (OrderIdOf(e) is { } orderId)
        {
            var order = Keys.OrderIdentifier(orderId);
            if (identifiers.IsEmpty) return await OwnerAsync(order, cancellation) is { } found ? new Resolution([found]) : Resolution.Nobody;
            identifiers = identifiers.Add(order);
        }

        if (identifiers.IsEmpty) return Resolution.Nobody;
        var owners = new string?[identifiers.Length];
        for (var i = 0; i < owners.Length; i++) owners[i] = await OwnerAsync(identifiers[i], cancellation);
        var person = owners.FirstOrDefault(static owner => owner is not null)
            ?? identifiers.Where(static one => one.Kind == "id").Select(static one => one.Value[3..]).FirstOrDefault(IsPlain)
            ?? NewId(e, identifiers[0]);
        for (var i = 0; i < owners.Length; i++)
        {
            if (owners[i] is not null) continue;
            var owner = await ClaimAsync(identifiers[i], person, cancellation);
            // Lost the first identifier to a racer: the racer's person is this one.
            if (owner != person && Array.TrueForAll(owners, static one => one is null)) person = owner;
            owners[i] = owner;
        }

        return new Resolution([.. owners[..own].OfType<string>().Distinct(StringComparer.Ordinal)], owners.Length > own ? owners[own] : null);
    }

    /// <summary>Who an identifier belongs to; null: nobody yet.</summary>
    public async Task<string?> OwnerAsync(Identifier identifier, CancellationToken cancellation = default)
    {
        var document = await store.ReadAsync(Keys.IdentifierPartition(identifier), Keys.OwnerId, cancellation);
        return document is null ? null : Core.Serialization.LoyaltyJson.Read<IdentifierOwner>(document.Body.Span).CustomerId;
    }

    private async Task<string> ClaimAsync(Identifier identifier, string customerId, CancellationToken cancellation)
    {
        var body = Core.Serialization.LoyaltyJson.Write(new IdentifierOwner(customerId, clock.GetCurrentInstant()));
        var partition = Keys.IdentifierPartition(identifier);
        var outcome = await store.CommitAsync(partition, [new DocumentWrite.Create(Keys.OwnerId, Kinds.Identifier, body)], cancellation);
        return outcome.IsCommitted ? customerId : await OwnerAsync(identifier, cancellation) ?? customerId;
    }

    /// <summary>E-mail first, then phone, then the shops' ids: the order in which racers meet.</summary>
    private static ImmutableArray<Identifier> Sorted(ImmutableArray<Identifier> identifiers) =>
        identifiers.IsDefaultOrEmpty
            ? []
            : [.. identifiers.Distinct().OrderBy(static one => Rank(one.Kind)).ThenBy(static one => one.Value, StringComparer.Ordinal)];

    private static int Rank(string kind) => kind switch { "id" => 0, "email" => 1, "phone" => 2, _ => 3 };

    private static bool IsPlain(string id) =>
        id.Length is > 0 and <= MaxOwnId && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static string NewId(CanonicalEvent e, Identifier first) => "c" + Hashing.Id(21, "person", e.Source, e.Id, first.Value);

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
public sealed record Resolution(ImmutableArray<string> People, string? OrderOwner = null)
{
    /// <summary>The event names nobody who is known.</summary>
    public static Resolution Nobody { get; } = new(ImmutableArray<string>.Empty);
}
