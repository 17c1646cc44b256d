using NodaTime;

namespace Loyalty.Core.Journeys;

/// <content>The goal, and the split that learns from it.</content>
internal sealed partial class Turn
{
    private const int MaxPasses = 200;

    private void CountGoal(Occurrence occurrence)
    {
        if (_definition.Goal is not { } goal || !goal.Events.Contains(occurrence.Type)) return;
        if (goal.CountsPasses(_run)) CountGoalOfPass(goal, occurrence);
        else if (_run.GoalAt is null && _reached is null) CountGoalOfRun(goal, occurrence);
    }

    private void CountGoalOfRun(GoalRule goal, Occurrence occurrence)
    {
        if (!IsWithin(goal, _run.EnteredAt, occurrence))
        {
            LogOutside(goal, occurrence);
            return;
        }

        if (Holds(goal.When, null, occurrence)) Reach(goal, occurrence);
    }

    /// <summary>The goal of the latest pass that had begun when it occurred; a pass has it once.</summary>
    private void CountGoalOfPass(GoalRule goal, Occurrence occurrence)
    {
        var pass = _run.Passes.FindLast(p => IsWithin(goal, p.StartedAt, occurrence));
        if (pass is null)
        {
            LogOutside(goal, occurrence);
            return;
        }

        if (pass.GoalAt is not null || !Holds(goal.When, null, occurrence)) return;
        _run = _run with { Passes = _run.Passes.Replace(pass, pass with { GoalAt = occurrence.At }) };
        Reach(goal, occurrence);
    }

    private void Reach(GoalRule goal, Occurrence occurrence)
    {
        var isFirst = _run.GoalAt is null && _reached is null;
        _reached ??= occurrence;
        Log(RunItself, "goal", $"{occurrence.Type} {occurrence.Id}");
        if (isFirst) TellSplits();
        if (goal.EndsRun && !IsFinished)
            Finish(RunOutcomes.Goal, cancelQueued: true, _position?.Step ?? RunItself);
    }

    private bool IsWithin(GoalRule goal, Instant start, Occurrence occurrence) =>
        occurrence.At >= start && occurrence.At <= goal.Within.After(start, Zone);

    private void LogOutside(GoalRule goal, Occurrence occurrence) =>
        Log(RunItself, "goal not counted", $"{occurrence.Type} {occurrence.Id} occurred outside {goal.Within}");

    private void NotePass(StepPlace place, int pass, Instant startedAt)
    {
        if (_definition.Goal is not { PerPass: true }) return;
        var passes = _run.Passes.Add(new RunPass(place.Step.Name, pass, startedAt));
        _run = _run with { Passes = passes.Count > MaxPasses ? passes.RemoveAt(0) : passes };
    }

    /// <summary>The arms that this run was given by adaptive splits have led to the goal.</summary>
    private void TellSplits()
    {
        if (_run.IsUnmeasured) return;
        foreach (var place in _definition.Index.InOrder)
        {
            if (place.Step is not JourneyStep.Split { IsAdaptive: true } split) continue;
            if (_steps.Find(split.Name) is { Result: { } arm }) Act(new RunEffect.Tally(split.Name, 1, arm, IsGoal: true));
        }
    }

    private Move ExecuteSplit(StepPlace place, JourneyStep.Split step)
    {
        var here = _steps.Find(step.Name)?.Result;
        var known = here ?? (step.ByRun ? null : _input.KnownArm?.Invoke(step.Name));
        var record = Start(place, _arrivedAt);
        var arm = step.Arms.FirstOrDefault(a => a.Name == known);
        var why = "kept";
        if (arm is null) (arm, why) = DrawArm(step);
        if (why != "kept" && !step.ByRun) Act(new RunEffect.Drawn(step.Name, record.Visits, arm.Name));

        // Of a run each arm is told once, as its goal is.
        if (step.IsAdaptive && here is null && !_run.IsUnmeasured) Act(new RunEffect.Tally(step.Name, 1, arm.Name, IsGoal: false));
        End(place, arm.Name);
        Log(step.Name, $"arm {arm.Name}", why);
        return Into(place, arm.Name);
    }

    private (SplitArm Arm, string Why) DrawArm(JourneyStep.Split step)
    {
        if (!step.IsAdaptive) return (JourneyDraw.Arm(_definition, step, _run), "drawn");
        var probabilities = ThompsonSampling.Probabilities(step.Arms, _input.Tallies?.Invoke(step.Name) ?? []);
        var pick = ThompsonSampling.Pick(probabilities, (double)JourneyDraw.Draw(_definition, step, _run));
        return (step.Arms[pick], string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"drawn with probability {probabilities[pick]:0.0000}"));
    }
}
