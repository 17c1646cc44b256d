using System.Collections.Immutable;
using Loyalty.Core.Runs;
using NodaTime;

namespace Loyalty.Core.Orders;

/// <summary>
/// The events that were applied to an order. An order event changes the order's document in any case: what says that it was applied lies in there, and
/// needs no document of its own. At most <see cref="Limit"/>; of an order that is told more often within the time they are kept, the further ones get
/// documents of their own.
/// </summary>
public sealed record AppliedEvents
{
    /// <summary>Events that an order's document keeps.</summary>
    public const int Limit = 24;

    /// <summary>Nothing was applied.</summary>
    public static AppliedEvents None { get; } = new();

    /// <summary>Oldest first.</summary>
    public ImmutableArray<AppliedEvent> Events { get; init; } = [];

    /// <summary>When an event last got a document of its own, as there was no room here; null: never, or so long ago that it is gone.</summary>
    public Instant? ElsewhereAt { get; init; }

    /// <summary>The event, if it was applied and is noted here.</summary>
    public AppliedEvent? Find(string key)
    {
        foreach (var one in Events)
        {
            if (one.Key == key) return one;
        }

        return null;
    }

    /// <summary>With one event more, without those that are older than <paramref name="keep"/>.</summary>
    /// <returns>What is kept then; <c>IsHere</c> false: there is no room, the event needs a document of its own.</returns>
    public (AppliedEvents Next, bool IsHere) With(AppliedEvent applied, Duration keep)
    {
        ArgumentNullException.ThrowIfNull(applied);
        var oldest = applied.At - keep;
        ImmutableArray<AppliedEvent> kept = [.. Events.Where(one => one.At > oldest)];
        var elsewhere = ElsewhereAt > oldest ? ElsewhereAt : null;
        return kept.Length < Limit
            ? (new AppliedEvents { Events = kept.Add(applied), ElsewhereAt = elsewhere }, true)
            : (new AppliedEvents { Events = kept, ElsewhereAt = applied.At }, false);
    }
}

/// <summary>"This event has been applied."</summary>
/// <param name="Key">The event's key (<c>marker-…</c>).</param>
/// <param name="Type">Its type.</param>
/// <param name="At">When it was applied.</param>
/// <param name="Open">What the durable engine was to be told then; a redelivery tells it again. null: nothing.</param>
public sealed record AppliedEvent(string Key, string Type, Instant At, ImmutableList<RunAnnouncement>? Open = null);
