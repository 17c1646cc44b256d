using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;
using NodaTime.Text;

namespace Loyalty.Engine.Programs;

/// <content>Steps that wait.</content>
internal sealed partial class JourneyLoader
{
    private static readonly LocalDatePattern YearlyPattern = LocalDatePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd");

    private JourneyStep.Wait? ReadWait(
        string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var value = reader.Get("wait", required: true);
        WaitRule? rule = null;
        switch (value)
        {
            case SourceNode.Scalar scalar:
                if (reader.Duration(scalar, $"the wait of '{name}'") is { } span) rule = new WaitRule.For(span);
                break;
            case SourceNode.Map map: rule = ReadUntil(name, map, matched); break;
            case SourceNode.Sequence: Wrong(value, $"the wait of '{name}'"); break;
        }

        var oneOff = rule is WaitRule.Date { IsAnnual: false };
        if (oneOff && !reader.Has("too-late"))
            _findings.Error(
                reader.Node,
                FindingCodes.Missing,
                $"the wait '{name}' is for a moment that can be unset or past",
                "add too-late: with the steps for then");
        if (rule is not null && !oneOff && reader.Has("too-late") && rule is not WaitRule.Date)
            _findings.Error(
                reader.Get("too-late")!,
                FindingCodes.Unreachable,
                $"the wait '{name}' is never too late",
                "remove too-late");
        var leaves = rule is WaitRule.Until { Rule.Dates: { IsEmpty: false } dates }
            ? new (string, AttributeInfo)[] { ("date", new AttributeInfo(AttributeType.Text, [.. dates.Select(static day => $"{day.Month:00}-{day.Day:00}")])) }
            : [];
        Leaves(name, [StepResults.Passed, StepResults.TooLate], leaves);
        var tooLate = ReadSteps(reader.List("too-late"), $"too-late of '{name}'", matched);
        return rule is null ? null : new JourneyStep.Wait(name, rule, tooLate);
    }

    private WaitRule? ReadUntil(string name, SourceNode.Map map, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var wait = new MapReader(map, _findings, $"the wait of '{name}'", JourneySyntax.Wait.Names);
        var until = wait.Get("until", required: true);
        var (days, notBefore, at) = (wait.Days("days") ?? Weekdays.All, wait.Duration("not-before"), wait.Clock("at"));
        var dates = ReadDates(wait, "dates");
        if (until is SourceNode.Sequence)
        {
            var words = wait.Texts("until");
            if (words.All(w => WeekdayNames.All.Contains(w.Text))) days = wait.Days("until") ?? days;
            else dates = ReadDates(wait, "until");
        }
        else if (until is SourceNode.Scalar scalar)
        {
            if (!LooksLikeClock(scalar.Text)) return ReadDateWait(wait, scalar, at, notBefore, matched);
            if (wait.Has("at"))
                _findings.Error(
                    wait.Get("at")!, FindingCodes.BadValue, "the clock time stands in until already", "remove at");
            at = wait.Clock(scalar, $"until of '{name}'");
        }
        else
        {
            return null;
        }

        return new WaitRule.Until(
            new MomentRule { At = at ?? LocalTime.Midnight, Days = days, Dates = dates, NotBefore = notBefore });
    }

    private static bool LooksLikeClock(string text) => text.Length > 0 && char.IsAsciiDigit(text[0]);

    private ImmutableArray<AnnualDate> ReadDates(MapReader wait, string key)
    {
        var dates = ImmutableArray.CreateBuilder<AnnualDate>();
        foreach (var item in wait.Texts(key))
        {
            // Read as a date of a leap year, so that 02-29 is one.
            var parsed = YearlyPattern.Parse("2000-" + item.Text);
            if (parsed.Success) dates.Add(new AnnualDate(parsed.Value.Month, parsed.Value.Day));
            else
                _findings.Error(
                    item,
                    FindingCodes.BadTime,
                    $"'{MapReader.Clip(item.Text)}' is no date of the year",
                    "write month-day in quotes, e.g. '03-15', or weekdays such as mon");
        }

        return dates.ToImmutable();
    }

    private WaitRule.Date? ReadDateWait(
        MapReader wait, SourceNode.Scalar until, LocalTime? at, CalendarDuration? notBefore, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        foreach (var key in new[] { "days", "dates" })
        {
            if (wait.Get(key) is { } node)
                _findings.Error(
                    node,
                    FindingCodes.BadValue,
                    $"'{key}' goes with a clock time, not with a date of the customer",
                    $"remove {key}");
        }

        if (ReadCondition(until, Scope(matched), null) is not { } formula) return null;
        var (path, offset, before) = formula.Expression switch
        {
            Expression.Path plain => (plain.Name, (CalendarDuration?)null, false),
            Expression.Reckon { Left: Expression.Path left, Right: Expression.DurationLiteral span, Operator: var sign } =>
                (left.Name, span.Value, sign == Arithmetic.Subtract),
            _ => (null, null, false),
        };
        if (path is null || formula.Type is not (AttributeType.Moment or AttributeType.Day or AttributeType.AnnualDay))
        {
            _findings.Error(
                until,
                FindingCodes.BadTime,
                $"'{MapReader.Clip(until.Text)}' is no moment",
                "write a clock time in quotes, a list of dates, or a date such as customer.birthday - 7d");
            return null;
        }

        return new WaitRule.Date(path, formula.Type == AttributeType.AnnualDay, offset, before, at, notBefore);
    }

    private JourneyStep.WaitFor? ReadWaitFor(
        string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        if (reader.Map("wait-for", required: true) is not { } map) return null;
        var wait = new MapReader(map, _findings, $"the wait-for of '{name}'", JourneySyntax.WaitFor.Names);
        if (!wait.Has("up-to"))
            _findings.Error(
                map, FindingCodes.NoLimit, $"the wait-for '{name}' has no limit", "add up-to: and a duration");
        var upTo = wait.Duration("up-to");
        var cases = wait.Has("any") ? ReadAny(wait) : [ReadOnlyCase(name, wait)];
        var since = ReadSince(wait);
        var of = wait.Scalar("of") is { } about && IsSend(about) ? about.Text : null;
        Leaves(
            name,
            cases.IsEmpty || cases[0].Name is null ? [StepResults.InTime, StepResults.TooLate] : [.. cases.Select(c => c.Name!), StepResults.InTime, StepResults.TooLate]);
        if (reader.Has("in-time") && !cases.IsEmpty && cases.All(static c => !c.Steps.IsEmpty))
            _findings.Error(
                reader.Get("in-time")!, FindingCodes.Unreachable, $"in-time of '{name}' is never reached: every case has steps of its own", "remove it, or move it behind the step");
        var inside = AttributesOf([.. cases.SelectMany(c => c.Events)]);
        var inTime = ReadSteps(reader.List("in-time"), $"in-time of '{name}'", inside);
        var tooLate = ReadSteps(reader.List("too-late"), $"too-late of '{name}'", matched);
        return upTo is null || cases.IsEmpty ? null : new JourneyStep.WaitFor(name)
        {
            Cases = cases,
            Since = since == "entry" ? null : since,
            SinceEntry = since == "entry",
            Of = of,
            UpTo = upTo.Value,
            InTime = inTime,
            TooLate = tooLate,
        };
    }

    private WaitCase ReadOnlyCase(string name, MapReader wait)
    {
        if (!wait.Has("event") && !wait.Has("when"))
            _findings.Error(
                wait.Node,
                FindingCodes.Missing,
                $"the wait-for '{name}' says not what for",
                "add event: TYPE, when: CONDITION, or any:");
        var events = ReadEvents(wait, "event", required: false);
        return new WaitCase(
            null, events, ReadCondition(wait.Scalar("when"), _known.With("event", AttributesOf(events))), []);
    }

    private ImmutableArray<WaitCase> ReadAny(MapReader wait)
    {
        foreach (var key in new[] { "event", "when" })
        {
            if (wait.Get(key) is { } node)
                _findings.Error(node, FindingCodes.BadValue, $"'{key}' stands beside any", "move it into a case");
        }

        var cases = ImmutableArray.CreateBuilder<WaitCase>();
        foreach (var (map, option) in Groups(wait.List("any"), "a case", JourneySyntax.AnyCase))
        {
            var label = option.Scalar("case", required: true) is { } scalar ? Register(scalar, "a case") : null;
            if (label is StepResults.InTime or StepResults.TooLate)
                _findings.Error(map, FindingCodes.BadName, $"a case cannot be called '{label}'", "choose another name");
            if (!option.Has("event") && !option.Has("when"))
                _findings.Error(
                    map, FindingCodes.Missing, "the case says not what for", "add event: TYPE or when: CONDITION");
            var events = ReadEvents(option, "event", required: false);
            var attributes = AttributesOf(events);
            var when = ReadCondition(option.Scalar("when"), _known.With("event", attributes));
            var steps = ReadSteps(option.List("steps"), $"the case '{label}'", attributes);
            cases.Add(new WaitCase(label ?? "?", events, when, steps));
        }

        return cases.ToImmutable();
    }

    private string? ReadSince(MapReader wait)
    {
        if (wait.Scalar("since") is not { } since) return null;
        if (since.Text != "entry" && !_places.ContainsKey(since.Text))
            _findings.Error(
                since,
                FindingCodes.UnknownStep,
                $"there is no earlier step '{MapReader.Clip(since.Text)}'",
                MapReader.Suggest(since.Text, _places.Keys.Append("entry")));
        return since.Text;
    }

    private bool IsSend(SourceNode.Scalar about)
    {
        var sends = _places.Where(p => p.Value.Find("send") is not null || p.Value.Find("task") is not null).Select(p => p.Key).ToList();
        if (sends.Contains(about.Text)) return true;
        _findings.Error(
            about,
            FindingCodes.UnknownStep,
            $"there is no earlier send or task '{MapReader.Clip(about.Text)}'",
            MapReader.Suggest(about.Text, sends));
        return false;
    }

    private JourneyStep.Repeat? ReadRepeat(
        string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        if (reader.Map("repeat", required: true) is not { } map) return null;
        var repeat = new MapReader(map, _findings, $"the repeat '{name}'", JourneySyntax.Repeat.Names);
        if (!repeat.Has("at-most"))
            _findings.Error(
                map, FindingCodes.NoLimit, $"the repeat '{name}' has no bound", "add at-most: and a number");
        var atMost = repeat.Integer("at-most", 1, JourneySyntax.MaxPasses);
        var every = repeat.Duration("every");
        Leaves(name, [StepResults.Passed], ("passes", AttributeType.Number));
        var steps = ReadSteps(repeat.List("steps", required: true), $"the repeat '{name}'", matched);
        var condition = ReadCondition(repeat.Scalar("while"), Scope(matched));
        return atMost is null || steps.IsEmpty ? null : new JourneyStep.Repeat(name) { AtMost = atMost.Value, While = condition, Every = every, Steps = steps };
    }
}
