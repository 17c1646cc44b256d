using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <content>Going from step to step.</content>
internal sealed partial class Turn
{
    // When the run came to the step it is at: its begin in the first turn until something waited, else now.
    private Instant _arrivedAt;

    // When the step should have run, had nothing been paused, down or behind.
    private Instant _plannedAt;
    private int _executed;

    /// <summary>Where to go after a step: on to a place, or stay, or the run has ended.</summary>
    private readonly record struct Move(StepPlace? To, bool IsStay)
    {
        public static Move Stay => new(null, true);

        /// <summary>The run has ended; nothing is left to do.</summary>
        public static Move Ended => new(null, false);

        public static Move On(StepPlace place) => new(place, false);
    }

    private void Advance()
    {
        var move = _run.IsHeldOut ? AdvanceHeldOut() : _position is { } position ? Resume(position) : Begin();
        while (move.To is { } place)
        {
            if (++_executed > JourneyMachine.MaxStepsPerTurn)
            {
                Finish(
                    RunOutcomes.Failed(place.Step.Name),
                    true,
                    place.Step.Name,
                    $"more than {JourneyMachine.MaxStepsPerTurn} steps in one turn");
                return;
            }

            move = Execute(place);
        }
    }

    private Move Begin()
    {
        _arrivedAt = Instant.Min(_run.EnteredAt, Now);
        _plannedAt = _arrivedAt;
        Log(RunItself, "entered", $"{_run.Entry.Type} {_run.Entry.Id}");
        LogUnmeasured();
        return _definition.Index.InOrder.IsEmpty ? Complete() : Move.On(_definition.Index.InOrder[0]);
    }

    private Move AdvanceHeldOut()
    {
        var due = JourneyMachine.GoalUntil(_definition, _run, Zone) ?? _run.EnteredAt;
        if (due <= Now)
        {
            Finish(RunOutcomes.HeldOut, cancelQueued: false, RunItself);
            return Move.Ended;
        }

        if (_position is null)
        {
            Log(RunItself, "held out", "measured, gets nothing");
            LogUnmeasured();
        }

        _position = new RunPosition(RunPosition.Holdout, 1, _run.EnteredAt, due);
        return Move.Stay;
    }

    private void LogUnmeasured()
    {
        if (_run.IsUnmeasured) Log(RunItself, "not measured", $"{Customers.CustomerLimits.OpenGoals} goals of this customer are open");
    }

    private Move Complete()
    {
        Finish(RunOutcomes.Completed, cancelQueued: false, RunItself);
        return Move.Ended;
    }

    private Move Resume(RunPosition position)
    {
        if (_definition.Index.Find(position.Step) is not { } place)
        {
            Finish(RunOutcomes.Failed(position.Step), true, position.Step, "this version has no such step");
            return Move.Ended;
        }

        BeginAround(place, position);
        if (position.Then is { } move) return GoOn(place, move, position);
        return place.Step switch
        {
            JourneyStep.Wait wait => ResumeWait(place, wait, position),
            JourneyStep.WaitFor wait => ResumeWaitFor(place, wait, position),
            JourneyStep.Send send => ResumeSend(place, send),
            JourneyStep.Repeat repeat => ResumeRepeat(place, repeat, position),
            JourneyStep.Webhook or JourneyStep.Offer => ResumeOutgoing(place),
            JourneyStep.HumanTask => ResumeTask(place, position),
            _ => Move.On(place),
        };
    }

    private Move Execute(StepPlace place) => IsBehind(place) ? PassBy(place) : place.Step switch
    {
        JourneyStep.Wait wait => BeginWait(place, wait),
        JourneyStep.WaitFor wait => BeginWaitFor(place, wait),
        JourneyStep.Send send => BeginSend(place, send),
        JourneyStep.Choose choose => ExecuteChoose(place, choose),
        JourneyStep.Split split => ExecuteSplit(place, split),
        JourneyStep.Award award => ExecuteAward(place, award),
        JourneyStep.Repeat repeat => BeginRepeat(place, repeat),
        JourneyStep.Set set => ExecuteSet(place, set),
        JourneyStep.Emit emit => ExecuteEmit(place, emit),
        JourneyStep.Start start => ExecuteStart(place, start),
        JourneyStep.Webhook webhook => BeginWebhook(place, webhook),
        JourneyStep.Offer offer => BeginOffer(place, offer),
        JourneyStep.HumanTask task => BeginTask(place, task),
        _ => ExecuteEnd((JourneyStep.End)place.Step),
    };

    /// <summary>The next step of the list, else what comes after the step around it.</summary>
    private Move After(StepPlace place) => place.Next is { } next ? Move.On(next) : AfterList(place);

    /// <summary>Leaves the list that the step stands in.</summary>
    private Move AfterList(StepPlace place)
    {
        for (var parent = place.Parent; parent is not null; parent = parent.Parent)
        {
            if (parent.Step is JourneyStep.Repeat repeat) return NextPass(parent, repeat);
            if (parent.Next is { } next) return Move.On(next);
        }

        return Complete();
    }

    private Move Into(StepPlace place, string branch) =>
        place.FirstOf(branch) is { } first ? Move.On(first) : After(place);

    private StepRecord Start(StepPlace place, Instant at)
    {
        var visits = (_steps.Find(place.Step.Name)?.Visits ?? 0) + 1;
        var record = new StepRecord { Visits = visits, StartedAt = at };
        Put(place, record);
        return record;
    }

    private StepRecord Record(StepPlace place) =>
        _steps.Find(place.Step.Name) ?? new StepRecord { Visits = 1, StartedAt = Now };

    private void Put(StepPlace place, StepRecord record) => _steps.Put(place.Step.Name, record);

    private void End(StepPlace place, string result, string? reason = null)
    {
        var record = Record(place);
        Put(place, record with { Result = result, Reason = reason, EndedAt = Now });
    }

    private Move StayAt(StepPlace place, int visit, Instant since, Instant? due)
    {
        var name = place.Step.Name;
        var here = _position is { Then: null } at && at.Step == name && at.Visit == visit ? at : null;
        if (here is null || here.EnteredAt != since || here.DueAt != due) _position = new RunPosition(name, visit, since, due) { NotBefore = here?.NotBefore };
        return Move.Stay;
    }

    /// <summary>A wait is over: what follows starts now and was planned for then.</summary>
    private void Passed(Instant planned) => (_arrivedAt, _plannedAt) = (Now, planned);

    private Move ExecuteChoose(StepPlace place, JourneyStep.Choose step)
    {
        Start(place, _arrivedAt);
        foreach (var option in step.Cases)
        {
            if (!Holds(option.When, place)) continue;
            End(place, option.Name);
            Log(step.Name, $"chose {option.Name}", option.When is { } when && KeepsLog ? Seeing(when, place) : "otherwise");
            return Into(place, option.Name);
        }

        End(place, StepResults.None);
        if (KeepsLog) Log(step.Name, "chose none", "no case holds" + Saw([.. step.Cases.Select(c => c.When)], place));
        return After(place);
    }

    private Move ExecuteEnd(JourneyStep.End step)
    {
        Finish(step.Outcome, cancelQueued: false, step.Name);
        return Move.Ended;
    }
}
