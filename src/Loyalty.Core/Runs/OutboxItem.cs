using System.Text.Json.Serialization;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Runs;

/// <summary>
/// One effect on the outside world, keyed (run, step, visit). It is claimed before the provider is called and settled with its outcome; a claim
/// whose caller vanished is resolved by asking the provider, never by calling blindly again.
/// </summary>
public sealed record OutboxItem
{
    public required RunEffect Effect { get; init; }
    public required Instant QueuedAt { get; init; }

    /// <summary>Not handed over before (send window, quiet hours, cap, quota); null: at once.</summary>
    public Instant? NotBefore { get; init; }

    public OutboxState State { get; init; }

    /// <summary>How often it was claimed; 0 before the first claim.</summary>
    public int Attempt { get; init; }

    public Instant? ClaimedAt { get; init; }

    /// <summary>The claim's end; the provider is called only in its first half.</summary>
    public Instant? LeaseUntil { get; init; }

    /// <summary>Until when an unknown outcome is awaited; then the item ends as <c>expired</c>, <c>outcome-unknown</c>.</summary>
    public Instant? UnknownUntil { get; init; }

    /// <summary><c>sent</c>, <c>withheld</c>, <c>expired</c>, <c>cancelled</c>.</summary>
    public string? Result { get; init; }
    public string? Reason { get; init; }
    public Instant? SettledAt { get; init; }
    public string? ProviderId { get; init; }

    /// <summary>Of a message: what stands for the address that it was claimed for (<see cref="Contact.ContactState.AddressHash"/>); null: none yet.</summary>
    public string? AddressHash { get; init; }

    [JsonIgnore]
    public bool IsSettled => State == OutboxState.Settled;

    [JsonIgnore]
    public string Key => Effect.Key;

    /// <summary>When somebody should next look at it.</summary>
    public Instant DueAt(Instant now) => State switch
    {
        OutboxState.Claimed => Instant.Max(now, LeaseUntil ?? now),
        OutboxState.Unknown => Instant.Max(now, UnknownUntil ?? now),
        _ => NotBefore is { } notBefore ? Instant.Max(now, notBefore) : now,
    };
}

/// <summary>How far an outbox item is.</summary>
public enum OutboxState
{
    /// <summary>Nobody has it.</summary>
    Open,

    /// <summary>Somebody may be calling the provider right now.</summary>
    Claimed,

    /// <summary>The provider was called, its answer is not known and it cannot be asked; a delivery report or the end of the window decides.</summary>
    Unknown,

    /// <summary>It has its outcome.</summary>
    Settled,
}
