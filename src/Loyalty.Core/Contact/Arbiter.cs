using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Customers;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Core.Contact;

/// <summary>
/// The one place where it is decided whether a message may go to a person now. Asked in the same batch in which the message is claimed, so
/// no message leaves after a withdrawal has been committed.
/// </summary>
/// <remarks>
/// The stated order; the first that speaks decides: erased → its time is over → no address → suppressed → no consent → topic off → held out → duplicate →
/// quiet hours → send window → frequency caps → priority among waiting messages → budget → provider quota. The first half withholds for good; from the quiet hours on a message
/// waits for its new time, or is withheld where its step says <c>if-not-now: drop</c>. Transactional messages are subject to erasure, suppression, and quota alone.
/// Budget and quota are shared by everybody: they are asked by the caller after <see cref="Judge"/> and answered through <see cref="Hold"/>.
/// </remarks>
public static class Arbiter
{
    /// <summary>How long a message waits for one of higher priority before it is looked at again.</summary>
    public static Duration PriorityPause { get; } = Duration.FromMinutes(5);

    /// <summary>Everything that one person's documents decide.</summary>
    /// <param name="send">The message.</param>
    /// <param name="input">What is known.</param>
    public static Verdict Judge(RunEffect.Send send, ContactInput input)
    {
        if (Refusal(send, input) is { } refused) return refused;
        if (send.IsTransactional) return new Verdict.Go();
        if (IsRepetition(send, input)) return new Verdict.Withheld(WithholdReasons.Duplicate);
        var policy = input.Policy;
        if (policy.Quiet is { } quiet && quiet.NextLoud(input.Now, input.Zone) > input.Now) return Hold(send, input, input.Now, WithholdReasons.QuietHours);
        if (Closed(send, input) is { } closed) return closed;
        foreach (var cap in policy.Caps)
        {
            if (!cap.Counts(send.Topic, send.Channel)) continue;
            var left = cap.AtMost - Used(cap, input);
            if (left <= 0) return Hold(send, input, CapPeriods.Next(cap.Per, input.Now, input.Zone), WithholdReasons.FrequencyCap);
            if (left <= input.Ahead.Count(one => cap.Counts(one.Topic, one.Channel))) return Hold(send, input, input.Now + PriorityPause, WithholdReasons.LowerPriority);
        }

        return new Verdict.Go();
    }

    /// <summary>A message that may not go before a moment: it waits until the first moment from then on that is allowed, or is dropped as its step says.</summary>
    /// <param name="send">The message.</param>
    /// <param name="input">What is known.</param>
    /// <param name="notBefore">The first moment at which it might go.</param>
    /// <param name="reason">One of <see cref="WithholdReasons"/>.</param>
    public static Verdict Hold(RunEffect.Send send, ContactInput input, Instant notBefore, string reason)
    {
        if (send.DropsIfNotNow) return new Verdict.Withheld(reason);
        var until = send.IsTransactional ? notBefore : NextAllowed(input, notBefore);
        return until >= send.GiveUpAt ? new Verdict.Expired(reason) : new Verdict.NotNow(until, reason);
    }

    /// <summary>
    /// The step waited for the window when it queued the message. Since then the journey may have been paused, the person may have moved to another zone, the provider
    /// may have asked for a pause: the window counts when it goes. It is no reason to drop a message, as little as when it was queued.
    /// </summary>
    private static Verdict? Closed(RunEffect.Send send, ContactInput input)
    {
        if (input.Window?.NextOpening(input.Now, input.Zone) is not { } opening || opening <= input.Now) return null;
        var until = NextAllowed(input, opening);
        return until >= send.GiveUpAt ? new Verdict.Expired(WithholdReasons.GaveUp) : new Verdict.NotNow(until, WithholdReasons.SendWindow);
    }

    /// <summary>The first moment, from one on, inside the journey's window and outside quiet hours.</summary>
    private static Instant NextAllowed(ContactInput input, Instant moment)
    {
        // Two windows on one clock: what the one moves the other may move again; a few rounds settle it or show that they never meet.
        for (var round = 0; round < 8; round++)
        {
            var next = input.Policy.Quiet?.NextLoud(moment, input.Zone) ?? moment;
            next = input.Window?.NextOpening(next, input.Zone) ?? next;
            if (next == moment) break;
            moment = next;
        }

        return moment;
    }

    private static Verdict? Refusal(RunEffect.Send send, ContactInput input)
    {
        if (input.Customer.Contact?.ErasedAt is not null) return new Verdict.Withheld(WithholdReasons.Erased);
        if (input.Now >= send.GiveUpAt) return new Verdict.Expired(WithholdReasons.GaveUp);
        if (string.IsNullOrEmpty(input.Address)) return new Verdict.Withheld(WithholdReasons.NoAddress);
        if (input.IsSuppressed || input.Customer.Contact?.Find(send.Channel, input.Address) is not null)
            return new Verdict.Withheld(WithholdReasons.Suppressed);
        if (send.IsTransactional) return null;
        if (Consents.Refusal(input.Customer, send.Topic, send.Channel) is { } refusal) return new Verdict.Withheld(refusal);
        return input.IsHeldOut ? new Verdict.Withheld(WithholdReasons.HeldOut) : null;
    }

    private static bool IsRepetition(RunEffect.Send send, ContactInput input)
    {
        if (input.Policy.RepeatAfter is not { } pause || input.Customer.Contact is not { } contact) return false;
        foreach (var one in contact.Recent)
        {
            if (one.Template == send.Template && one.Channel == send.Channel && one.Key != input.Key && input.Now < pause.After(one.At, input.Zone)) return true;
        }

        return false;
    }

    private static int Used(FrequencyCap cap, ContactInput input)
    {
        if (input.Customer.Contact is not { } contact) return 0;
        var start = CapPeriods.Start(cap.Per, input.Now, input.Zone);
        var used = 0;
        foreach (var one in contact.Recent)
        {
            if (one.At >= start && one.Key != input.Key && cap.Counts(one.Topic, one.Channel)) used++;
        }

        return used;
    }
}

/// <summary>What the arbiter looks at beside the message.</summary>
public sealed record ContactInput
{
    /// <summary>Consents, suppressed addresses, latest messages.</summary>
    public required CustomerState Customer { get; init; }

    /// <summary>The message's own key: what it has noted itself at an earlier claim does not count against it.</summary>
    public required string Key { get; init; }

    /// <summary>Where it goes; null: not known.</summary>
    public string? Address { get; init; }

    /// <summary>The address stands on the imported list.</summary>
    public bool IsSuppressed { get; init; }

    /// <summary>The run is held out.</summary>
    public bool IsHeldOut { get; init; }

    /// <summary>Messages of higher priority to this person that could go now; where there are caps.</summary>
    public ImmutableArray<RunEffect.Send> Ahead { get; init; } = [];

    public ContactPolicy Policy { get; init; } = ContactPolicy.None;

    /// <summary>The journey's send window; a message that has to wait goes inside it.</summary>
    public SendWindow? Window { get; init; }

    /// <summary>The person's, else the program's.</summary>
    public required DateTimeZone Zone { get; init; }

    public required Instant Now { get; init; }
}

/// <summary>Whether a message may go; a closed set.</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    public sealed record Go : Verdict;

    /// <summary>Not yet: it waits.</summary>
    /// <param name="Until">When it is judged again.</param>
    /// <param name="Reason">Why.</param>
    public sealed record NotNow(Instant Until, string Reason) : Verdict;

    /// <summary>Never.</summary>
    public sealed record Withheld(string Reason) : Verdict;

    /// <summary>Its time is over, or will be before it could go.</summary>
    public sealed record Expired(string Reason) : Verdict;
}
