using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Engine.Programs;

/// <content>What only shows when the whole journey is known.</content>
internal sealed partial class JourneyLoader
{
    private void CheckFlow(ImmutableArray<JourneyStep> steps, GoalRule? goal, MapReader top)
    {
        CheckReach(steps);
        if (goal is null) return;
        var passes = goal.PerPass ? Flow.StepWalk.All(steps).OfType<JourneyStep.Repeat>().ToList() : null;
        if (passes is { Count: 0 })
        {
            _findings.Error(
                top.Get("goal")!,
                FindingCodes.BadValue,
                "the goal counts once in each pass, and the journey has no repeat",
                "remove per: pass, or let steps repeat");
            return;
        }

        var waits = passes?.Max(static repeat => LongestWait(repeat.Steps)) ?? LongestWait(steps);
        if (waits > goal.Within.Approximate)
        {
            _findings.Warning(
                top.Get("goal")!,
                FindingCodes.ShortGoal,
                $"the goal counts for {goal.Within}, the journey's own waits last about {waits.TotalDays:0} days",
                "lengthen within, or shorten the waits");
        }
    }

    /// <summary>Reports what follows a step after which the run has always ended.</summary>
    private void CheckReach(ImmutableArray<JourneyStep> steps)
    {
        for (var i = 0; i < steps.Length; i++)
        {
            foreach (var branch in steps[i].Branches) CheckReach(branch.Steps);
            if (i + 1 == steps.Length || !AlwaysEnds(steps[i])) continue;
            if (_places.TryGetValue(steps[i + 1].Name, out var place))
                _findings.Error(
                    place,
                    FindingCodes.Unreachable,
                    $"the step '{steps[i + 1].Name}' is never reached: the run has ended before",
                    "remove it or move it before the end");
            return;
        }
    }

    private static bool AlwaysEnds(ImmutableArray<JourneyStep> steps) => steps.Any(AlwaysEnds);

    private static bool AlwaysEnds(JourneyStep step) => step switch
    {
        JourneyStep.End => true,
        JourneyStep.Choose choose => choose.Cases.Any(c => c.When is null) && choose.Cases.All(
            c => AlwaysEnds(c.Steps)),
        JourneyStep.Split split => split.Arms.All(a => AlwaysEnds(a.Steps)),
        JourneyStep.WaitFor wait => AlwaysEnds(wait.TooLate)
            && wait.Cases.All(static c => c.Steps.IsEmpty || AlwaysEnds(c.Steps))
            && (wait.Cases.All(static c => !c.Steps.IsEmpty) || AlwaysEnds(wait.InTime)),
        // The first pass comes at once.
        JourneyStep.Repeat { While: null } repeat => AlwaysEnds(repeat.Steps),
        _ => false,
    };

    private static Duration LongestWait(ImmutableArray<JourneyStep> steps)
    {
        var sum = Duration.Zero;
        foreach (var step in steps)
        {
            sum += step switch
            {
                JourneyStep.Wait { Rule: WaitRule.For wait } => wait.Span.Approximate,
                JourneyStep.Repeat { Every: { } every } repeat => every.Approximate * (repeat.AtMost - 1),
                _ => Duration.Zero,
            };
            var longest = Duration.Zero;
            foreach (var branch in step.Branches) longest = Duration.Max(longest, LongestWait(branch.Steps));
            sum += longest;
        }

        return sum;
    }

    private void CheckTemplate(SourceNode.Scalar template, IEnumerable<string> with)
    {
        if (!_context.Templates.TryGetValue(template.Text, out var files))
        {
            _findings.Error(
                template,
                FindingCodes.UnknownTemplate,
                $"there is no template '{MapReader.Clip(template.Text)}'",
                MapReader.Suggest(template.Text, _context.Templates.Keys));
            return;
        }

        var given = with.ToHashSet(StringComparer.Ordinal);
        foreach (var variable in files.Variables.DistinctBy(static v => (v.Path, v.File)))
        {
            var isPath = variable.Path.Contains('.', StringComparison.Ordinal);
            if (isPath ? IsSeen(variable.Path) : given.Contains(variable.Path)) continue;
            var remedy = isPath
                ? MapReader.Suggest(variable.Path, _known.Paths.Where(IsSeen).Concat(TemplateFiles.Links))
                : $"add with: {{ {variable.Path}: … }} to the send, or remove the variable";
            _findings.Error(
                template,
                FindingCodes.TemplateVariable,
                $"{variable.Place} shows '{MapReader.Clip(variable.Path)}', which cannot be filled here",
                remedy);
        }
    }

    /// <summary>Templates see customer, entry, program and the links that delivery makes; what happened in the run comes by with.</summary>
    private bool IsSeen(string path) =>
        TemplateFiles.Links.Contains(path)
        || (_known.Find(path) is not null
            && !path.StartsWith("steps.", StringComparison.Ordinal)
            && !path.StartsWith("event.", StringComparison.Ordinal));
}
