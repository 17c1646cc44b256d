using System.Collections.Immutable;
using Loyalty.Core.Contact;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>
/// Warns where one journey alone sends more messages than a frequency cap allows, on some path and with answers that come at once. Such a message
/// waits for the next day, week or month, and expires if that is later than its <c>give-up</c>.
/// </summary>
internal sealed class CapCheck
{
    /// <summary>Ways through a journey that are told apart; of more those with the most messages are kept.</summary>
    private const int MostWays = 400;

    /// <summary>Passes of a repeat that are followed: a cap that holds over so many holds over all.</summary>
    private const int MostPasses = 12;

    /// <summary>What the check may cost: messages of ways that are looked at. Nested repeats multiply their passes, and a hostile file would never end.</summary>
    private const int MostWork = 500_000;

    private readonly LoadedJourney _loaded;
    private readonly ImmutableArray<FrequencyCap> _caps;
    private readonly HashSet<(string Step, FrequencyCap Cap)> _told = [];
    private int _work;

    private CapCheck(LoadedJourney loaded, ImmutableArray<FrequencyCap> caps) => (_loaded, _caps) = (loaded, caps);

    /// <summary>Adds the warnings of one journey.</summary>
    public static void Check(LoadedJourney loaded, ContactPolicy policy)
    {
        if (policy.Caps.IsEmpty) return;
        var check = new CapCheck(loaded, policy.Caps);
        check.Follow(loaded.Definition.Steps, [new Way(Duration.Zero, [])]);
        if (check._work <= MostWork) return;
        loaded.File.Warning(
            loaded.Top.Find("steps") ?? loaded.Top,
            FindingCodes.TooManySends,
            "the ways through this journey are too many to be followed: whether it sends more than the caps allow was not checked to the end",
            "put inner steps into a journey of their own and start it");
    }

    private List<Way> Follow(ImmutableArray<JourneyStep> steps, List<Way> ways)
    {
        foreach (var step in steps)
        {
            foreach (var way in ways) _work += 1 + way.Sends.Length;
            if (ways.Count == 0 || _work > MostWork) return [];
            ways = Bounded(Behind(step, ways));
        }

        return ways;
    }

    private IEnumerable<Way> Behind(JourneyStep step, List<Way> ways) => step switch
    {
        JourneyStep.End => [],
        JourneyStep.Send { IsTransactional: false } send => [.. Sent(send, ways), .. Follow(send.NotSent, ways)],
        JourneyStep.Wait wait => [.. Later(ways, wait.Rule), .. Into(wait.TooLate, ways)],
        JourneyStep.WaitFor wait =>
        [
            .. wait.Cases.Where(static option => !option.Steps.IsEmpty).SelectMany(option => Follow(option.Steps, ways)),
            .. wait.Cases.Any(static option => option.Steps.IsEmpty) ? Follow(wait.InTime, ways) : [],
            .. Follow(wait.TooLate, Later(ways, wait.UpTo.Approximate)),
        ],
        JourneyStep.HumanTask task => [.. task.Outcomes.SelectMany(one => Follow(one.Steps, ways)), .. Follow(task.TooLate, Later(ways, task.Due.Approximate))],
        JourneyStep.Choose choose => [.. choose.Cases.SelectMany(one => Follow(one.Steps, ways)), .. choose.Cases.Any(static one => one.When is null) ? [] : ways],
        JourneyStep.Split split => split.Arms.SelectMany(one => Follow(one.Steps, ways)),
        JourneyStep.Repeat repeat => Repeated(repeat, ways),
        _ => [.. ways, .. step.Branches.SelectMany(branch => Follow(branch.Steps, ways))],
    };

    private List<Way> Into(ImmutableArray<JourneyStep> steps, List<Way> ways) => steps.IsEmpty ? [] : Follow(steps, ways);

    private List<Way> Sent(JourneyStep.Send send, List<Way> ways)
    {
        var behind = ways.ConvertAll(way => way with { Sends = way.Sends.Add(new Sending(way.At, send.Topic, ChannelOf(send))) });
        foreach (var cap in _caps.Where(cap => cap.Counts(send.Topic ?? "", ChannelOf(send))))
        {
            var most = behind.Max(way => way.Sends.Count(one => cap.Counts(one.Topic ?? "", one.Channel) && way.At - one.At < Span(cap.Per)));
            if (most > cap.AtMost && _told.Add((send.Name, cap))) Tell(send, cap, most);
        }

        return behind;
    }

    private List<Way> Repeated(JourneyStep.Repeat repeat, List<Way> ways)
    {
        var all = repeat.While is null ? [] : new List<Way>(ways);
        var begun = ways;
        for (var pass = 0; pass < Math.Min(repeat.AtMost, MostPasses) && begun.Count > 0; pass++)
        {
            var start = begun.Min(static way => way.At);
            var ended = Follow(repeat.Steps, begun);
            all = Bounded([.. repeat.While is null ? [] : all, .. ended]);
            begun = repeat.Every is { } every ? ended.ConvertAll(way => way with { At = Duration.Max(way.At, start + every.Approximate) }) : ended;
        }

        return all;
    }

    private static List<Way> Later(List<Way> ways, Duration span) => ways.ConvertAll(way => way with { At = way.At + span });

    /// <summary>The least a wait lasts. A day of the year may be tomorrow, but after one of them the next is as far as the calendar says.</summary>
    private static List<Way> Later(List<Way> ways, WaitRule rule) => rule switch
    {
        WaitRule.For wait => Later(ways, wait.Span.Approximate),
        WaitRule.Until { Rule: var moment } => ways.ConvertAll(way => way with
        {
            At = way.At + Duration.Max(moment.NotBefore?.Approximate ?? Duration.Zero, moment.Dates.IsEmpty || way.Sends.IsEmpty ? Duration.Zero : Gap(moment.Dates)),
        }),
        WaitRule.Date date => Later(ways, date.NotBefore?.Approximate ?? Duration.Zero),
        _ => ways,
    };

    private static Duration Gap(ImmutableArray<AnnualDate> dates)
    {
        var days = dates.Select(static date => date.InYear(2026).DayOfYear).Distinct().Order().ToList();
        var least = days[0] + 365 - days[^1];
        for (var i = 1; i < days.Count; i++) least = Math.Min(least, days[i] - days[i - 1]);
        return Duration.FromDays(least);
    }

    private static Duration Span(CapPeriod period) => Duration.FromDays(period switch { CapPeriod.Day => 1, CapPeriod.Week => 7, _ => 28 });

    private static List<Way> Bounded(IEnumerable<Way> ways)
    {
        var longest = Span(CapPeriod.Month);
        var all = new HashSet<Way>(SameWay.Instance);
        foreach (var way in ways)
        {
            // What is longer ago than any cap looks back tells two ways apart no more.
            var kept = way with { Sends = way.Sends.RemoveAll(one => way.At - one.At >= longest && one != way.Sends[^1]) };
            all.Add(kept);
        }

        return all.Count <= MostWays ? [.. all] : [.. all.OrderByDescending(static way => way.Sends.Length).Take(MostWays)];
    }

    private void Tell(JourneyStep.Send send, FrequencyCap cap, int most)
    {
        var period = cap.Per switch { CapPeriod.Day => "day", CapPeriod.Week => "week", _ => "month" };
        var message = $"'{send.Name}' can be message {most} of this journey in one {period}, and contact allows {cap.AtMost}: it waits for the next {period}";
        const string Remedy = "lengthen the waits before it, or raise the cap under contact in program.yaml";
        var place = _loaded.Place(send.Name);
        if (Span(cap.Per) > send.GiveUp.Approximate)
            _loaded.File.Error(place, FindingCodes.TooManySends, $"{message}, and expires after {send.GiveUp}", Remedy + ", or lengthen give-up");
        else
            _loaded.File.Warning(place, FindingCodes.TooManySends, message, Remedy);
    }

    private static string ChannelOf(JourneyStep.Send send) => send.Channel ?? Consents.Email;

    /// <summary>A message on the way.</summary>
    private sealed record Sending(Duration At, string? Topic, string Channel);

    /// <summary>A way through the journey: the least time since the entry, and what was sent.</summary>
    private sealed record Way(Duration At, ImmutableArray<Sending> Sends);

    /// <summary>Ways on which the same messages lie equally long back count as one.</summary>
    private sealed class SameWay : IEqualityComparer<Way>
    {
        public static SameWay Instance { get; } = new();

        public bool Equals(Way? x, Way? y)
        {
            if (x is null || y is null || x.Sends.Length != y.Sends.Length) return ReferenceEquals(x, y);
            for (var i = 0; i < x.Sends.Length; i++)
            {
                var (one, other) = (x.Sends[i], y.Sends[i]);
                if (x.At - one.At != y.At - other.At || one.Topic != other.Topic || one.Channel != other.Channel) return false;
            }

            return true;
        }

        public int GetHashCode(Way obj)
        {
            var hash = default(HashCode);
            foreach (var one in obj.Sends)
            {
                hash.Add(obj.At - one.At);
                hash.Add(one.Topic, StringComparer.Ordinal);
            }

            return hash.ToHashCode();
        }
    }
}
