using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Events;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>
/// What is told of a message shows that the provider had it. Where nobody could tell so far whether it went, it went: its step goes on, in the batch of the event.
/// </summary>
internal static class DeliveryReports
{
    /// <summary>Settles the message that an event tells of, if its outcome is open.</summary>
    /// <returns>What the durable engine is told; null: nothing.</returns>
    public static async ValueTask<RunAnnouncement?> SettleAsync(
        PartitionSession session, CanonicalEvent e, RunProtocolSettings settings, Instant now, CancellationToken cancellation)
    {
        if (!e.Type.StartsWith("message.", StringComparison.Ordinal) || e.Data is not EventData.Facts facts) return null;
        if (facts.Values.GetValueOrDefault("message-id") is not AttributeValue.Text { Value: var messageId } || Parse(messageId) is not var (runId, key)) return null;
        if (await session.ReadAsync<RunDocument>(Keys.Run(runId), cancellation) is not { } document) return null;
        var item = document.Outbox.Of(key);
        if (item is not { State: OutboxState.Claimed or OutboxState.Unknown, Effect: RunEffect.Send send }) return null;
        var (next, announcement) = RunProtocol.SettleItem(document, key, "sent", null, null, now, settings);
        session.Put(Keys.Run(runId), Kinds.Run, next, next.WakeAt);
        if (await session.ReadAsync<MessageRecord>(messageId, cancellation) is null)
            session.Put(messageId, Kinds.Message, MessageComposer.Record(document.Run, item, send, "sent", null, null, null, item.ClaimedAt ?? now));
        return announcement == Announcement.None ? null : new RunAnnouncement(announcement, runId, next.Gen);
    }

    /// <summary>One announcement a run: a start reads the whole inbox.</summary>
    public static ImmutableList<RunAnnouncement> Join(ImmutableList<RunAnnouncement> announcements, RunAnnouncement report)
    {
        var known = announcements.Find(one => one.RunId == report.RunId);
        if (known is null) return announcements.Add(report);
        return report.What == Announcement.Start && known.What != Announcement.Start ? announcements.Replace(known, report) : announcements;
    }

    /// <summary>The run and the outbox item of a message's id; null: it is none of ours.</summary>
    internal static (string RunId, string ItemKey)? Parse(string messageId)
    {
        if (messageId.Length > 200 || !messageId.StartsWith(Keys.MessagePrefix, StringComparison.Ordinal)) return null;
        var rest = messageId[Keys.MessagePrefix.Length..];
        if (!rest.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) return null;
        var (first, last) = (rest.IndexOf('-', StringComparison.Ordinal), rest.LastIndexOf('-'));
        return first > 0 && last > first + 1 && last < rest.Length - 1 ? (rest[..first], $"{rest[(first + 1)..last]}:{rest[(last + 1)..]}") : null;
    }
}
