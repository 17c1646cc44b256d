using Loyalty.Core.Journeys;
using Loyalty.Engine.Programs;

namespace Loyalty.Simulation.Results;

/// <summary>What a draft changes for a journey outside its own file: its messages' templates, the partials behind them, program.yaml and offers.yaml.</summary>
internal static class FileDiff
{
    private const string Templates = "templates/";
    private const string Partials = "templates/_";

    /// <param name="live">null: nothing is live.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="journey">As in the draft; null: it is taken away.</param>
    public static IEnumerable<JourneyChange> Of(LoyaltyProgram? live, LoyaltyProgram draft, JourneyDefinition? journey)
    {
        if (live?.Journeys.ContainsKey(journey?.Name ?? "") != true) yield break;
        var changed = live.Files.Keys.Union(draft.Files.Keys, StringComparer.Ordinal).Where(path => IsChanged(live, draft, path)).Order(StringComparer.Ordinal).ToList();
        foreach (var path in changed.Where(static path => !path.StartsWith("journeys/", StringComparison.Ordinal) && !path.StartsWith(Templates, StringComparison.Ordinal)))
            yield return new JourneyChange(ChangeKind.Changed, "", $"{path} differs", null);
        foreach (var path in changed.Where(static path => path.StartsWith(Partials, StringComparison.Ordinal)))
            yield return new JourneyChange(ChangeKind.Changed, "", $"{path} differs, a part of messages", null);
        foreach (var send in journey!.Index.InOrder.Select(static place => place.Step).OfType<JourneyStep.Send>())
        {
            var own = changed.Where(path => path.StartsWith($"{Templates}{send.Template}/", StringComparison.Ordinal)).ToList();
            if (own.Count > 0) yield return new JourneyChange(ChangeKind.Changed, send.Name, $"the message differs: {string.Join(", ", own)}", send.Name);
        }
    }

    private static bool IsChanged(LoyaltyProgram live, LoyaltyProgram draft, string path) =>
        !live.Files.TryGetValue(path, out var was) || !draft.Files.TryGetValue(path, out var isNow) || !was.Span.SequenceEqual(isNow.Span);
}
