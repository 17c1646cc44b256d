using System.Collections.Immutable;
using System.Globalization;
using Loyalty.Core.Conditions;
using Loyalty.Core.Customers;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <content>Steps that act: <c>set</c>, <c>emit</c>, <c>start</c>, <c>webhook</c>, <c>offer</c>, <c>task</c>.</content>
internal sealed partial class Turn
{
    // What this turn has changed already: later conditions of the same turn see it.
    private Dictionary<string, AttributeValue>? _changed;

    private Move ExecuteSet(StepPlace place, JourneyStep.Set step)
    {
        var record = Start(place, _arrivedAt);
        var changes = ImmutableArray.CreateBuilder<CustomerChange>(step.Assignments.Length);
        foreach (var (target, formula) in step.Assignments)
        {
            var value = Value(formula, place);
            changes.Add(Change(target, value));
            Log(step.Name, $"set {target.Name}", Shown(value));
        }

        Act(new RunEffect.Set(step.Name, record.Visits, changes.ToImmutable()));
        End(place, StepResults.Done);
        return After(place);
    }

    private CustomerChange Change(SetTarget target, AttributeValue value)
    {
        switch (target.Kind)
        {
            case SetKind.Fact:
                Changed["customer.facts." + target.Name] = value;
                return new CustomerChange.Fact(target.Name, value);
            case SetKind.Tag:
                var isOn = value is AttributeValue.Flag { Value: true };
                var tags = Attribute("customer.tags") is AttributeValue.List { Values.IsDefault: false } list ? list.Values : [];
                tags = tags.Remove(target.Name);
                Changed["customer.tags"] = new AttributeValue.List(isOn ? tags.Add(target.Name) : tags);
                return new CustomerChange.Tag(target.Name, isOn);
            default:
                if (value is not AttributeValue.Unset) Changed["customer." + target.Name] = value;
                return new CustomerChange.Attribute(target.Name, value);
        }
    }

    private Move ExecuteEmit(StepPlace place, JourneyStep.Emit step)
    {
        var record = Start(place, _arrivedAt);
        if (IsLoop(place)) return After(place);
        var told = Told($"{step.Event}:{_run.RunId}:{step.Name}:{Number(record.Visits)}", step.Event, Values(step.With, place));
        Act(new RunEffect.Emit(step.Name, record.Visits, told));
        End(place, StepResults.Done);
        Log(step.Name, $"emit {step.Event}", told.Id);
        return After(place);
    }

    private Move ExecuteStart(StepPlace place, JourneyStep.Start step)
    {
        var record = Start(place, _arrivedAt);
        if (IsLoop(place)) return After(place);
        var entry = Told($"{JourneyEntry.StartedType}:{_run.RunId}:{step.Name}:{Number(record.Visits)}", JourneyEntry.StartedType, Values(step.With, place));
        Act(new RunEffect.Start(step.Name, record.Visits, step.Journey, entry));
        End(place, StepResults.Done);
        Log(step.Name, $"start {step.Journey}", entry.Id);
        return After(place);
    }

    /// <summary>Journeys that start each other for ever come to an end here.</summary>
    private bool IsLoop(StepPlace place)
    {
        if (Hops < CustomerLimits.Hops) return false;
        End(place, StepResults.Refused, JourneyMachine.CausalLoop);
        Log(place.Step.Name, StepResults.Refused, $"{JourneyMachine.CausalLoop}: more than {CustomerLimits.Hops} events of the program's own in a row");
        return true;
    }

    private Occurrence Told(string id, string type, ImmutableDictionary<string, AttributeValue> values) =>
        new(id, type, Now, values) { Hops = Hops + 1 };

    private Move BeginWebhook(StepPlace place, JourneyStep.Webhook step)
    {
        var record = Start(place, Now);
        Act(new RunEffect.Webhook(step.Name, record.Visits, step.Endpoint, Values(step.With, place), step.GiveUp.After(Now, Zone)));
        Log(step.Name, $"call {step.Endpoint}");
        return StayAt(place, record.Visits, Now, null);
    }

    private Move BeginOffer(StepPlace place, JourneyStep.Offer step)
    {
        var record = Start(place, Now);
        if (SkipIfLate(place, step.IfLate)) return After(place);
        Act(new RunEffect.Offer(step.Name, record.Visits, step.Code, step.Valid?.After(Now, Zone)));
        Log(step.Name, $"code of {step.Code}");
        return StayAt(place, record.Visits, Now, null);
    }

    /// <summary>A step that waited for something outside: done, or failed with or without steps for that.</summary>
    private Move ResumeOutgoing(StepPlace place)
    {
        var record = _steps.Find(place.Step.Name);
        if (record?.EndedAt is not { } ended) return Move.Stay;
        Passed(Instant.Min(Now, ended));
        return record.Result is StepResults.Done or StepResults.Issued ? After(place) : AfterFailure(place, record.Result!, record.Reason ?? record.Result!);
    }

    /// <summary>Without steps for it a failure skips the rest of the list, so that what follows may rely on what the step leaves.</summary>
    private Move AfterFailure(StepPlace place, string result, string reason)
    {
        foreach (var branch in place.Step.Branches)
        {
            if (branch.Name == result) return Into(place, result);
        }

        if (place.Parent is not null) return AfterList(place);
        Finish(RunOutcomes.Failed(place.Step.Name), cancelQueued: false, place.Step.Name, reason);
        return Move.Ended;
    }

    private Move BeginTask(StepPlace place, JourneyStep.HumanTask step)
    {
        var record = Start(place, Now);
        if (SkipIfLate(place, step.IfLate)) return After(place);
        var due = step.Due.After(Now, Zone);
        Act(new RunEffect.OpenTask(step.Name, record.Visits, step.Queue, step.Script, [.. step.Outcomes.Select(o => o.Name)], due)
        {
            With = Values(step.With, place),
        });
        Log(step.Name, "task for " + step.Queue, $"due {due}");
        return StayAt(place, record.Visits, Now, due);
    }

    private Move ResumeTask(StepPlace place, RunPosition position)
    {
        var record = Record(place);
        if (record.EndedAt is { } ended)
        {
            Passed(Instant.Min(Now, ended));
            return Into(place, record.Result!);
        }

        if (position.DueAt > Now) return Move.Stay;
        End(place, StepResults.TooLate);
        Log(place.Step.Name, StepResults.TooLate, "nobody did it in time");
        Act(new RunEffect.CloseTask(place.Step.Name, position.Visit, "overdue"));
        Passed(position.DueAt ?? Now);
        return Into(place, StepResults.TooLate);
    }

    /// <summary>Leaving takes the open task with it.</summary>
    private void CloseOpenTask()
    {
        if (_position is not { } at || _definition.Index.Find(at.Step)?.Step is not JourneyStep.HumanTask) return;
        if (_steps.Find(at.Step)?.EndedAt is null) Act(new RunEffect.CloseTask(at.Step, at.Visit, "cancelled"));
    }

    /// <summary><c>revoke: true</c>: what the run gave is taken back, visit by visit.</summary>
    private void RevokeAll()
    {
        foreach (var place in _definition.Index.InOrder)
        {
            if (_steps.Find(place.Step.Name) is not { } record) continue;
            for (var visit = 1; visit <= record.Visits; visit++)
            {
                if (place.Step is JourneyStep.Award award) Act(new RunEffect.Revoke(award.Name, visit, award.Wallet));
                else if (place.Step is JourneyStep.Offer) Act(new RunEffect.VoidCode(place.Step.Name, visit));
            }
        }
    }

    private AttributeValue Value(Condition formula, StepPlace place) => formula.Evaluate(Seen(place), Now, Zone);

    private ImmutableDictionary<string, AttributeValue> Values(ImmutableSortedDictionary<string, Condition> formulas, StepPlace place)
    {
        var values = ImmutableDictionary.CreateBuilder<string, AttributeValue>(StringComparer.Ordinal);
        foreach (var (name, formula) in formulas)
        {
            if (Value(formula, place) is var value && value is not AttributeValue.Unset) values[name] = value;
        }

        return values.ToImmutable();
    }

    private int Hops => RunState.HopsOf(_run.Entry, _steps.Closed());

    private Dictionary<string, AttributeValue> Changed => _changed ??= new(StringComparer.Ordinal);

    private AttributeValue Attribute(string path) =>
        _changed is not null && _changed.TryGetValue(path, out var changed) ? changed : _input.Attributes.Look(path);

    private static string Number(int visit) => visit.ToString(CultureInfo.InvariantCulture);

    private static string Shown(AttributeValue value) => value switch
    {
        AttributeValue.Unset => "cleared",
        AttributeValue.Flag flag => flag.Value ? "yes" : "no",
        // What people wrote is personal: the log tells that it was set, not what it says.
        AttributeValue.Text => "a text",
        _ => "a value",
    };
}
