using System.Collections.Immutable;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <content>Reading the inbox: erase, exit, goal, and what a wait-for may take later.</content>
internal sealed partial class Turn
{
    private const string RunItself = "";

    private void ReadInbox()
    {
        foreach (var signal in _input.Inbox)
        {
            switch (signal)
            {
                case RunSignal.Ended ended:
                    if (!IsFinished)
                        Finish(ended.Outcome, cancelQueued: true, _position?.Step ?? RunItself, "from outside");
                    break;
                case RunSignal.StepSettled settled: Settle(settled); break;
                case RunSignal.Refreshed refreshed: Refresh(refreshed); break;
                case RunSignal.Occurred occurred: Read(occurred.Event); break;
            }
        }
    }

    private void Refresh(RunSignal.Refreshed signal)
    {
        // What comes late does not take the place of what occurred after it.
        if (IsFinished || _run.Entry.Id == signal.Entry.Id || signal.Entry.At < _run.Entry.At) return;
        _run = _run with { Entry = signal.Entry };
        Log(_position?.Step ?? RunItself, "entry refreshed", $"{signal.Entry.Type} {signal.Entry.Id}");
    }

    private void Settle(RunSignal.StepSettled signal)
    {
        if (_steps.Find(signal.Step) is not { } record || record.Visits != signal.Visit || record.EndedAt is not null)
            return;
        record = record with
        {
            Result = signal.Result,
            Reason = signal.Reason,
            EndedAt = signal.At,
            Values = record.Values.SetItems(signal.Values),
        };
        _steps.Put(signal.Step, record);
        Log(signal.Step, signal.Result, signal.Reason);
    }

    private void Read(Occurrence occurrence)
    {
        if (_outcome is RunOutcomes.Erased or RunOutcomes.Merged || occurrence.Id == _run.Entry.Id) return;
        if (!IsFinished) LeaveIfExitHolds(occurrence);
        CountGoal(occurrence);
        if (!IsFinished) Keep(occurrence);
    }

    /// <summary>Exit items without an event are asked at every turn and event; those with one, at theirs.</summary>
    private void LeaveIfExitHolds(Occurrence? occurrence = null)
    {
        foreach (var exit in _definition.Exits)
        {
            var asked = exit.Events.IsEmpty || (occurrence is not null && exit.Events.Contains(occurrence.Type));
            if (!asked || !Holds(exit.When, null, occurrence)) continue;
            var why = !KeepsLog ? null : Describe(exit, occurrence) + (exit.When is null ? "" : Saw([exit.When], null, occurrence));
            Finish(exit.Outcome, cancelQueued: true, _position?.Step ?? RunItself, why);
            if (exit.Revokes) RevokeAll();
            return;
        }
    }

    private static string Describe(ExitRule exit, Occurrence? occurrence) =>
        exit.Events.IsEmpty ? exit.When!.Text : $"{occurrence!.Type} {occurrence.Id}";

    /// <summary>Keeps what a wait-for of this journey may still take, by occurrence.</summary>
    private void Keep(Occurrence occurrence)
    {
        if (_run.IsHeldOut || !_definition.Index.WaitsFor(occurrence.Type) || occurrence.At < _run.EnteredAt) return;
        if (!_run.Consumed.IsEmpty && _run.Consumed.Contains(occurrence.Id)) return;
        if (!_run.Seen.IsEmpty && _run.Seen.Exists(o => o.Id == occurrence.Id)) return;
        var at = _run.Seen.IsEmpty ? -1 : _run.Seen.FindIndex(o => IsEarlier(occurrence, o));
        var seen = at < 0 ? _run.Seen.Add(occurrence) : _run.Seen.Insert(at, occurrence);
        if (seen.Count > JourneyMachine.MaxSeen)
        {
            Log(
                RunItself,
                "forgot",
                $"{seen[0].Type} {seen[0].Id}: more than {JourneyMachine.MaxSeen} events were kept");
            seen = seen.RemoveAt(0);
        }

        _run = _run with { Seen = seen };
    }

    private static bool IsEarlier(Occurrence one, Occurrence other) =>
        one.At != other.At ? one.At < other.At : string.CompareOrdinal(one.Id, other.Id) < 0;
}
