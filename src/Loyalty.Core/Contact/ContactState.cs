using System.Collections.Immutable;
using System.Text;
using Loyalty.Core.Customers;
using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Core.Contact;

/// <summary>What the arbiter remembers of a person, in the customer's document: the claim of a message is guarded by it.</summary>
public sealed record ContactState
{
    /// <summary>Latest messages that are kept; older ones are out of every cap's period, or dropped: five times what the highest cap counts, so that messages on other topics do not push out what it has to count.</summary>
    public const int RecentLimit = 5 * FrequencyCap.Most;

    /// <summary>Addresses that are kept.</summary>
    public const int SuppressedLimit = 20;

    /// <summary>From then on nothing is sent to this person; null: the person was not erased.</summary>
    public Instant? ErasedAt { get; init; }

    /// <summary>Addresses to which nothing may be sent.</summary>
    public ImmutableArray<Suppression> Suppressed { get; init; } = [];

    /// <summary>Marketing messages that were claimed, oldest first; kept only where the program has caps or a pause between repetitions.</summary>
    public ImmutableArray<ContactSent> Recent { get; init; } = [];

    /// <summary>The state with an address suppressed; suppressed twice is suppressed since the first time.</summary>
    public static ContactState Suppress(ContactState? state, string channel, string address, string reason, Instant at) =>
        Suppress(state, AddressHash(channel, address), reason, at);

    /// <summary>The same for an address that is known by its hash only.</summary>
    public static ContactState Suppress(ContactState? state, string hash, string reason, Instant at)
    {
        var known = state ?? new ContactState();
        if (known.Suppressed.Any(one => one.Address == hash)) return known;
        var kept = known.Suppressed.Length < SuppressedLimit ? known.Suppressed : known.Suppressed.RemoveAt(0);
        return known with { Suppressed = kept.Add(new Suppression(hash, reason, at)) };
    }

    /// <summary>The state without an address on some channels; the same where it is not suppressed on any of them.</summary>
    public static ContactState? Lift(ContactState? state, IEnumerable<string> channels, string address)
    {
        if (state is null || state.Suppressed.IsEmpty) return state;
        var hashes = channels.Select(channel => AddressHash(channel, address)).ToList();
        var left = state.Suppressed.RemoveAll(one => hashes.Contains(one.Address));
        return left.Length == state.Suppressed.Length ? state : state with { Suppressed = left };
    }

    /// <summary>The state with a message noted under its key; noted twice is noted once.</summary>
    public static ContactState Note(ContactState? state, ContactSent sent)
    {
        var known = state ?? new ContactState();
        if (known.Recent.Any(one => one.Key == sent.Key)) return known;
        var keep = known.Recent.Where(one => sent.At - one.At < Duration.FromDays(63)).ToImmutableArray();
        if (keep.Length >= RecentLimit) keep = keep.RemoveAt(0);
        return known with { Recent = keep.Add(sent) };
    }

    /// <summary>The state without a message that did not go after all.</summary>
    public static ContactState? Forget(ContactState? state, string key) =>
        state is null || !state.Recent.Any(one => one.Key == key) ? state : state with { Recent = state.Recent.RemoveAll(one => one.Key == key) };

    /// <summary>Of two people who are one: everything that holds for either.</summary>
    public static ContactState? Join(ContactState? one, ContactState? other)
    {
        if (one is null || other is null) return one ?? other;
        return new ContactState
        {
            ErasedAt = one.ErasedAt is { } at && (other.ErasedAt is not { } then || at < then) ? at : other.ErasedAt,
            Suppressed =
            [
                .. one.Suppressed.Concat(other.Suppressed).GroupBy(static s => s.Address, StringComparer.Ordinal)
                    .Select(static same => same.MinBy(static s => s.At)!).OrderBy(static s => s.At).ThenBy(static s => s.Address, StringComparer.Ordinal).TakeLast(SuppressedLimit),
            ],
            Recent =
            [
                .. one.Recent.Concat(other.Recent).DistinctBy(static sent => sent.Key)
                    .OrderBy(static sent => sent.At).ThenBy(static sent => sent.Key, StringComparer.Ordinal).TakeLast(RecentLimit),
            ],
        };
    }

    /// <summary>What stands for an address where the address itself is not to stand; the same for every spelling of a mailbox (<see cref="Identifier.Email"/>).</summary>
    public static string AddressHash(string channel, string address) => Hashing.Id(26, "address", channel, Spelling(address));

    private static string Spelling(string address) =>
        Ascii.IsValid(address) || Identifier.Email(address) is not { } mailbox ? address.Trim().ToLowerInvariant() : mailbox.Value["email:".Length..];

    /// <summary>Why nothing goes to an address; null: it is not suppressed.</summary>
    public Suppression? Find(string channel, string address)
    {
        if (Suppressed.IsEmpty) return null;
        var hash = AddressHash(channel, address);
        return Suppressed.FirstOrDefault(one => one.Address == hash);
    }
}

/// <summary>An address to which nothing may be sent.</summary>
/// <param name="Address">Its hash (<see cref="ContactState.AddressHash"/>).</param>
/// <param name="Reason">One of <see cref="SuppressionReasons"/>.</param>
/// <param name="At">Since when.</param>
public sealed record Suppression(string Address, string Reason, Instant At);

/// <summary>Why an address is suppressed.</summary>
public static class SuppressionReasons
{
    /// <summary>The address does not exist.</summary>
    public const string HardBounce = "hard-bounce";

    /// <summary>Its owner has reported a message as spam.</summary>
    public const string Complaint = "complaint";

    /// <summary>It stood on a list that was imported.</summary>
    public const string Imported = "imported";
}

/// <summary>A marketing message that was claimed.</summary>
/// <param name="Key">Run and outbox item.</param>
/// <param name="Template">What.</param>
/// <param name="Topic">Its topic.</param>
/// <param name="Channel">How.</param>
/// <param name="At">When it was first claimed.</param>
public sealed record ContactSent(string Key, string Template, string? Topic, string Channel, Instant At);
