using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Runs;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.State;

/// <summary>
/// "This event has been applied": written in the same batch as everything it did, so a redelivery finds it and only tells what is still
/// to be told. Kept 90 days.
/// </summary>
public sealed record EventMarker
{
    /// <summary>The type of a marker that no event left: the customer's own moments were worked off, however many at once.</summary>
    public const string Moments = "customer.moments";

    /// <summary>The type of a marker that a journey's turn left: it set off other journeys.</summary>
    public const string Turn = "journey.turn";

    public required string Type { get; init; }
    public required Instant AppliedAt { get; init; }

    /// <summary>
    /// What the durable engine is told after the commit; a redelivery tells it again. Each of these runs also carries a <c>wakeAt</c> of its own, so
    /// the due scan finds what nobody could tell.
    /// </summary>
    public ImmutableList<RunAnnouncement> Open { get; init; } = [];
}

/// <summary>Who an identifier belongs to, and what waits until somebody does own it.</summary>
/// <param name="CustomerId">null: nobody yet.</param>
/// <param name="Since">When the document was made.</param>
public sealed record IdentifierOwner(string? CustomerId, Instant Since)
{
    /// <summary>Events that one identifier keeps waiting at most.</summary>
    public const int WaitingLimit = 100;

    /// <summary>Accepted events that name this order (or message) only, and came before it: they are applied when it is somebody's. null: none.</summary>
    public ImmutableArray<EventReference>? Waiting { get; init; }

    /// <summary>
    /// When the person it belonged to was erased: what happened before leads to nobody any more, also when somebody new has become known by it; null: not erased.
    /// </summary>
    public Instant? ErasedAt { get; init; }

    /// <summary>Whom it belonged to until it was corrected; null: nobody yet.</summary>
    public FormerOwner? Before { get; init; }

    /// <summary>From when on what comes in under it is about the present owner; null: always, for nobody had it before.</summary>
    public Instant? From() => Before is { Until: var until } && (ErasedAt is null || until > ErasedAt) ? until : ErasedAt;

    /// <summary>When it led to somebody in whose record it stands.</summary>
    /// <param name="people">They, and those who were merged into them.</param>
    public NameSpan SpanOf(IReadOnlyCollection<string> people)
    {
        if (CustomerId is { } owner && people.Contains(owner)) return new NameSpan(From(), null);
        // Nobody's: erased with them, or corrected.
        if (CustomerId is null) return new NameSpan(Before is { } other && !people.Contains(other.CustomerId) ? other.Until : null, null);
        // Another's since: theirs until it was erased, or corrected.
        if (Before is { } before && !(before.Until <= ErasedAt)) return people.Contains(before.CustomerId) ? new NameSpan(null, before.Until) : NameSpan.Never;
        return ErasedAt is { } erasedAt ? new NameSpan(Before?.Until, erasedAt) : NameSpan.Never;
    }

    /// <summary>Whose it was when something came in; null: nobody's.</summary>
    public string? OwnerAt(Instant receivedAt) => Before is { } before && receivedAt <= before.Until ? before.CustomerId : CustomerId;
}

/// <summary>When what came in under a name was about somebody: after one moment, up to another.</summary>
/// <param name="After">The last moment before it; null: there is none.</param>
/// <param name="Until">The last moment of it; null: it goes on.</param>
public readonly record struct NameSpan(Instant? After, Instant? Until)
{
    /// <summary>It was never theirs.</summary>
    public static NameSpan Never { get; } = new(null, Instant.MinValue);

    /// <summary>Whether something that came in then is about them.</summary>
    public bool Covers(Instant receivedAt) => !(receivedAt <= After) && !(receivedAt > Until);
}

/// <summary>Whom an identifier belonged to.</summary>
/// <param name="CustomerId">The person; somebody who was merged since stands for the one who stayed.</param>
/// <param name="Until">When it was corrected: what came in by then is about this person, also if it is applied later.</param>
public sealed record FormerOwner(string CustomerId, Instant Until);

/// <summary>An accepted event, from the answer to the webhook until 90 days later.</summary>
public sealed record IntakeDocument
{
    public required CanonicalEvent Event { get; init; }
    public required string SessionId { get; init; }

    /// <summary>Trace context (W3C <c>traceparent</c>) of the delivery; null where nothing is recorded.</summary>
    public string? Trace { get; init; }

    /// <summary>Of a mail that was laid aside: one of <see cref="IntakeOutcomes"/>; null: it was not.</summary>
    public string? Outcome { get; init; }

    /// <summary>Why it is nobody's.</summary>
    public string? Reason { get; init; }

    /// <summary>Whose it is, as somebody has found.</summary>
    public string? CustomerId { get; init; }
}

/// <summary>What became of a mail that was nobody's.</summary>
public static class IntakeOutcomes
{
    /// <summary>Somebody has to look at it.</summary>
    public const string Nobody = "nobody";

    /// <summary>Somebody has said whose it is.</summary>
    public const string Attached = "attached";

    /// <summary>Somebody has seen that there is nothing to do.</summary>
    public const string Dismissed = "dismissed";
}

/// <summary>What became of a message, for the customer's history.</summary>
public sealed record MessageRecord
{
    private Late<string> _operationId;

    /// <summary>Of this outbox item <see cref="OperationId"/> is worked out when it is asked for.</summary>
    internal string ItemKey
    {
        init
        {
            var runId = RunId;
            _operationId = new Late<string>(() => Keys.Operation(runId, value));
        }
    }

    public required string RunId { get; init; }
    public required string Journey { get; init; }
    public required string Step { get; init; }
    public required int Visit { get; init; }
    public required string Template { get; init; }
    public string? Topic { get; init; }

    /// <summary>null: e-mail.</summary>
    public string? Channel { get; init; }
    public string? Locale { get; init; }
    public required Instant QueuedAt { get; init; }

    /// <summary><c>sent</c>, <c>withheld</c>, <c>expired</c>.</summary>
    public required string Result { get; init; }
    public string? Reason { get; init; }
    public required Instant At { get; init; }
    public required string OperationId
    {
        get => _operationId.Value!;
        init => _operationId = new Late<string>(value);
    }

    public string? ProviderId { get; init; }

    /// <summary>What stands for the address it went to (<see cref="Core.Contact.ContactState.AddressHash"/>); null: it was never on its way.</summary>
    public string? AddressHash { get; init; }
}

/// <summary>Times for which documents are kept.</summary>
public static class Retention
{
    public static Duration Markers { get; } = Duration.FromDays(90);

    public static Duration Intake { get; } = Duration.FromDays(90);

    /// <summary>From when they are closed.</summary>
    public static Duration Tasks { get; } = Duration.FromDays(400);

    /// <summary>What shops asked about people's data, from when they asked: three years, the longest limitation of claims about it.</summary>
    public static Duration PrivacyRequests { get; } = Duration.FromDays(1096);

    /// <summary>What makes a tally count once.</summary>
    public static Duration Tallies { get; } = Duration.FromDays(30);

    /// <summary>The store keeps whole seconds.</summary>
    public static Instant Until(Instant now, Duration keep) => Instant.FromUnixTimeSeconds((now + keep).ToUnixTimeSeconds());
}
