using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Loyalty.Core.Customers;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>Who would be erased if a period were set, before anybody sets it; reads only, by the very rule that <see cref="RetentionPass"/> goes by.</summary>
public sealed class RetentionPreview(IDocumentStore store, RetentionRules rules, IClock clock)
{
    /// <summary>The shortest period, days.</summary>
    public const int LeastDays = 365;

    /// <summary>The longest period, days.</summary>
    public const int MostDays = 3650;

    private const int PageSize = 100;

    /// <summary>Pages that one call reads at most: 10,000 people.</summary>
    private const int MostPages = 100;

    /// <summary>The period that is set, days; null: none.</summary>
    public int? DaysSet => rules.Inactive is { } keep ? (int)keep.TotalDays : null;

    /// <summary>Looks at a part of all people.</summary>
    /// <param name="days">The period, <see cref="LeastDays"/> to <see cref="MostDays"/>.</param>
    /// <param name="first">How many are told by id, 0 or more.</param>
    /// <param name="from">Where an earlier part ended; null: at the beginning.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>null: <paramref name="from"/> is nothing that this has told.</returns>
    public async Task<RetentionForecast?> ReadAsync(int days, int first, string? from, CancellationToken cancellation = default)
    {
        var ranges = await store.GetFeedRangesAsync(cancellation);
        if (PlaceOf(from) is not { } place || place.Range >= ranges.Count) return null;
        var (range, continuation) = place;
        var (keep, now) = (Duration.FromDays(days), clock.GetCurrentInstant());
        var (seen, counts, people) = (0, new int[Enum.GetValues<InactivityVerdict>().Length], ImmutableArray.CreateBuilder<RetentionCandidate>());
        for (var pages = 0; pages < MostPages && range < ranges.Count; pages++)
        {
            var page = await store.ScanKindAsync(ranges[range], Kinds.Customer, PageSize, continuation, cancellation);
            foreach (var customer in page.Items.Select(static one => LoyaltyJson.Read<CustomerState>(one.Body.Span)))
            {
                var verdict = Inactivity.Of(customer, keep, now);
                counts[(int)verdict]++;
                if (verdict == InactivityVerdict.Goes && people.Count < first) people.Add(new RetentionCandidate(customer.CustomerId, Inactivity.LatestOf(customer)));
            }

            seen += page.Items.Count;
            continuation = page.Continuation;
            if (continuation is null) range++;
        }

        return new RetentionForecast
        {
            Days = days,
            DaysSet = DaysSet,
            Seen = seen,
            Goes = counts[(int)InactivityVerdict.Goes],
            KeptForPoints = counts[(int)InactivityVerdict.HasPoints],
            KeptAsRestricted = counts[(int)InactivityVerdict.Restricted],
            KeptWhileMerging = counts[(int)InactivityVerdict.Merging],
            People = people.ToImmutable(),
            Next = range < ranges.Count ? Convert.ToHexStringLower(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{range}:{continuation}"))) : null,
        };
    }

    private static (int Range, string? Continuation)? PlaceOf(string? from)
    {
        if (from is null) return (0, null);
        if (from.Length % 2 != 0 || !from.All(char.IsAsciiHexDigit)) return null;
        var text = Encoding.UTF8.GetString(Convert.FromHexString(from));
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !int.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var range)) return null;
        return (range, colon + 1 == text.Length ? null : text[(colon + 1)..]);
    }
}

/// <summary>Who would go, of a part of all people. The rule of each is the same: nothing done for <see cref="Days"/> days (<c>Privacy__Retention__InactiveDays</c>).</summary>
public sealed record RetentionForecast
{
    /// <summary>The period that was asked for.</summary>
    public required int Days { get; init; }

    /// <summary>The period that is set; null: none, nobody is erased for that.</summary>
    public int? DaysSet { get; init; }

    /// <summary>People who were looked at.</summary>
    public required int Seen { get; init; }

    /// <summary>Who would be erased.</summary>
    public required int Goes { get; init; }

    /// <summary>Inactive for as long, and kept: they have points, pending and held ones too.</summary>
    public required int KeptForPoints { get; init; }

    /// <summary>Inactive for as long, and kept: restricted.</summary>
    public required int KeptAsRestricted { get; init; }

    /// <summary>Inactive for as long, and kept until their merge is done.</summary>
    public required int KeptWhileMerging { get; init; }

    /// <summary>The first of those who would go.</summary>
    public required ImmutableArray<RetentionCandidate> People { get; init; }

    /// <summary>Where the next part begins; null: everybody was looked at.</summary>
    public string? Next { get; init; }
}

/// <summary>Somebody who would go.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="LastActiveAt">When they last did something, as the rule counts it.</param>
public sealed record RetentionCandidate(string CustomerId, Instant LastActiveAt);
