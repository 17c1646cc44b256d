using System.Text;
using Loyalty.Core;
using Loyalty.Core.Events;

namespace Loyalty.Connectors;

/// <summary>Keys that follow from an event alone, without a look-up.</summary>
public static class IntakeKeys
{
    /// <summary>
    /// Events of one person share a session where the payload allows: the hash of the strongest identifier (the
    /// program's own id, else a shop's customer id, else e-mail, else phone), else of the order, the cart, or the event
    /// itself. 26 characters.
    /// </summary>
    public static string SessionId(CanonicalEvent e)
    {
        var strongest = e.Identifiers.IsDefaultOrEmpty ? null : e.Identifiers.MinBy(Rank).Value;
        return Hashing.Id(26, "session", strongest ?? Object(e.Data) ?? e.Key);
    }

    /// <summary>A redelivery is the same message: the hash of source and id. 32 characters.</summary>
    public static string MessageId(CanonicalEvent e) => Hashing.Id(32, "message", e.Source, e.Id);

    /// <summary>
    /// A text as it is, or its hash where it is longer than <paramref name="max"/> or has control characters or broken
    /// surrogate pairs.
    /// </summary>
    internal static string Bounded(string text, int max) =>
        text.Length <= max && IsPlain(text) ? text : "h-" + Hashing.Id(40, text);

    private static bool IsPlain(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune) || Rune.IsControl(rune)) return false;
            i += rune.Utf16SequenceLength - 1;
        }

        return true;
    }

    /// <summary>0 is strongest.</summary>
    internal static int Rank(Identifier identifier) =>
        identifier.Kind switch { "id" => 0, "email" => 2, "phone" => 3, _ => 1 };

    private static string? Object(EventData data) => data switch
    {
        EventData.Order order => "order:" + order.Snapshot.OrderId,
        EventData.Refund refund => "order:" + refund.OrderId,
        EventData.Cart cart => "cart:" + cart.CartId,
        _ => null,
    };
}
