using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using NodaTime;

namespace Loyalty.Core.Journeys;

/// <content>What an edit of the journey asks of the machine: going on where it put the run, and not doing again what was done.</content>
internal sealed partial class Turn
{
    private const int MaxSeenText = 300;

    /// <summary>When the run, as it stands, goes on by itself in this version; null: never (an open outbox item decides).</summary>
    public Instant? DueAt()
    {
        if (IsFinished) return null;
        if (_run.IsHeldOut) return JourneyMachine.GoalUntil(_definition, _run, Zone) ?? _run.EnteredAt;
        if (_position is not { } position) return Now;
        if (position.Then is not null || _definition.Index.Find(position.Step) is not { } place) return NotBefore(position, Now);
        return place.Step switch
        {
            JourneyStep.Wait wait => NotBefore(position, wait.Rule.DueAt(Seen(place), position.EnteredAt, Zone) ?? Now),
            JourneyStep.WaitFor wait => NotBefore(position, wait.UpTo.After(position.EnteredAt, Zone)),
            JourneyStep.Repeat repeat => NotBefore(position, RepeatDueAt(place, repeat, position)),
            _ => position.DueAt,
        };
    }

    /// <summary>The run was put before a step, or behind the branch of one.</summary>
    private Move GoOn(StepPlace place, PositionMove move, RunPosition position)
    {
        if (position.NotBefore > Now) return Move.Stay;
        // Behind the branch of a repeat that has not begun is before it.
        if (move == PositionMove.Begin || (place.Step is JourneyStep.Repeat && _steps.Find(place.Step.Name) is null)) return Move.On(place);
        return place.Step is JourneyStep.Repeat repeat ? NextPass(place, repeat) : After(place);
    }

    /// <summary>A run that an edit has put into a repeat is in its first pass, from when it came there.</summary>
    private void BeginAround(StepPlace place, RunPosition position)
    {
        if (!place.IsRepeated) return;
        for (var at = place.Parent; at is not null; at = at.Parent)
        {
            if (at.Step is not JourneyStep.Repeat || _steps.Find(at.Step.Name) is not null) continue;
            BeginPasses(at, position.EnteredAt);
            CountPass(at, 1, position.EnteredAt);
        }
    }

    /// <summary>A step that this run has executed is not executed again outside <c>repeat</c>, wherever an edit has moved it.</summary>
    private bool IsBehind(StepPlace place) => !place.IsRepeated && _steps.Find(place.Step.Name) is not null;

    private Move PassBy(StepPlace place)
    {
        Log(place.Step.Name, "passed by", "this run has executed it before");
        return After(place);
    }

    private Instant RepeatDueAt(StepPlace place, JourneyStep.Repeat step, RunPosition position)
    {
        var record = Record(place);
        var first = record.Values.GetValueOrDefault(FirstStartField) is AttributeValue.Moment moment ? moment.Value : record.StartedAt;
        return (step.Every is { } every ? NextStart(every, first, position.EnteredAt) : null) ?? Now;
    }

    private static Instant NotBefore(RunPosition position, Instant due) =>
        position.NotBefore is { } notBefore ? Instant.Max(due, notBefore) : due;

    private ImmutableArray<RunEffect> WithStepIds()
    {
        if (_effects.IsEmpty || _definition.StepIds.IsEmpty) return _effects;
        return [.. _effects.Select(effect => _definition.StepIds.TryGetValue(effect.Step, out var id) ? effect with { StepId = id } : effect)];
    }

    private string Seeing(Condition condition, StepPlace? place, Occurrence? candidate = null) =>
        condition.Text + Saw([condition], place, candidate);

    /// <summary>The values that conditions were decided by, for the log; names and addresses of people are left out.</summary>
    private string Saw(ImmutableArray<Condition?> conditions, StepPlace? place, Occurrence? candidate = null)
    {
        var from = Seen(place, candidate);
        var seen = conditions.SelectMany(static one => one?.Paths() ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(path => $"{path} = {Shown(path, from.Look(path))}");
        var text = string.Join(", ", seen);
        if (text.Length == 0) return "";
        return "; saw " + (text.Length <= MaxSeenText ? text : text[..MaxSeenText] + "…");
    }

    private static string Shown(string path, AttributeValue value) => value switch
    {
        _ when path is "customer.name" or "customer.first-name" or "customer.last-name" or "customer.email" or "customer.phone" => "(personal)",
        AttributeValue.Text text => $"'{text.Value}'",
        AttributeValue.Number number => number.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        AttributeValue.Flag flag => flag.Value ? "true" : "false",
        AttributeValue.Moment moment => moment.Value.ToString(),
        AttributeValue.Day day => NodaTime.Text.LocalDatePattern.Iso.Format(day.Value),
        AttributeValue.Money money => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{money.Minor} {money.Currency} (minor)"),
        AttributeValue.List list => "[" + string.Join(", ", list.Values) + "]",
        _ => "unset",
    };
}
