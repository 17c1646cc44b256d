using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Loyalty.Core.Conditions;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <summary>One turn under way; see <see cref="JourneyMachine"/>. This part: the frame and what conditions see.</summary>
internal sealed partial class Turn : IAttributeSource
{
    private readonly TurnInput _input;
    private readonly JourneyDefinition _definition;
    private ImmutableArray<RunEffect> _effects = [];
    private ImmutableList<RunLogLine>.Builder? _log;
    private RunState _run;

    // Of the run: they change several times in a turn, and are put into it once.
    private StepDraft _steps;
    private RunPosition? _position;
    private string? _outcome;
    private Occurrence? _reached;
    private bool _cancelQueued;
    private StepPlace? _place;
    private Occurrence? _candidate;

    public Turn(TurnInput input)
    {
        _input = input;
        _definition = input.Definition;
        _run = input.Run;
        _steps = new StepDraft(_run.Steps);
        _position = _run.Position;
        _outcome = _run.Outcome;
        _arrivedAt = input.Now;
        _plannedAt = input.Now;
    }

    private Instant Now => _input.Now;

    private DateTimeZone Zone => _input.Zone;

    private bool IsFinished => _outcome is not null;

    public TurnDecision Decide()
    {
        ReadInbox();
        if (!IsFinished) LeaveIfExitHolds();
        if (!IsFinished && !_input.IsPaused) Advance();
        return new TurnDecision(Closed(), WithStepIds(), _cancelQueued, _log?.ToImmutable() ?? []);
    }

    /// <summary>The run after the turn; the same object where nothing changed.</summary>
    private RunState Closed()
    {
        var steps = _steps.Closed();
        var goalAt = _run.GoalAt ?? _reached?.At;
        if (IsFinished && !_run.IsFinished)
            return _run with { Steps = steps, GoalAt = goalAt, Outcome = _outcome, EndedAt = Now, Position = null, Seen = [] };
        if (ReferenceEquals(steps, _run.Steps) && ReferenceEquals(_position, _run.Position) && _reached is null) return _run;
        return _run with { Steps = steps, GoalAt = goalAt, Position = _position };
    }

    private void Act(RunEffect effect) => _effects = _effects.Add(effect);

    internal bool KeepsLog => _input.KeepsLog;

    private void Log(string step, string what, string? why = null)
    {
        if (_input.KeepsLog) (_log ??= ImmutableList.CreateBuilder<RunLogLine>()).Add(new RunLogLine(Now, step, what, why));
    }

    private void Log(string step, [InterpolatedStringHandlerArgument("")] LogText what, string? why = null)
    {
        if (_input.KeepsLog) Log(step, what.Text(), why);
    }

    private void Log(string step, string what, [InterpolatedStringHandlerArgument("")] LogText why)
    {
        if (_input.KeepsLog) Log(step, what, why.Text());
    }

    private void Finish(string outcome, bool cancelQueued, string step, string? why = null)
    {
        CloseOpenTask();
        (_outcome, _position) = (outcome, null);
        _cancelQueued |= cancelQueued;
        Log(step, $"ended: {outcome}", why);
    }

    private bool Holds(Condition? condition, StepPlace? place, Occurrence? candidate = null) =>
        condition is null || condition.Holds(Seen(place, candidate), Now, Zone);

    /// <summary>What is seen from a place: the turn itself, which sees from there until it is asked to see from another.</summary>
    private Turn Seen(StepPlace? place, Occurrence? candidate = null)
    {
        (_place, _candidate) = (place, candidate);
        return this;
    }

    /// <summary>The value of a path at a place: <c>event.*</c> is the candidate, or the event matched by the nearest branch around the place.</summary>
    public AttributeValue Look(string path)
    {
        // What every turn asks for.
        if (path.StartsWith("customer.", StringComparison.Ordinal)) return Attribute(path);
        var dot = path.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return Attribute(path);
        return path.AsSpan(0, dot) switch
        {
            "entry" => RunPaths.Of(_run.Entry, path[(dot + 1)..]),
            "event" => RunPaths.Of(_candidate ?? MatchedAround(_place), path[(dot + 1)..]),
            "steps" => LookAtStep(path, dot + 1),
            _ => Attribute(path),
        };
    }

    private AttributeValue LookAtStep(string path, int start)
    {
        var end = path.IndexOf('.', start);
        return end < 0 ? AttributeValue.None : RunPaths.OfStep(_steps.Find(path[start..end]), path[(end + 1)..]);
    }

    private Occurrence? MatchedAround(StepPlace? place)
    {
        for (var at = place; at is not null; at = at.Parent)
        {
            if (at.Parent?.Step is JourneyStep.WaitFor wait && at.Branch != StepResults.TooLate)
                return _steps.Find(wait.Name)?.Matched;
        }

        return null;
    }
}
