using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <content>Steps that wait: <c>wait</c>, <c>wait-for</c>, <c>repeat … every</c>.</content>
internal sealed partial class Turn
{
    private const string PassesField = "passes";
    private const string FirstStartField = "first-start";

    private Move BeginWait(StepPlace place, JourneyStep.Wait step)
    {
        var record = Start(place, _arrivedAt);
        var due = step.Rule.DueAt(Seen(place), _arrivedAt, Zone);
        return Weigh(place, record.Visits, _arrivedAt, due, known: null);
    }

    private Move ResumeWait(StepPlace place, JourneyStep.Wait step, RunPosition position)
    {
        // The date or the zone may have changed since: a wait is always reckoned from the moment it began.
        var due = step.Rule.DueAt(Seen(place), position.EnteredAt, Zone);
        if (position.NotBefore is { } notBefore && (notBefore > Now || due is not null)) due = Instant.Max(due ?? notBefore, notBefore);
        return Weigh(place, position.Visit, position.EnteredAt, due, position.DueAt);
    }

    private Move Weigh(StepPlace place, int visit, Instant began, Instant? due, Instant? known)
    {
        if (due is null)
        {
            End(place, StepResults.TooLate);
            Log(place.Step.Name, StepResults.TooLate, "the moment is unset or past");
            Passed(Now);
            return Into(place, StepResults.TooLate);
        }

        if (due > Now)
        {
            if (due != known) Log(place.Step.Name, $"waits until {due}", known is null ? null : "the moment moved");
            return StayAt(place, visit, began, due);
        }

        End(place, StepResults.Passed);
        if (place.Step is JourneyStep.Wait { Rule: WaitRule.Until { Rule.Dates: { IsEmpty: false } dates } })
            Put(place, Record(place) with { Values = Record(place).Values.SetItem("date", DateOf(due.Value, dates)) });
        Log(place.Step.Name, StepResults.Passed);
        Passed(due.Value);
        return After(place);
    }

    /// <summary>The day of the year that came, as the file writes it: 29 February is told by its name in other years too.</summary>
    private string DateOf(Instant moment, ImmutableArray<AnnualDate> dates)
    {
        var day = Calendars.LocalClock.Date(moment, Zone);
        var named = dates.Where(date => date.InYear(day.Year) == day);
        var date = named.DefaultIfEmpty(new AnnualDate(day.Month, day.Day)).First();
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{date.Month:00}-{date.Day:00}");
    }

    private Move BeginWaitFor(StepPlace place, JourneyStep.WaitFor step)
    {
        var record = Start(place, _arrivedAt);
        var limit = step.UpTo.After(_arrivedAt, Zone);
        return Match(place, step, new RunPosition(step.Name, record.Visits, _arrivedAt, null), limit);
    }

    private Move ResumeWaitFor(StepPlace place, JourneyStep.WaitFor step, RunPosition position) =>
        Match(place, step, position, NotBefore(position, step.UpTo.After(position.EnteredAt, Zone)));

    private Move Match(StepPlace place, JourneyStep.WaitFor step, RunPosition position, Instant limit)
    {
        var since = Since(place, step, position.EnteredAt);
        for (var i = 0; i < _run.Seen.Count; i++)
        {
            var candidate = _run.Seen[i];
            if (candidate.At <= since || candidate.At > limit || !IsAbout(step, candidate)) continue;
            foreach (var option in step.Cases)
            {
                var fits = option.Events.IsEmpty || option.Events.Contains(candidate.Type);
                if (fits && Holds(option.When, place, candidate)) return Take(place, option, candidate);
            }
        }

        if (limit > Now)
        {
            if (position.DueAt != limit) Log(step.Name, $"waits until {limit}");
            return StayAt(place, position.Visit, position.EnteredAt, limit);
        }

        End(place, StepResults.TooLate);
        Log(step.Name, StepResults.TooLate, $"nothing came in {step.UpTo}");
        Passed(limit);
        return Into(place, StepResults.TooLate);
    }

    private Move Take(StepPlace place, WaitCase option, Occurrence candidate)
    {
        var began = Record(place).StartedAt;
        End(place, option.Name ?? StepResults.InTime);
        Put(place, Record(place) with { Matched = candidate });
        _run = _run with { Consumed = _run.Consumed.Add(candidate.Id), Seen = _run.Seen.RemoveAll(o => o.Id == candidate.Id) };
        Log(place.Step.Name, option.Name ?? StepResults.InTime, $"{candidate.Type} {candidate.Id}");

        // An answer that came before the wait is not late by the time it lay there.
        Passed(Instant.Min(Now, Instant.Max(candidate.At, began)));
        return Into(place, option.Steps.IsEmpty ? StepResults.InTime : option.Name!);
    }

    /// <summary>Events count that occurred after the start of the named step, else of the last of the sends, tasks and webhooks before it that this run executed, else of this step.</summary>
    private Instant Since(StepPlace place, JourneyStep.WaitFor step, Instant arrived)
    {
        if (step.SinceEntry) return _run.EnteredAt;
        if (step.Since is { } name) return _steps.Find(name)?.StartedAt ?? arrived;

        // In a later pass of a repeat a step of another branch may stand nearer in the file, and be long over.
        Instant? latest = null;
        for (var i = place.Order - 1; i >= 0; i--)
        {
            var earlier = _definition.Index.InOrder[i].Step;
            if (earlier is JourneyStep.Send or JourneyStep.HumanTask or JourneyStep.Webhook && _steps.Find(earlier.Name) is { } record)
                latest = latest is { } known ? Instant.Max(known, record.StartedAt) : record.StartedAt;
        }

        return latest is { } sent ? Instant.Min(sent, arrived) : arrived;
    }

    private bool IsAbout(JourneyStep.WaitFor step, Occurrence candidate) =>
        step.Of is null
        || (RunPaths.Of(candidate, "step") is AttributeValue.Text about && about.Value == step.Of
            && RunPaths.Of(candidate, "run") is AttributeValue.Text run && run.Value == _run.RunId);

    private Move BeginRepeat(StepPlace place, JourneyStep.Repeat step)
    {
        BeginPasses(place, _arrivedAt);
        return StartPass(place, step);
    }

    private void BeginPasses(StepPlace place, Instant first)
    {
        var record = Start(place, first);
        Put(place, record with { Values = record.Values.SetItem(FirstStartField, first).SetItem(PassesField, 0) });
    }

    private Move ResumeRepeat(StepPlace place, JourneyStep.Repeat step, RunPosition position)
    {
        if (position.DueAt is { } due && due > Now) return Move.Stay;
        Passed(position.DueAt ?? Now);
        return StartPass(place, step);
    }

    private Move StartPass(StepPlace place, JourneyStep.Repeat step)
    {
        var record = Record(place);
        var passes = Passes(record);
        if (passes >= step.AtMost) return EndRepeat(place, $"{passes} passes");
        if (!Holds(step.While, place)) return EndRepeat(place, "no longer: " + Seeing(step.While!, place));
        CountPass(place, passes + 1, Now);
        return Into(place, "steps");
    }

    private void CountPass(StepPlace place, int pass, Instant startedAt)
    {
        var record = Record(place);
        Put(place, record with { Values = record.Values.SetItem(PassesField, pass) });
        NotePass(place, pass, startedAt);
        Log(place.Step.Name, $"pass {pass}");
    }

    private Move NextPass(StepPlace place, JourneyStep.Repeat step)
    {
        var record = Record(place);
        var first = record.Values.GetValueOrDefault(FirstStartField) is AttributeValue.Moment moment ? moment.Value : record.StartedAt;
        if (step.Every is not { } every || Passes(record) >= step.AtMost) return StartPass(place, step);
        var start = NextStart(every, first, Now);
        if (start is null) return EndRepeat(place, "no further start");
        Log(step.Name, $"waits until {start}");
        return StayAt(place, record.Visits, Now, start);
    }

    /// <summary>The next of first + n × every that is still to come: missed starts are skipped.</summary>
    private Instant? NextStart(Calendars.CalendarDuration every, Instant first, Instant after)
    {
        for (var n = 1; n <= 100_000; n++)
        {
            var span = (long)every.Amount * n;
            if (span > 50_000_000) return null;
            var start = (every with { Amount = (int)span }).After(first, Zone);
            if (start > after) return start;
        }

        return null;
    }

    private Move EndRepeat(StepPlace place, string why)
    {
        End(place, StepResults.Passed, why);
        Log(place.Step.Name, "ended", why);
        return After(place);
    }

    private static int Passes(StepRecord record) =>
        record.Values.GetValueOrDefault(PassesField) is AttributeValue.Number { Value: >= 0 and < 100_000 } number ? (int)number.Value : 0;
}
