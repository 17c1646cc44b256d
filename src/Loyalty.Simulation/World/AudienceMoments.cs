using System.Collections.Immutable;
using Loyalty.Core.Journeys;
using Loyalty.Core.Programs;
using Loyalty.Engine.Audiences;
using Loyalty.Engine.Ports;
using NodaTime;

namespace Loyalty.Simulation.World;

/// <summary>An audience that enters.</summary>
/// <param name="Journey">Whose audience.</param>
/// <param name="Since">Its occurrence: when its runs begin.</param>
/// <param name="Minute">The due scan that lets it in, as Unix ticks.</param>
internal readonly record struct AudienceMoment(JourneyDefinition Journey, Instant Since, long Minute);

/// <summary>When the audiences of a program enter.</summary>
internal static class AudienceMoments
{
    /// <summary>All of them while a population is played, earliest first. The program counts as published at the start.</summary>
    public static ImmutableArray<AudienceMoment> Of(LiveProgram program, Instant start, Instant end)
    {
        var moments = new List<AudienceMoment>();
        foreach (var journey in program.Journeys)
        {
            if (journey.Enter.Audience is not { } audience) continue;
            for (var since = AudienceSchedule.First(audience, start, program.Model.TimeZone);
                since is { } at && at <= end;
                since = AudienceSchedule.Next(audience, at, program.Model.TimeZone))
            {
                moments.Add(new AudienceMoment(journey, at, MinuteOf(Instant.Max(at, start))));
            }
        }

        return [.. moments.OrderBy(static one => one.Minute).ThenBy(static one => one.Journey.Name, StringComparer.Ordinal)];
    }

    private static long MinuteOf(Instant at) => (at.ToUnixTimeTicks() + NodaConstants.TicksPerMinute - 1) / NodaConstants.TicksPerMinute * NodaConstants.TicksPerMinute;
}
