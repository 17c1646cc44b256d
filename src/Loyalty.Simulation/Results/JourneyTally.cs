using Loyalty.Core.Journeys;

namespace Loyalty.Simulation.Results;

/// <summary>Counts of one journey.</summary>
internal sealed class JourneyTally
{
    private readonly Dictionary<string, StepTally> _steps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _outcomes = new(StringComparer.Ordinal);

    public JourneyTally(JourneyDefinition definition, int days)
    {
        Definition = definition;
        EnteredPerDay = new long[days];
        foreach (var place in definition.Index.InOrder) _steps[place.Step.Name] = new StepTally(days);
    }

    public JourneyDefinition Definition { get; }
    public long[] EnteredPerDay { get; }
    public long Entered { get; private set; }
    public long HeldOut { get; private set; }
    public long StillInside { get; private set; }
    public long Goals { get; private set; }
    public long HeldOutGoals { get; private set; }

    /// <summary>Not measured, without those held out.</summary>
    public long Unmeasured { get; private set; }
    public long HeldOutUnmeasured { get; private set; }
    public SortedDictionary<string, long> Outcomes => new(_outcomes, StringComparer.Ordinal);
    public IReadOnlyDictionary<string, StepTally> Steps => _steps;

    /// <summary>A step; one that this version does not have (a run on an older one, the holdout) is added.</summary>
    public StepTally Step(string name)
    {
        if (_steps.TryGetValue(name, out var step)) return step;
        return _steps[name] = new StepTally(EnteredPerDay.Length);
    }

    public void Close(RunState run)
    {
        Entered++;
        if (run.IsHeldOut) HeldOut++;
        if (run.Outcome is { } outcome) Tally.Count(_outcomes, outcome, 1);
        else StillInside++;
        if (run.IsUnmeasured)
        {
            if (run.IsHeldOut) HeldOutUnmeasured++;
            else Unmeasured++;
        }
        else if (run.GoalAt is not null)
        {
            if (run.IsHeldOut) HeldOutGoals++;
            else Goals++;
        }

        foreach (var (name, record) in run.Steps) Step(name).Close(record);
        if (EndOf(run) is { } end) Step(end).CloseEnd();
    }

    /// <summary>An <c>end</c> leaves no record: the one whose outcome the run has, behind something that the run has done.</summary>
    private string? EndOf(RunState run)
    {
        if (run.Outcome is null) return null;
        foreach (var place in Definition.Index.InOrder)
        {
            if (place.Step is not JourneyStep.End end || end.Outcome != run.Outcome) continue;
            var before = place.Order == 0 ? null : Definition.Index.InOrder[place.Order - 1].Step.Name;
            if (before is null || run.Steps.ContainsKey(before)) return end.Name;
        }

        return null;
    }

    public void Add(JourneyTally other)
    {
        Entered += other.Entered;
        HeldOut += other.HeldOut;
        StillInside += other.StillInside;
        Goals += other.Goals;
        HeldOutGoals += other.HeldOutGoals;
        Unmeasured += other.Unmeasured;
        HeldOutUnmeasured += other.HeldOutUnmeasured;
        for (var i = 0; i < EnteredPerDay.Length; i++) EnteredPerDay[i] += other.EnteredPerDay[i];
        foreach (var (name, count) in other._outcomes) Tally.Count(_outcomes, name, count);
        foreach (var (name, step) in other._steps) Step(name).Add(step);
    }
}

/// <summary>Counts of one step.</summary>
internal sealed class StepTally(int days)
{
    private readonly Dictionary<string, long> _results = new(StringComparer.Ordinal);

    /// <summary>Who came less who left, by day: its running sum is how many are there at the end of a day.</summary>
    public long[] MovedPerDay { get; } = new long[days];

    /// <summary>Runs that were ever at it.</summary>
    public long Reached { get; private set; }
    public long Visits { get; private set; }
    public long Sent { get; set; }
    public long NotSent { get; set; }

    /// <summary>How the last visit of each run ended.</summary>
    public SortedDictionary<string, long> Results => new(_results, StringComparer.Ordinal);

    public void Close(StepRecord record)
    {
        Reached++;
        Visits += record.Visits;
        if (record.Result is { } result) Tally.Count(_results, result, 1);
    }

    public void CloseEnd()
    {
        Reached++;
        Visits++;
    }

    public void Add(StepTally other)
    {
        for (var i = 0; i < MovedPerDay.Length; i++) MovedPerDay[i] += other.MovedPerDay[i];
        Reached += other.Reached;
        Visits += other.Visits;
        Sent += other.Sent;
        NotSent += other.NotSent;
        foreach (var (name, count) in other._results) Tally.Count(_results, name, count);
    }
}
