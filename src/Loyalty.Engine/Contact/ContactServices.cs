using Loyalty.Core.Contact;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Engine.Contact;

/// <summary>What a message needs beside its person's documents; each part may be left out.</summary>
/// <param name="Channels">Channels other than e-mail; null: there are none.</param>
/// <param name="Pacing">Quota and budget; null: nothing is limited.</param>
/// <param name="Links">Signed links; null: answers are mails to the shop.</param>
/// <param name="Suppressions">The imported list; null: there is none.</param>
public sealed record ContactServices(
    IMessageChannels? Channels = null, ISendPacing? Pacing = null, ContactLinks? Links = null, SuppressionList? Suppressions = null)
{
    /// <summary>Nothing beside the person's documents.</summary>
    public static ContactServices None { get; } = new();
}

/// <summary>Channels by name.</summary>
public interface IMessageChannels
{
    /// <summary>The channel; null: there is none of this name.</summary>
    IMessageChannel? Find(string name);
}

/// <summary>Channels in a dictionary.</summary>
public sealed class MessageChannels(IReadOnlyDictionary<string, IMessageChannel> channels) : IMessageChannels
{
    /// <inheritdoc/>
    public IMessageChannel? Find(string name) => channels.GetValueOrDefault(name);
}

/// <summary>Quota of providers and budget of the program, shared by everybody.</summary>
public interface ISendPacing
{
    /// <summary>Asks for one message. What was granted counts, whether it goes or not: a quota is never exceeded, at worst not used up.</summary>
    /// <returns>null: it may go.</returns>
    ValueTask<NotYet?> AskAsync(PacingRequest request, CancellationToken cancellation = default);
}

/// <summary>One message that would go.</summary>
/// <param name="Channel">How.</param>
/// <param name="Lane">Who goes first.</param>
/// <param name="Key">Names the message.</param>
/// <param name="HasTurn">It was told to come back, and has.</param>
/// <param name="GiveUpAt">From then on it is of no use.</param>
public sealed record PacingRequest(string Channel, SendLane Lane, string Key, bool HasTurn, Instant GiveUpAt);

/// <summary>A message waits for its turn.</summary>
/// <param name="Until">When to ask again.</param>
/// <param name="Reason"><c>budget</c> or <c>provider-quota</c>.</param>
public sealed record NotYet(Instant Until, string Reason);
