using Loyalty.Core.Contact;
using Loyalty.Core.Journeys;
using Loyalty.Core.Runs;
using Loyalty.Engine.State;

namespace Loyalty.Engine.Contact;

/// <summary>Where a message went: by its record, or, while its outcome is open, by its claim.</summary>
internal static class MessageAddresses
{
    /// <summary>Channel and address of a message of this person; null: it is none of theirs, or never was on its way.</summary>
    public static async ValueTask<MessageAddress?> FindAsync(PartitionSession session, string messageId, CancellationToken cancellation)
    {
        if (DeliveryReports.Parse(messageId) is not var (runId, key)) return null;
        if (await session.ReadAsync<MessageRecord>(messageId, cancellation) is { } message)
            return message.AddressHash is { } kept ? new MessageAddress(message.Channel ?? Consents.Email, kept) : null;
        var run = await session.ReadAsync<RunDocument>(Keys.Run(runId), cancellation);
        return run?.Outbox.Of(key) is { AddressHash: { } hash, Effect: RunEffect.Send send } ? new MessageAddress(send.Channel, hash) : null;
    }

    /// <summary>Whether a message is one of this person's, whatever became of it.</summary>
    public static async ValueTask<bool> IsOfAsync(PartitionSession session, string messageId, CancellationToken cancellation) =>
        DeliveryReports.Parse(messageId) is var (runId, _)
        && (await session.ReadAsync<MessageRecord>(messageId, cancellation) is not null || await session.ReadAsync<RunDocument>(Keys.Run(runId), cancellation) is not null);
}

/// <summary>Where a message went.</summary>
/// <param name="Channel">How.</param>
/// <param name="Hash"><see cref="ContactState.AddressHash"/>.</param>
internal sealed record MessageAddress(string Channel, string Hash);
