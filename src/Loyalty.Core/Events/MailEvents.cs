namespace Loyalty.Core.Events;

/// <summary>What people write back by mail.</summary>
public static class MailEvents
{
    /// <summary>The source of events that an inbound mail service has passed on.</summary>
    public const string Source = "mail";

    /// <summary>Whether an event came by mail. Anybody can write one, so it makes nobody known.</summary>
    public static bool IsMail(CanonicalEvent e) => e.Source == Source;

    /// <summary>Whether an event is a mail that takes consent back.</summary>
    public static bool IsWithdrawal(CanonicalEvent e) => e is { Source: Source, Type: EventTypes.MessageUnsubscribed };

    /// <summary>Whether support looks at an event where it is nobody's: what somebody wrote, or a withdrawal that took nothing back.</summary>
    public static bool IsForPeople(CanonicalEvent e) => e is { Source: Source, Type: EventTypes.FeedbackGiven or EventTypes.MessageUnsubscribed };
}
