using System.Collections.Immutable;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;
using NodaTime;

namespace Loyalty.Engine.Programs;

/// <summary>Reads one journey file: everything it gets wrong becomes a finding; only a file without errors becomes a definition.</summary>
internal sealed partial class JourneyLoader
{
    private readonly ProgramContext _context;
    private readonly FileFindings _findings;
    private readonly string _name;
    private readonly Dictionary<string, SourceNode.Scalar> _names = new(StringComparer.Ordinal);
    private AttributeCatalogue _known;
    private string? _topic;
    private bool _hasHoldout;
    private bool _hasGoal;

    private JourneyLoader(ProgramContext context, FileFindings findings, string name)
    {
        (_context, _findings, _name) = (context, findings, name);
        _known = context.Attributes;
    }

    /// <summary>The definition, or null where the findings have errors of this file.</summary>
    /// <param name="name">The file's name without <c>.yaml</c>.</param>
    /// <param name="version">From 1.</param>
    /// <param name="bytes">The file.</param>
    /// <param name="context">What it may refer to.</param>
    /// <param name="findings">Where findings go.</param>
    public static JourneyDefinition? Load(
        string name, int version, ReadOnlySpan<byte> bytes, ProgramContext context, FindingList findings)
    {
        var errors = findings.Items.Count(f => f.Severity == FindingSeverity.Error);
        var file = new FileFindings($"journeys/{name}.yaml", findings);
        var root = YamlSource.Read(bytes, file);
        if (root is null) return null;
        if (root is not SourceNode.Map map)
        {
            file.Error(
                root,
                FindingCodes.WrongType,
                $"a journey is a group of keys, this is {root.Kind}",
                "begin with journey: NAME");
            return null;
        }

        var definition = new JourneyLoader(context, file, name).Read(name, version, map);
        return findings.Items.Count(f => f.Severity == FindingSeverity.Error) == errors && findings.Items.Count < FindingList.Limit ? definition : null;
    }

    private JourneyDefinition? Read(string name, int version, SourceNode.Map map)
    {
        var top = new MapReader(map, _findings, "a journey", JourneySyntax.Journey.Names);
        var journey = top.Scalar("journey", required: true);
        if (journey is not null && CheckName(journey, "the journey") && journey.Text != name)
            _findings.Error(
                journey,
                FindingCodes.BadName,
                $"the journey is called '{journey.Text}', its file '{name}.yaml'",
                "give both one name");
        if (top.OneOf("about", false, "customer", "account") == "account")
            _findings.Error(
                top.Get("about")!,
                FindingCodes.NotSupported,
                "journeys about accounts are not supported yet",
                "write about: customer");
        var (title, salt) = (top.Text("title"), top.Text("salt"));
        ReadTopic(top);
        _hasHoldout = top.Has("holdout");
        _hasGoal = top.Has("goal");
        var enter = ReadEnter(top);
        var goal = ReadGoal(top);
        var holdout = top.Percent("holdout") ?? 0;
        if (_hasHoldout && !top.Has("goal"))
            _findings.Error(
                top.Get("holdout")!,
                FindingCodes.BadHoldout,
                "a holdout without a goal measures nothing",
                "add goal: { event: …, within: … }");
        if (_hasHoldout && holdout >= 1)
            _findings.Error(
                top.Get("holdout")!,
                FindingCodes.BadHoldout,
                "a holdout of 100% sends nobody anything",
                "write a smaller share, e.g. 10%");
        var exits = ReadExits(top);
        var window = ReadWindow(top);
        var stage = top.OneOf("stage", false, "attract", "not-bought", "refer", "repeat", "service");
        var steps = ReadSteps(top.List("steps", required: true), "the journey", null);
        CheckFlow(steps, goal, top);
        if (enter is null || steps.IsDefaultOrEmpty || HasTwins(steps)) return null;
        var definition = new JourneyDefinition
        {
            Name = name,
            Version = version,
            Title = title,
            Stage = stage,
            Topic = _topic,
            Enter = enter,
            Holdout = holdout,
            Salt = salt,
            Goal = goal,
            Exits = exits,
            SendWindow = window,
            Steps = steps,
        };
        _context.References.Loaded.Add(new Flow.LoadedJourney(definition, _findings, map, _places));
        return definition;
    }

    /// <summary>Two steps of one name were reported; a definition with them cannot be made.</summary>
    private static bool HasTwins(ImmutableArray<JourneyStep> steps)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return !Add(steps);

        bool Add(ImmutableArray<JourneyStep> list) => list.All(
            s => names.Add(s.Name) && s.Branches.All(b => Add(b.Steps)));
    }

    private void ReadTopic(MapReader top)
    {
        if (top.Scalar("topic") is { } topic) _topic = KnownTopic(topic);
    }

    private string KnownTopic(SourceNode.Scalar topic)
    {
        if (!_context.IsPartial && !_context.Topics.Contains(topic.Text))
            _findings.Error(
                topic,
                FindingCodes.UnknownTopic,
                $"there is no topic '{MapReader.Clip(topic.Text)}'",
                MapReader.Suggest(topic.Text, _context.Topics));
        return topic.Text;
    }

    private bool CheckName(SourceNode.Scalar name, string what)
    {
        if (Names.IsName(name.Text)) return true;
        _findings.Error(name, FindingCodes.BadName, $"'{MapReader.Clip(name.Text)}' is no name for {what}", Names.Rule);
        return false;
    }

    private AgainRule ReadAgain(MapReader enter)
    {
        var again = enter.Scalar("again");
        switch (again?.Text)
        {
            case null or "after-end": return new AgainRule.AfterEnd();
            case "never": return new AgainRule.Never();
            case var text when text.StartsWith("after ", StringComparison.Ordinal) && CalendarDuration.Parse(text.AsSpan(6)) is { IsZero: false } span:
                return new AgainRule.AfterEntry(span);
            default:
                _findings.Error(
                    again,
                    FindingCodes.BadValue,
                    $"'{MapReader.Clip(again.Text)}' is no rule for entering again",
                    "write never, after-end, or after 90d");
                return new AgainRule.AfterEnd();
        }
    }

    private GoalRule? ReadGoal(MapReader top)
    {
        if (top.Map("goal") is not { } map) return null;
        var goal = new MapReader(map, _findings, "goal", JourneySyntax.Goal.Names);
        var perPass = goal.OneOf("per", false, "run", "pass") == "pass";
        var events = ReadEvents(goal, "event", required: true);
        var when = ReadCondition(goal.Scalar("when"), _known.With("event", AttributesOf(events)));
        var within = goal.Duration("within", required: true);
        var endsRun = goal.Flag("ends-run", false);
        return within is null || events.IsEmpty ? null : new GoalRule(events, when, within.Value, endsRun) { PerPass = perPass };
    }

    private ImmutableArray<ExitRule> ReadExits(MapReader top)
    {
        var exits = ImmutableArray.CreateBuilder<ExitRule>();
        foreach (var item in top.List("exit")?.Items ?? [])
        {
            if (item is not SourceNode.Map map)
            {
                _findings.Error(
                    item,
                    FindingCodes.WrongType,
                    "an exit is a group of keys",
                    "write - when: CONDITION or - event: TYPE");
                continue;
            }

            var exit = new MapReader(map, _findings, "an exit", JourneySyntax.Exit.Names);
            var revokes = exit.Flag("revoke", false);
            var events = ReadEvents(exit, "event", required: false);
            var scope = events.IsEmpty ? _known : _known.With("event", AttributesOf(events));
            var when = ReadCondition(exit.Scalar("when", required: !exit.Has("event")), scope);
            var outcome = exit.Scalar("outcome");
            if (outcome is not null) CheckName(outcome, "an outcome");
            if (when is not null || !events.IsEmpty)
                exits.Add(new ExitRule(events, when, outcome?.Text ?? RunOutcomes.Exit) { Revokes = revokes });
        }

        return exits.ToImmutable();
    }

    private SendWindow? ReadWindow(MapReader top)
    {
        if (top.Map("send-window") is not { } map) return null;
        var window = new MapReader(map, _findings, "send-window", JourneySyntax.SendWindow.Names);
        var days = window.Has("days") ? window.Days("days") : Weekdays.All;
        var (from, to) = (window.Clock("from", required: true), window.Clock("to", required: true));
        if (from is not null && from == to)
            _findings.Error(
                map,
                FindingCodes.EmptyWindow,
                "the send window is empty: it ends when it begins",
                "let to: be another time; to: \"24:00\" is midnight");
        return days is null || from is null || to is null || from == to ? null : new SendWindow(
            days.Value, from.Value, to.Value);
    }

    private ImmutableArray<string> ReadEvents(MapReader reader, string key, bool required)
    {
        var events = ImmutableArray.CreateBuilder<string>();
        if (required) reader.Get(key, required: true);
        foreach (var item in reader.Texts(key))
        {
            if (_context.Events.ContainsKey(item.Text)) events.Add(item.Text);
            else
                _findings.Error(
                    item,
                    FindingCodes.UnknownEvent,
                    $"there is no event '{MapReader.Clip(item.Text)}'",
                    MapReader.Suggest(item.Text, _context.Events.Keys));
        }

        return events.ToImmutable();
    }

    /// <summary>The attributes of any of these events; of none, what every event has.</summary>
    private ImmutableDictionary<string, AttributeInfo> AttributesOf(ImmutableArray<string> events)
    {
        var all = BuiltInAttributes.EveryEvent;
        foreach (var type in events)
        {
            foreach (var (name, info) in _context.Events[type]) all = all.SetItem(name, info);
        }

        return all;
    }

    private Condition? ReadCondition(
        SourceNode.Scalar? scalar, AttributeCatalogue catalogue, AttributeType? type = AttributeType.Flag)
    {
        if (scalar is null) return null;
        if (scalar.IsCommented)
            _findings.Error(
                scalar,
                FindingCodes.HiddenComment,
                "a comment follows an unquoted condition",
                "put the condition in double quotes, or the comment on a line of its own");
        var condition = Condition.Parse(scalar.Text, catalogue, type, out var errors);
        foreach (var error in errors)
        {
            // In a quoted or folded text the columns differ from those of the file: there the place is the text's begin.
            var exact = scalar.IsPlain && error.Line == 1;
            _findings.Error(
                scalar.Line, scalar.Column + (exact ? error.Column - 1 : 0), FindingCodes.BadCondition, error.Message, error.Remedy);
        }

        return condition;
    }
}
