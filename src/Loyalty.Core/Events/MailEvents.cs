namespace Loyalty.Core.Events;

/// <summary>What people write back by mail.</summary>
public static class MailEvents
{
    /// <summary>The source of events that an inbound mail service has passed on.</summary>
    public const string Source = "mail";

    /// <summary>Whether an event is a mail that takes consent back.</summary>
    public static bool IsWithdrawal(CanonicalEvent e) => e is { Source: Source, Type: EventTypes.MessageUnsubscribed };
}
