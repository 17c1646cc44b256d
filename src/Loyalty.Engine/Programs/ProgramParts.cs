using System.Collections.Immutable;
using Loyalty.Core.Conditions;

namespace Loyalty.Engine.Programs;

/// <summary>A system outside that journeys call.</summary>
/// <param name="Name">Kebab-case.</param>
/// <param name="Url">https, or http on this machine.</param>
/// <param name="Reply">Fields of the answer that steps may use: <c>steps.NAME.reply.FIELD</c>.</param>
public sealed record WebhookEndpoint(string Name, string Url, ImmutableSortedDictionary<string, AttributeType> Reply);

/// <summary>A channel other than e-mail: a system of the shop's that sends text messages, push notifications, messenger messages.</summary>
/// <param name="Name">Kebab-case.</param>
/// <param name="Url">https, or http on this machine: takes a signed POST for each message.</param>
/// <param name="To">What it takes for an address.</param>
public sealed record MessageChannelRule(string Name, string Url, ChannelAddress To);

/// <summary>What a channel takes for an address.</summary>
public enum ChannelAddress
{
    /// <summary>The person's phone number in E.164.</summary>
    Phone,

    /// <summary>The person's e-mail address.</summary>
    Email,

    /// <summary>The program's customer id: the channel knows the devices itself.</summary>
    Customer,
}
