using System.Collections.Immutable;
using Loyalty.Core.Events;

namespace Loyalty.Core.Journeys;

/// <summary>One published version of a journey, checked and ready to run.</summary>
public sealed record JourneyDefinition
{
    public required string Name { get; init; }
    public required int Version { get; init; }
}
