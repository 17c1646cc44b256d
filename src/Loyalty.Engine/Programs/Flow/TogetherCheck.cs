using System.Collections.Immutable;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs.Flow;

/// <summary>Warns of two marketing messages with no wait between, on whatever path through branches they follow each other.</summary>
internal sealed class TogetherCheck
{
    private static readonly ImmutableSortedSet<string> None = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    private readonly LoadedJourney _loaded;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    private TogetherCheck(LoadedJourney loaded) => _loaded = loaded;

    /// <summary>Adds the warnings of one journey.</summary>
    public static void Check(LoadedJourney loaded) => new TogetherCheck(loaded).Follow(loaded.Definition.Steps, None);

    /// <param name="steps">The list.</param>
    /// <param name="sent">Messages that may just have gone.</param>
    /// <returns>Messages that may have gone since the last wait behind the list; null: the run has ended.</returns>
    private ImmutableSortedSet<string>? Follow(ImmutableArray<JourneyStep> steps, ImmutableSortedSet<string>? sent)
    {
        foreach (var step in steps)
        {
            if (sent is null) return null;
            sent = Behind(step, sent);
        }

        return sent;
    }

    private ImmutableSortedSet<string>? Behind(JourneyStep step, ImmutableSortedSet<string> sent)
    {
        switch (step)
        {
            case JourneyStep.End: return null;
            case JourneyStep.Send { IsTransactional: false } send:
                if (sent.Count > 0 && _told.Add(send.Name)) Tell(send, sent);
                // Where it was not sent, what went before it is still the latest.
                return Join(None.Add(send.Name), Follow(send.NotSent, sent));
            case JourneyStep.Wait wait: return Join(None, Follow(wait.TooLate, None));
            case JourneyStep.WaitFor or JourneyStep.HumanTask: return All(step, None);
            case JourneyStep.Choose choose:
                var chosen = All(step, sent);
                return choose.Cases.Any(static c => c.When is null) ? chosen : Join(chosen, sent);
            case JourneyStep.Split: return All(step, sent);
            case JourneyStep.Repeat repeat:
                var once = Follow(repeat.Steps, sent);
                if (repeat.Every is null && once is not null) once = Join(once, Follow(repeat.Steps, once));
                return Join(once, repeat.While is null ? null : sent);
            default: return Join(sent, All(step, sent));
        }
    }

    private ImmutableSortedSet<string>? All(JourneyStep step, ImmutableSortedSet<string> sent) =>
        step.Branches.Aggregate((ImmutableSortedSet<string>?)null, (all, branch) => Join(all, Follow(branch.Steps, sent)));

    private static ImmutableSortedSet<string>? Join(ImmutableSortedSet<string>? one, ImmutableSortedSet<string>? other) =>
        one is null ? other : other is null ? one : one.Union(other);

    private void Tell(JourneyStep.Send send, ImmutableSortedSet<string> sent) => _loaded.File.Warning(
        _loaded.Place(send.Name),
        FindingCodes.SendsTogether,
        sent.Contains(send.Name) ? $"'{send.Name}' goes out again and again with no wait between" : $"'{sent[0]}' and '{send.Name}' go out with no wait between",
        "put a wait between them");
}
