using System.Collections.Immutable;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Simulation.Import;

/// <summary>What a file of history tells.</summary>
/// <param name="Members">People and their profiles, in the file's order.</param>
/// <param name="Purchases">Purchases, in the file's order.</param>
public sealed record HistoryFile(IReadOnlyList<Member> Members, IReadOnlyList<Purchase> Purchases)
{
    /// <summary>Points that people bring along, in the file's order. Where there are any, sign-ups earn nothing: their points are among them.</summary>
    public IReadOnlyList<Balance> Balances { get; init; } = [];

    /// <summary>Where people stood, in the file's order.</summary>
    public IReadOnlyList<Standing> Standings { get; init; } = [];

    /// <summary>Records of every kind.</summary>
    public int Count => Members.Count + Purchases.Count + Balances.Count + Standings.Count;

    /// <summary>The same people, whose sign-ups earn nothing: what they are worth is among points that they bring along.</summary>
    public HistoryFile Settled() => this with { Members = [.. Members.Select(static member => member with { Profile = member.Profile with { IsHistory = true } })] };
}

/// <summary>One person of a file of history.</summary>
public sealed record Member
{
    /// <summary>First 16 characters of the file's SHA-256 and the record: the same file imported twice is imported once.</summary>
    public required string EventId { get; init; }

    /// <summary>On which the record begins, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>The file's own id of the person; null: known by e-mail only.</summary>
    public string? CustomerId { get; init; }

    /// <summary>null: known, but not signed up.</summary>
    public Instant? SignedUpAt { get; init; }

    /// <summary>When the profile was last changed; null: when the person signed up, else now.</summary>
    public Instant? UpdatedAt { get; init; }

    /// <summary>What the person is known by elsewhere, e.g. <c>shopify:shop.example:5</c>.</summary>
    public ImmutableArray<string> Identifiers { get; init; } = [];

    /// <summary>Names, address, consent.</summary>
    public required EventData.Person Profile { get; init; }

    /// <summary>The key under which purchases of the same person are found.</summary>
    public string? Person => CustomerId ?? Profile.Email;

    /// <summary>The person of a record that no member record names.</summary>
    /// <param name="eventId">The record's.</param>
    /// <param name="line">The record's.</param>
    /// <param name="customerId">As the file knows the person.</param>
    /// <param name="email">The address; null: not told.</param>
    public static Member Implied(string eventId, int line, string? customerId, string? email) => new()
    {
        EventId = eventId + ":person",
        Line = line,
        CustomerId = customerId,
        Profile = new EventData.Person { Email = email, IsHistory = true },
    };

    /// <summary>The member as an event: a sign-up, or an update of somebody who has not signed up.</summary>
    /// <param name="format">Names the source, as <see cref="Purchase.ToEvent"/>.</param>
    /// <param name="now">When it is imported.</param>
    public CanonicalEvent ToEvent(string format, Instant now)
    {
        var identifiers = ImmutableArray.CreateBuilder<Identifier>();
        if (CustomerId is not null) identifiers.Add(Identifier.External("import", format, CustomerId));
        if (Identifier.Email(Profile.Email) is { } email) identifiers.Add(email);
        if (Identifier.Phone(Profile.Phone) is { } phone) identifiers.Add(phone);
        foreach (var other in Identifiers) identifiers.Add(new Identifier(other));
        return new CanonicalEvent
        {
            Id = EventId,
            Source = $"import:{format}",
            Type = SignedUpAt is null ? EventTypes.CustomerUpdated : EventTypes.CustomerSignedUp,
            Time = SignedUpAt ?? UpdatedAt ?? now,
            ReceivedAt = now,
            Identifiers = [.. identifiers.Distinct()],
            Data = Profile with { UpdatedAt = UpdatedAt },
        };
    }
}
