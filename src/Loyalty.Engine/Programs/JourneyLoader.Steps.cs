using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Calendars;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs;

/// <content>Steps: a list of items, each a name, one step type and its options.</content>
internal sealed partial class JourneyLoader
{
    private static readonly ImmutableArray<string> SendResults =
        [StepResults.Sent, StepResults.Withheld, StepResults.Expired, StepResults.Skipped];

    private readonly Dictionary<string, SourceNode.Map> _places = new(StringComparer.Ordinal);
    private int _level;
    private int _parts;
    private bool _isTooLarge;

    /// <param name="list">The list; null: it was reported as missing.</param>
    /// <param name="what">For messages.</param>
    /// <param name="matched">What <c>event.*</c> is here; null: nothing.</param>
    private ImmutableArray<JourneyStep> ReadSteps(
        SourceNode.Sequence? list, string what, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        if (list is null) return [];
        if (list.Items.Count == 0)
            _findings.Error(
                list, FindingCodes.BadValue, $"{what} has no steps", "add a step, or remove the empty list");
        var steps = ImmutableArray.CreateBuilder<JourneyStep>();
        if (!Descend(list)) return [];
        foreach (var item in list.Items)
        {
            if (IsTooLarge(item)) break;
            if (item is SourceNode.Map map)
            {
                if (ReadStep(map, matched) is { } step) steps.Add(step);
            }
            else
            {
                _findings.Error(
                    item,
                    FindingCodes.WrongType,
                    $"a step is a group of keys, this is {item.Kind}",
                    "write - name: NAME and one step type");
            }
        }

        _level--;
        return steps.ToImmutable();
    }

    /// <summary>Reports a list that is nested too deep; every check of a journey's flow follows its branches.</summary>
    private bool Descend(SourceNode list)
    {
        if (++_level <= JourneySyntax.MaxLevels) return true;
        _level--;
        _findings.Error(
            list,
            FindingCodes.TooLarge,
            $"branches are nested deeper than {JourneySyntax.MaxLevels} levels",
            "put the inner steps into a journey of their own and start it");
        return false;
    }

    /// <summary>Reports once that the journey has too many steps; what comes behind is not read.</summary>
    private bool IsTooLarge(SourceNode item)
    {
        if (_findings.IsFull || _isTooLarge) return true;
        if (_parts++ < JourneySyntax.MaxParts) return false;
        _isTooLarge = true;
        _findings.Error(
            item,
            FindingCodes.TooLarge,
            $"the journey has more than {JourneySyntax.MaxParts} steps, cases and arms",
            "split it into several journeys");
        return true;
    }

    private JourneyStep? ReadStep(SourceNode.Map map, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var types = map.Entries.Where(e => StepSyntax.Types.ContainsKey(e.Key.Text)).ToList();
        var name = ReadStepName(map);
        var what = name is null ? "a step" : $"the step '{name}'";
        if (types.Count != 1)
        {
            ReportType(map, types.Count, what);
            return null;
        }

        var type = types[0].Key;
        var reader = new MapReader(map, _findings, what, ["name", type.Text, .. StepSyntax.Types[type.Text].OptionNames]);
        if (name is not null) _places[name] = map;
        return ReadTyped(type.Text, name ?? "?", reader, matched);
    }

    private JourneyStep? ReadTyped(string type, string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched) => type switch
    {
        "wait" => ReadWait(name, reader, matched),
        "wait-for" => ReadWaitFor(name, reader, matched),
        "send" => ReadSend(name, reader, matched),
        "choose" => ReadChoose(name, reader, matched),
        "split" => ReadSplit(name, reader, matched),
        "award" => ReadAward(name, reader, matched),
        "repeat" => ReadRepeat(name, reader, matched),
        "offer" => ReadOffer(name, reader, matched),
        "task" => ReadTask(name, reader, matched),
        "set" => ReadSet(name, reader, matched),
        "emit" => ReadEmit(name, reader, matched),
        "webhook" => ReadWebhook(name, reader, matched),
        "start" => ReadStart(name, reader, matched),
        "contacts" => ReadContacts(name, reader),
        _ => ReadEnd(name, reader),
    };

    private void ReportType(SourceNode.Map map, int count, string what)
    {
        if (count > 1)
        {
            _findings.Error(map, FindingCodes.UnknownStep, $"{what} has {count} step types", "make a step of each");
            return;
        }

        var unknown = map.Entries.FirstOrDefault(e => e.Key.Text != "name").Key;
        var remedy = unknown is null
            ? "add one of " + string.Join(", ", StepSyntax.Types.Keys)
            : MapReader.Suggest(unknown.Text, StepSyntax.Types.Keys);
        _findings.Error((SourceNode?)unknown ?? map, FindingCodes.UnknownStep, $"{what} has no step type", remedy);
    }

    private string? ReadStepName(SourceNode.Map map)
    {
        if (map.Find("name") is not { } node)
        {
            _findings.Error(map, FindingCodes.Missing, "a step lacks 'name'", "add name: and a word for what it does");
            return null;
        }

        return node is SourceNode.Scalar name ? Register(name, "a step") : Wrong(node, "the name of a step");
    }

    private string? Wrong(SourceNode node, string what)
    {
        _findings.Error(node, FindingCodes.WrongType, $"{what} is {node.Kind}", "write a single word");
        return null;
    }

    /// <summary>Names of steps, cases and arms are unique over the whole journey.</summary>
    private string? Register(SourceNode.Scalar name, string what)
    {
        if (!CheckName(name, what)) return null;
        if (_names.TryAdd(name.Text, name)) return name.Text;
        _findings.Error(
            name,
            FindingCodes.DuplicateName,
            $"the name '{name.Text}' is taken in line {_names[name.Text].Line}",
            "give each step, case and arm a name of its own");
        return null;
    }

    private AttributeCatalogue Scope(ImmutableDictionary<string, AttributeInfo>? matched) =>
        matched is null ? _known : _known.With("event", matched);

    private void Leaves(string name, ImmutableArray<string> results, params (string Name, AttributeInfo Info)[] more)
    {
        _known = _known.With("steps." + name, new Dictionary<string, AttributeInfo>(StringComparer.Ordinal)
        {
            ["result"] = new(AttributeType.Text, results),
            ["reason"] = AttributeType.Text,
            ["at"] = AttributeType.Moment,
            ["event"] = AttributeType.Text,
        }.Concat(more.Select(m => KeyValuePair.Create(m.Name, m.Info))));
    }

    private JourneyStep.Send? ReadSend(
        string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var template = reader.Scalar("send", required: true);
        var channel = ReadChannel(reader);
        var drops = reader.OneOf("if-not-now", false, "wait", "drop") == "drop";
        var transactional = reader.OneOf("class", false, "marketing", "transactional") == "transactional";
        var topic = reader.Scalar("topic") is { } own ? KnownTopic(own) : transactional ? null : _topic;
        if (!transactional && topic is null)
            _findings.Error(
                reader.Node,
                FindingCodes.NoTopic,
                $"the marketing send '{name}' has no topic",
                "add topic: to the journey or the step, or class: transactional");
        if (transactional && _hasHoldout)
            _findings.Error(
                reader.Node,
                FindingCodes.BadHoldout,
                $"the transactional send '{name}' would be kept from held-out customers",
                "remove the holdout, or move the send to a journey without one");
        var with = ReadWith(reader, matched);
        var priority = reader.OneOf("priority", false, "low", "normal", "high") switch
        {
            "low" => SendPriority.Low,
            "high" => SendPriority.High,
            _ => SendPriority.Normal,
        };
        var giveUp = reader.Duration("give-up") ?? CalendarDuration.Days(transactional ? 1 : 3);
        var late = ReadLate(reader, spread: true);
        Leaves(name, SendResults);
        if (template is not null) CheckTemplate(template, with.Keys);
        var notSent = ReadSteps(reader.List("not-sent"), $"not-sent of '{name}'", matched);
        return template is null ? null : new JourneyStep.Send(name)
        {
            Template = template.Text,
            Topic = topic,
            IsTransactional = transactional,
            With = with,
            GiveUp = giveUp,
            IfLate = late,
            Priority = priority,
            Channel = channel,
            DropsIfNotNow = drops,
            NotSent = notSent,
        };
    }

    /// <summary>null: e-mail.</summary>
    private string? ReadChannel(MapReader reader)
    {
        if (reader.Scalar("channel") is not { Text: not "email" } channel) return null;
        if (!_context.IsPartial && !_context.Channels.Contains(channel.Text))
            _findings.Error(
                channel,
                FindingCodes.BadValue,
                $"there is no channel '{MapReader.Clip(channel.Text)}'",
                MapReader.Suggest(channel.Text, ["email", .. _context.Channels]));
        return channel.Text;
    }

    private ImmutableSortedDictionary<string, Condition> ReadWith(
        MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var with = ImmutableSortedDictionary.CreateBuilder<string, Condition>(StringComparer.Ordinal);
        foreach (var (key, value) in reader.Map("with")?.Entries ?? [])
        {
            if (!CheckName(key, "a value of with")) continue;
            if (value is not SourceNode.Scalar scalar) Wrong(value, $"'{key.Text}' of with");
            else if (ReadCondition(scalar, Scope(matched), null) is { } formula) with[key.Text] = formula;
        }

        return with.ToImmutable();
    }

    private LateRule ReadLate(MapReader reader, bool spread)
    {
        var scalar = reader.Scalar("if-late");
        if (scalar is null) return LateRule.Default;
        var parts = scalar.Text.Split(' ', 2);
        var span = parts.Length == 2 ? CalendarDuration.Parse(parts[1].Trim()) : null;
        LateRule? rule = (parts[0], span) switch
        {
            ("send", null) when parts.Length == 1 => new LateRule(LateAction.Send, default),
            ("drop", null) when parts.Length == 1 => new LateRule(LateAction.Drop, default),
            ("only-within", { IsZero: false } within) => new LateRule(LateAction.OnlyWithin, within),
            ("spread-over", { IsZero: false } over) when spread => new LateRule(LateAction.SpreadOver, over),
            _ => null,
        };
        if (rule is null)
            _findings.Error(
                scalar,
                FindingCodes.BadValue,
                $"'{MapReader.Clip(scalar.Text)}' is no rule for lateness",
                spread ? "write only-within 3d, send, drop or spread-over 4h" : "write only-within 3d, send or drop");
        return rule ?? LateRule.Default;
    }

    private JourneyStep.Choose ReadChoose(
        string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var cases = ImmutableArray.CreateBuilder<ChooseCase>();
        SourceNode? otherwise = null;
        foreach (var (map, option) in Groups(
            reader.List("choose", required: true), "a case", JourneySyntax.Case))
        {
            var label = option.Scalar("case", required: true) is { } scalar ? Register(scalar, "a case") : null;
            if (otherwise is not null)
                _findings.Error(
                    map,
                    FindingCodes.Unreachable,
                    "a case after otherwise is never reached",
                    "move the otherwise case to the end");
            var isOtherwise = option.Flag("otherwise", false);
            if (isOtherwise == option.Has("when"))
                _findings.Error(
                    map, FindingCodes.BadValue, "a case has either when or otherwise: true", "write one of them");
            if (isOtherwise) otherwise = map;
            var when = ReadCondition(option.Scalar("when"), Scope(matched));
            var steps = ReadSteps(option.List("steps", required: true), $"the case '{label}'", matched);
            cases.Add(new ChooseCase(label ?? "?", when, steps));
        }

        Leaves(name, [.. cases.Select(c => c.Name), StepResults.None]);
        return new JourneyStep.Choose(name, cases.ToImmutable());
    }

    private JourneyStep.Split ReadSplit(
        string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var list = reader.List("split", required: true);
        var arms = ImmutableArray.CreateBuilder<SplitArm>();
        foreach (var (_, arm) in Groups(list, "an arm", JourneySyntax.Arm))
        {
            var label = arm.Scalar("arm", required: true) is { } scalar ? Register(scalar, "an arm") : null;
            var share = arm.Percent("share", required: true) ?? 0;
            arms.Add(new SplitArm(
                label ?? "?", share, ReadSteps(arm.List("steps", required: true), $"the arm '{label}'", matched)));
        }

        if (list is not null && arms.Sum(a => a.Share) != 1)
            _findings.Error(
                list,
                FindingCodes.BadShares,
                $"the shares of '{name}' sum up to {arms.Sum(a => a.Share) * 100:0.####}%",
                "let them sum up to 100%");
        Leaves(name, [.. arms.Select(a => a.Name)]);
        var adaptive = reader.Flag("adaptive", false);
        if (adaptive && !_hasGoal)
            _findings.Error(
                reader.Get("adaptive")!,
                FindingCodes.Missing,
                $"the adaptive split '{name}' has no goal to learn from",
                "add goal: { event: …, within: … } to the journey, or remove adaptive");
        return new JourneyStep.Split(name, arms.ToImmutable(), reader.OneOf("by", false, "customer", "run") == "run") { IsAdaptive = adaptive };
    }

    private IEnumerable<(SourceNode.Map Map, MapReader Reader)> Groups(
        SourceNode.Sequence? list, string what, SyntaxGroup group)
    {
        if (list is null) yield break;
        if (list.Items.Count == 0)
            _findings.Error(list, FindingCodes.BadValue, $"the list has not even {what}", "add at least one");
        foreach (var item in list.Items)
        {
            if (IsTooLarge(item)) yield break;
            if (item is SourceNode.Map map) yield return (map, new MapReader(map, _findings, what, group.Names));
            else
                _findings.Error(
                    item,
                    FindingCodes.WrongType,
                    $"{what} is a group of keys, this is {item.Kind}",
                    $"write - {group.Names[0]}: …");
        }
    }

    /// <summary>A formula that names nothing gives the same for everybody: it is reckoned here.</summary>
    private void CheckPoints(Condition? points, MapReader reader)
    {
        if (points is null || points.Paths().Any()) return;
        var value = points.Evaluate(static _ => AttributeValue.None, NodaTime.NodaConstants.UnixEpoch, NodaTime.DateTimeZone.Utc);
        if (value is AttributeValue.Number { Value: >= 1 and <= JourneyMachine.MaxPoints }) return;
        _findings.Error(
            reader.Get("award")!,
            FindingCodes.BadValue,
            $"an award of {MapReader.Clip(points.Text)} is none: no number of points from 1 to {JourneyMachine.MaxPoints.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)}",
            "award at least 1 point");
    }

    private JourneyStep.Award? ReadAward(
        string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var points = ReadCondition(reader.Scalar("award", required: true), Scope(matched), AttributeType.Number);
        CheckPoints(points, reader);
        var wallet = reader.Scalar("wallet");
        if (wallet is not null && !_context.IsPartial && !_context.Wallets.Contains(wallet.Text))
            _findings.Error(
                wallet,
                FindingCodes.UnknownWallet,
                $"there is no wallet '{MapReader.Clip(wallet.Text)}'",
                MapReader.Suggest(wallet.Text, _context.Wallets));
        var late = ReadLate(reader, spread: false);
        var expires = reader.Duration("expires");
        var reason = reader.Text("reason");
        Leaves(name, [StepResults.Awarded, StepResults.Refused, StepResults.Skipped], ("points", AttributeType.Number));
        ImmutableArray<JourneyStep>? refused = reader.Has("refused")
            ? ReadSteps(reader.List("refused"), $"refused of '{name}'", matched)
            : null;
        return points is null ? null : new JourneyStep.Award(name)
        {
            Points = points,
            Wallet = wallet?.Text ?? "spendable",
            Reason = reason,
            Expires = expires,
            IfLate = late,
            Refused = refused,
        };
    }

    private JourneyStep.End? ReadEnd(string name, MapReader reader)
    {
        if (reader.Scalar("end", required: true) is not { } outcome) return null;
        CheckName(outcome, "an outcome");
        return new JourneyStep.End(name, outcome.Text);
    }
}
