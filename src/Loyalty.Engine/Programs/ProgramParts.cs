using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Calendars;
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

/// <summary>An offer whose codes journeys give away.</summary>
public sealed record OfferRule
{
    /// <summary>Kebab-case.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public required string Title { get; init; }

    /// <summary>Its codes: <c>#</c> is a random character, everything else stands for itself. At least 8 of them.</summary>
    public string Pattern { get; init; } = DefaultPattern;

    /// <summary>How long a code can be used; null: for ever.</summary>
    public CalendarDuration? Valid { get; init; }

    /// <summary>Codes in all; null: as many as are asked for.</summary>
    public int? Stock { get; init; }

    /// <summary>Codes for one customer; null: as many as are asked for.</summary>
    public int? PerCustomer { get; init; }

    /// <summary>What it gives; a number is a share (0.1 = 10%), money an amount off, a text a word such as <c>free-delivery</c>.</summary>
    public required AttributeValue Gives { get; init; }

    /// <summary>Ten random characters out of 31: 2^49 codes.</summary>
    public const string DefaultPattern = "#####-#####";
}
