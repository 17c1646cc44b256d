using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Journeys;
using Loyalty.Engine.Audiences;
using Loyalty.Engine.Programs;

namespace Loyalty.Engine.Publishing;

/// <summary>Counts from the store's own customers who would enter with a publish, and compares them with what the provider takes.</summary>
/// <param name="enrolment">Counts, and lets existing subjects enter.</param>
/// <param name="quotas">By channel; a channel that is not there is not limited.</param>
public sealed class PublishForecast(AudienceEnrolment enrolment, IReadOnlyDictionary<string, ProviderQuota> quotas)
{
    /// <summary>How many runs each of these journeys would begin now, and findings where their first message cannot go in time.</summary>
    internal async Task<ForecastEntries> OfAsync(LoyaltyProgram program, IEnumerable<string> journeys, bool enrols, CancellationToken cancellation)
    {
        var entries = new ForecastEntries();
        foreach (var name in journeys.Distinct(StringComparer.Ordinal))
        {
            if (!program.Journeys.TryGetValue(name, out var journey) || (!enrols && journey.Enter.Audience is null)) continue;
            // At a later moment the audience is another; today's is the best that is known of it.
            var people = enrols ? await enrolment.CountExistingAsync(journey, cancellation) : await enrolment.CountAudienceAsync(journey, cancellation);
            entries.Enters[name] = people;
            if (Finding(program, journey, people) is { } finding) entries.Findings.Add(finding);
        }

        return entries;
    }

    /// <summary>Asks for the enrolment of existing subjects; asked twice they enter once.</summary>
    internal async Task EnrolAsync(IEnumerable<string> journeys, CancellationToken cancellation)
    {
        foreach (var journey in journeys.Distinct(StringComparer.Ordinal)) await enrolment.EnrolExistingAsync(journey, cancellation);
    }

    /// <summary>The messages of the steps before the first wait go to everybody at once.</summary>
    private Finding? Finding(LoyaltyProgram program, JourneyDefinition journey, int people)
    {
        var getting = (long)Math.Ceiling(people * (1 - journey.Holdout));
        foreach (var step in journey.Steps)
        {
            if (step is JourneyStep.Wait or JourneyStep.WaitFor or JourneyStep.HumanTask) return null;
            if (step is not JourneyStep.Send send || !quotas.TryGetValue(send.Channel ?? Consents.Email, out var quota)) continue;
            if (PerDay(quota) is not { } perDay || getting <= perDay * Math.Max(1, send.GiveUp.Approximate.TotalDays)) return null;
            var (line, column) = Place(program, journey.Name);
            return new Finding(
                FindingSeverity.Error,
                Definitions.JourneyPath(journey.Name),
                line,
                column,
                FindingCodes.QuotaTooSmall,
                $"{people:N0} would enter now, and the provider takes {perDay:N0} messages a day: '{send.Name}' expires after {send.GiveUp} for about {getting - (long)(perDay * Math.Max(1, send.GiveUp.Approximate.TotalDays)):N0} of them",
                "lengthen its give-up, let fewer enter, or have the provider's quota raised (Quota__Email__PerDay)");
        }

        return null;
    }

    private static long? PerDay(ProviderQuota quota)
    {
        long?[] limits = [quota.PerDay, quota.PerHour * 24L, quota.PerMinute * 1440L];
        return limits.Min();
    }

    private static (int Line, int Column) Place(LoyaltyProgram program, string journey)
    {
        var path = Definitions.JourneyPath(journey);
        var source = YamlSource.Read(program.Files[path].Span, new FileFindings(path, new FindingList()));
        return source is SourceNode.Map map && map.Find("enter") is { } enter ? (enter.Line, enter.Column) : (1, 1);
    }
}

/// <summary>What <see cref="PublishForecast"/> found.</summary>
internal sealed class ForecastEntries
{
    /// <summary>Journey → runs that would begin.</summary>
    public Dictionary<string, int> Enters { get; } = new(StringComparer.Ordinal);

    public List<Finding> Findings { get; } = [];

    /// <summary>The preview with the numbers.</summary>
    public PublishPreview Show(PublishPreview preview) => preview with
    {
        Journeys = [.. preview.Journeys.Select(one => Enters.TryGetValue(one.Journey, out var people) ? one with { Enters = people } : one)],
    };
}
