using System.Collections.Immutable;
using Loyalty.Core.Ledger;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <content>Steps that act: <c>send</c>, <c>award</c>.</content>
internal sealed partial class Turn
{
    private Move BeginSend(StepPlace place, JourneyStep.Send step)
    {
        var record = Start(place, Now);
        if (SkipIfLate(place, step.IfLate)) return After(place);
        var earliest = Spread(step);
        if (!step.IsTransactional && _definition.SendWindow is { } window)
        {
            if (window.NextOpening(earliest, Zone) is not { } opening)
            {
                End(place, StepResults.Withheld, "window-never-opens");
                Log(step.Name, StepResults.Withheld, "the send window does not open in two weeks");
                return Into(place, StepResults.NotSent);
            }

            earliest = opening;
        }

        var with = ImmutableDictionary<string, AttributeValue>.Empty;
        if (!step.With.IsEmpty)
        {
            var values = with.ToBuilder();
            foreach (var (name, formula) in step.With) values[name] = Value(formula, place);
            with = values.ToImmutable();
        }

        Instant? notBefore = earliest > Now ? earliest : null;
        Act(new RunEffect.Send(
            step.Name,
            record.Visits,
            step.Template,
            step.IsTransactional ? null : step.Topic,
            step.IsTransactional,
            with,
            notBefore,
            step.GiveUp.After(earliest, Zone))
        {
            Priority = step.Priority,
            OtherChannel = step.Channel,
            DropsIfNotNow = step.DropsIfNotNow,
        });
        Log(step.Name, $"send {step.Template}", notBefore is null || !KeepsLog ? null : $"the window opens {notBefore}");
        return StayAt(place, record.Visits, Now, null);
    }

    private Move ResumeSend(StepPlace place, JourneyStep.Send step)
    {
        var record = _steps.Find(step.Name);
        if (record?.EndedAt is not { } ended) return Move.Stay;
        Passed(Instant.Min(Now, ended));
        return record.Result == StepResults.Sent ? After(place) : Into(place, StepResults.NotSent);
    }

    private Instant Spread(JourneyStep.Send step)
    {
        if (step.IfLate.Action != LateAction.SpreadOver || !IsLate(LateRule.Grace)) return Now;
        var over = step.IfLate.Span.After(Now, Zone) - Now;
        return Now + Duration.FromMinutes((long)(over.TotalMinutes * Hashing.Draw("spread", _run.RunId, step.Name)));
    }

    private bool IsLate(Duration by) => Now - _plannedAt > by;

    private bool SkipIfLate(StepPlace place, LateRule rule)
    {
        var late = rule.Action switch
        {
            LateAction.Drop => IsLate(LateRule.Grace),
            LateAction.OnlyWithin => Now > rule.Span.After(_plannedAt, Zone) && IsLate(LateRule.Grace),
            _ => false,
        };
        if (!late) return false;
        End(place, StepResults.Skipped, "late");
        Log(place.Step.Name, StepResults.Skipped, $"late: planned for {_plannedAt}");
        return true;
    }

    private Move ExecuteAward(StepPlace place, JourneyStep.Award step)
    {
        var record = Start(place, Now);
        if (SkipIfLate(place, step.IfLate)) return After(place);
        var points = step.Points.Evaluate(Seen(place), Now, Zone) is AttributeValue.Number number
            ? decimal.Floor(number.Value)
            : 0;
        if (points < 1) return Refuse(place, step, "no-points");
        if (points > JourneyMachine.MaxPoints) return Refuse(place, step, "too-many-points");
        var award = new RunEffect.Award(
            step.Name, record.Visits, (long)points, step.Wallet, step.Reason, step.Expires?.After(Now, Zone))
        {
            Inputs = EntryInput.Of(step.Points, Seen(place)),
        };
        if (_input.RefuseAward?.Invoke(award) is { } reason) return Refuse(place, step, reason);
        Act(award);
        End(place, StepResults.Awarded);
        Put(place, Record(place) with { Values = record.Values.SetItem("points", award.Points) });
        Log(step.Name, $"award {award.Points} {award.Wallet}", award.Reason);
        return After(place);
    }

    private Move Refuse(StepPlace place, JourneyStep.Award step, string reason)
    {
        End(place, StepResults.Refused, reason);
        Log(step.Name, StepResults.Refused, reason);
        return AfterFailure(place, StepResults.Refused, reason);
    }
}
