using Loyalty.Core.Events;
using NodaTime;

namespace Loyalty.Core.Contact;

/// <summary>
/// Opens and clicks that no person made: scanners that open every link before the mail is shown, and mail programs that load every picture in advance.
/// They are kept as told, and drive nothing.
/// </summary>
public static class MachineEngagement
{
    /// <summary>The attribute of an event that was made by a machine.</summary>
    public const string Attribute = "is-machine";

    /// <summary>Nobody opens a mail sooner after it was handed over.</summary>
    public static Duration LeastToOpen { get; } = Duration.FromSeconds(3);

    /// <summary>Nobody follows a link sooner after the mail was handed over.</summary>
    public static Duration LeastToClick { get; } = Duration.FromSeconds(8);

    // What such programs call themselves, as they are seen in delivery reports; compared without case.
    private static readonly string[] Agents =
    [
        "barracuda", "mimecast", "proofpoint", "urldefense", "safelinks", "fireeye", "symantec", "messagelabs", "ironport", "sophos", "trend micro", "trendmicro",
        "cloudmark", "bot", "crawler", "spider", "preview", "prefetch", "headless", "python-requests", "curl/", "wget/", "go-http-client", "okhttp", "java/",
    ];

    /// <summary>Whether an open or click was made by a machine.</summary>
    /// <param name="e">The event.</param>
    /// <param name="facts">Its facts.</param>
    /// <param name="handedOverAt">When its message was handed over; null: not known.</param>
    public static bool IsMachine(CanonicalEvent e, EventData.Facts facts, Instant? handedOverAt)
    {
        var isClick = e.Type == EventTypes.MessageClicked;
        if (!isClick && e.Type != EventTypes.MessageOpened) return false;
        if (facts.Values.GetValueOrDefault(Attribute) is AttributeValue.Flag { Value: true }) return true;
        if (facts.Values.GetValueOrDefault("user-agent") is AttributeValue.Text { Value: var agent } && IsMachine(agent)) return true;
        return handedOverAt is { } at && e.Time < at + (isClick ? LeastToClick : LeastToOpen);
    }

    /// <summary>Whether a user agent is that of a scanner or of a program that loads in advance.</summary>
    internal static bool IsMachine(string agent)
    {
        // Apple's privacy protection loads everything in advance and says no more than this.
        if (agent.Trim() == "Mozilla/5.0") return true;
        return Agents.Any(known => agent.Contains(known, StringComparison.OrdinalIgnoreCase));
    }
}
