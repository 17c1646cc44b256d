using Loyalty.Core;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Audiences;

/// <summary>Writes down when each audience enters next, so that the due scan finds it.</summary>
public sealed class AudienceSchedule(IDocumentStore store, IProgramSource programs, IClock clock)
{
    private LiveProgram? _armed;

    /// <summary>Arms the audiences of the live program, if it has changed since the last time.</summary>
    public async Task ArmAsync(CancellationToken cancellation = default)
    {
        var live = programs.Current;
        if (ReferenceEquals(live, _armed)) return;
        foreach (var journey in live.Journeys)
        {
            if (journey.Enter.Audience is { } audience) await ArmAsync(journey.Name, audience, live.Model.TimeZone, cancellation);
        }

        _armed = live;
    }

    /// <summary>When an audience that is published now enters first.</summary>
    public static Instant? First(AudienceRule audience, Instant now, DateTimeZone zone)
    {
        if (audience.Each is not null) return Next(audience, now, zone);
        return audience.At is { } at ? Core.Calendars.LocalClock.Resolve(at, zone) : now;
    }

    /// <summary>When an audience enters after a moment; null: not again.</summary>
    public static Instant? Next(AudienceRule audience, Instant after, DateTimeZone zone) => audience.Each?.Next(after, zone);

    private Task ArmAsync(string journey, AudienceRule audience, DateTimeZone zone, CancellationToken cancellation) => Attempts.UntilCommittedAsync(async () =>
    {
        var now = clock.GetCurrentInstant();
        var session = new PartitionSession(store, Keys.AudiencePartition(journey));
        var known = await session.ReadAsync<AudienceDocument>(Keys.AudienceId, cancellation);
        var fingerprint = Hashing.Id(20, audience.When.Text, audience.At?.ToString() ?? "", Fingerprint(audience));
        if (known?.Fingerprint == fingerprint || known?.EnteringSince is not null) return new object();
        var first = First(audience, now, zone);
        var armed = new AudienceDocument { Journey = journey, Fingerprint = fingerprint, NextAt = first };
        session.Put(Keys.AudienceId, Kinds.Audience, armed, first);
        return await session.CommitAsync(cancellation) ? new object() : null;
    });

    private static string Fingerprint(AudienceRule audience) =>
        audience.Each is { } each ? $"{each.At}|{each.Days}|{string.Join(',', each.Dates.Select(static d => $"{d.Month}-{d.Day}"))}" : "";
}
