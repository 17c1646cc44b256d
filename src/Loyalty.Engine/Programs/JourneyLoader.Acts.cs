using System.Collections.Immutable;
using Loyalty.Core;
using Loyalty.Core.Conditions;
using Loyalty.Core.Journeys;

namespace Loyalty.Engine.Programs;

/// <content>Steps that act on the customer, on other journeys and on the world outside.</content>
internal sealed partial class JourneyLoader
{
    private const string FactRoot = "customer.facts.";
    private const string TagRoot = "customer.tags.";

    private JourneyStep.Offer? ReadOffer(string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var offer = reader.Scalar("offer", required: true);
        if (offer is not null) CheckKnown(offer, "offer", FindingCodes.UnknownOffer, _context.Offers);
        var valid = reader.Duration("valid");
        var late = ReadLate(reader, spread: false);
        Leaves(
            name,
            [StepResults.Issued, StepResults.SoldOut, StepResults.Failed, StepResults.Skipped],
            ("code", AttributeType.Text),
            ("valid-until", AttributeType.Moment));
        var soldOut = ReadFailure(name, reader, StepResults.SoldOut, matched);
        var failed = ReadFailure(name, reader, StepResults.Failed, matched);
        return offer is null ? null : new JourneyStep.Offer(name)
        {
            Code = offer.Text,
            Valid = valid,
            IfLate = late,
            SoldOut = soldOut,
            Failed = failed,
        };
    }

    private ImmutableArray<JourneyStep>? ReadFailure(
        string name, MapReader reader, string key, ImmutableDictionary<string, AttributeInfo>? matched) =>
        reader.Has(key) ? ReadSteps(reader.List(key), $"{key} of '{name}'", matched) : null;

    private JourneyStep.HumanTask? ReadTask(string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var queue = reader.Scalar("task", required: true);
        if (queue is not null) CheckName(queue, "a queue");
        var script = reader.Text("script");
        if (!reader.Has("due")) _findings.Error(reader.Node, FindingCodes.NoLimit, $"the task '{name}' has no limit", "add due: and a duration");
        var due = reader.Duration("due");
        var with = ReadWith(reader, matched);
        var late = ReadLate(reader, spread: false);
        var outcomes = ImmutableArray.CreateBuilder<(SourceNode.Map Map, MapReader Reader, string Name)>();
        foreach (var (map, option) in Groups(reader.List("outcomes", required: true), "an outcome", JourneySyntax.Outcome))
        {
            if (option.Scalar("outcome", required: true) is not { } label || !CheckName(label, "an outcome")) continue;
            if (label.Text == StepResults.TooLate || outcomes.Any(o => o.Name == label.Text))
                _findings.Error(label, FindingCodes.DuplicateName, $"the outcome '{label.Text}' is taken", "give each outcome of a task a name of its own");
            else
                outcomes.Add((map, option, label.Text));
        }

        Leaves(name, [.. outcomes.Select(o => o.Name), StepResults.TooLate, StepResults.Skipped], ("outcome", AttributeType.Text));
        var branches = outcomes.Select(o => new StepBranch(o.Name, ReadSteps(o.Reader.List("steps"), $"the outcome '{o.Name}'", matched))).ToImmutableArray();
        var tooLate = ReadSteps(reader.List("too-late"), $"too-late of '{name}'", matched);
        return queue is null || due is null || branches.IsEmpty ? null : new JourneyStep.HumanTask(name)
        {
            Queue = queue.Text,
            Script = script,
            Due = due.Value,
            With = with,
            IfLate = late,
            Outcomes = branches,
            TooLate = tooLate,
        };
    }

    private JourneyStep.Set? ReadSet(string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var assignments = ImmutableArray.CreateBuilder<SetAssignment>();
        var map = reader.Map("set", required: true);
        if (map is { Entries.Count: 0 })
            _findings.Error(map, FindingCodes.BadValue, $"the set '{name}' sets nothing", "add customer.facts.NAME: VALUE");
        foreach (var (key, value) in map?.Entries ?? [])
        {
            var (target, type) = TargetOf(key);
            if (target is null) continue;
            if (value is not SourceNode.Scalar scalar) Wrong(value, $"'{MapReader.Clip(key.Text)}' of '{name}'");
            else if (ReadCondition(scalar, Scope(matched), type) is { } formula) assignments.Add(new SetAssignment(target, formula));
        }

        Leaves(name, [StepResults.Done]);
        return assignments.Count == 0 ? null : new JourneyStep.Set(name, assignments.ToImmutable());
    }

    private (SetTarget? Target, AttributeType Type) TargetOf(SourceNode.Scalar key)
    {
        var path = key.Text;
        if (path.StartsWith(TagRoot, StringComparison.Ordinal) && path.Length > TagRoot.Length)
            return (new SetTarget(SetKind.Tag, path[TagRoot.Length..]), AttributeType.Flag);
        if (path.StartsWith(FactRoot, StringComparison.Ordinal) && _context.Attributes.Find(path) is { } fact)
            return (new SetTarget(SetKind.Fact, path[FactRoot.Length..]), fact.Type);
        if (path.StartsWith("customer.", StringComparison.Ordinal) && SetTarget.Attributes.TryGetValue(path["customer.".Length..], out var type))
            return (new SetTarget(SetKind.Attribute, path["customer.".Length..]), type == AttributeType.AnnualDay ? AttributeType.Day : type);
        if (_context.IsPartial) return (null, AttributeType.Text);
        var known = _context.Attributes.Paths.Where(p => p.StartsWith(FactRoot, StringComparison.Ordinal))
            .Concat(SetTarget.Attributes.Keys.Select(static a => "customer." + a)).Append(TagRoot + "NAME");
        _findings.Error(key, FindingCodes.UnknownFact, $"'{MapReader.Clip(path)}' is nothing that can be set", MapReader.Suggest(path, known));
        return (null, AttributeType.Text);
    }

    private JourneyStep.Emit? ReadEmit(string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var type = reader.Scalar("emit", required: true);
        var attributes = ImmutableDictionary<string, AttributeInfo>.Empty;
        if (type is not null && !_context.OwnEvents.Contains(type.Text))
        {
            if (!_context.IsPartial)
                _findings.Error(
                    type,
                    FindingCodes.UnknownEvent,
                    $"the program has no event '{MapReader.Clip(type.Text)}' of its own",
                    MapReader.Suggest(type.Text, _context.OwnEvents) + "; declare it under events in program.yaml");
        }
        else if (type is not null)
        {
            attributes = _context.Events[type.Text].RemoveRange(BuiltInAttributes.EveryEvent.Keys);
        }

        var with = ReadTypedWith(reader, matched, attributes, type is null || !_context.OwnEvents.Contains(type.Text));
        Leaves(name, [StepResults.Done, StepResults.Refused]);
        return type is null ? null : new JourneyStep.Emit(name, type.Text, with);
    }

    private JourneyStep.Webhook? ReadWebhook(string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var endpoint = reader.Scalar("webhook", required: true);
        if (endpoint is not null) CheckKnown(endpoint, "endpoint", FindingCodes.UnknownEndpoint, _context.Endpoints.Keys);
        var with = ReadWith(reader, matched);
        var giveUp = reader.Duration("give-up");
        var reply = endpoint is null ? null : _context.Endpoints.GetValueOrDefault(endpoint.Text)?.Reply;
        Leaves(
            name,
            [StepResults.Done, StepResults.Failed],
            reply is null ? [] : [.. reply.Select(static field => ("reply." + field.Key, (AttributeInfo)field.Value))]);
        var failed = ReadFailure(name, reader, StepResults.Failed, matched);
        if (endpoint is null) return null;
        var step = new JourneyStep.Webhook(name) { Endpoint = endpoint.Text, With = with, Failed = failed };
        return giveUp is { } span ? step with { GiveUp = span } : step;
    }

    private JourneyStep.Start? ReadStart(string name, MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched)
    {
        var journey = reader.Scalar("start", required: true);
        var with = ReadWith(reader, matched);
        Leaves(name, [StepResults.Done, StepResults.Refused]);
        if (journey is null) return null;
        _context.References.Starts.Add(new StartReference(
            _findings, journey, with.ToImmutableSortedDictionary(static w => w.Key, static w => w.Value.Type, StringComparer.Ordinal)));
        return new JourneyStep.Start(name, journey.Text, with);
    }

    /// <summary>Values whose names and types are declared.</summary>
    private ImmutableSortedDictionary<string, Condition> ReadTypedWith(
        MapReader reader, ImmutableDictionary<string, AttributeInfo>? matched, ImmutableDictionary<string, AttributeInfo> declared, bool isUnknown)
    {
        var with = ReadWith(reader, matched);
        if (isUnknown) return with;
        foreach (var (key, _) in reader.Map("with")?.Entries ?? [])
        {
            if (!declared.TryGetValue(key.Text, out var info))
                _findings.Error(
                    key, FindingCodes.UnknownKey, $"{reader.What} has no value '{MapReader.Clip(key.Text)}'", MapReader.Suggest(key.Text, declared.Keys));
            else if (with.TryGetValue(key.Text, out var formula) && !Fits(formula.Type, info.Type))
                _findings.Error(
                    key,
                    FindingCodes.WrongType,
                    $"'{key.Text}' of {reader.What} is declared as {TypeWords.Word(info.Type)}, this gives {TypeWords.Word(formula.Type)}",
                    $"write something that gives {TypeWords.Word(info.Type)}");
        }

        return with;
    }

    private static bool Fits(AttributeType given, AttributeType declared) =>
        given == declared || (given == AttributeType.Day && declared == AttributeType.AnnualDay) || (given == AttributeType.AnnualDay && declared == AttributeType.Day);

    /// <summary>The syntax is read and checked; what it does waits for the account model.</summary>
    private JourneyStep? ReadContacts(string name, MapReader reader)
    {
        if (reader.Map("contacts", required: true) is { } map)
        {
            var contacts = new MapReader(map, _findings, $"the contacts of '{name}'", JourneySyntax.Contacts.Names);
            foreach (var (_, role) in Groups(contacts.List("roles", required: true), "a role", JourneySyntax.Role))
            {
                if (role.Scalar("role", required: true) is { } label) CheckName(label, "a role");
                ReadSteps(role.List("steps", required: true), "a role", null);
            }

            ReadCondition(contacts.Scalar("stop-all-when"), _known);
            if (contacts.Has("reroute"))
            {
                foreach (var (_, reroute) in Groups(contacts.List("reroute"), "a reroute", JourneySyntax.Reroute))
                {
                    var attributes = AttributesOf(ReadEvents(reroute, "event", required: true));
                    ReadCondition(reroute.Scalar("when"), _known.With("event", attributes));
                    ReadSteps(reroute.List("steps", required: true), "a reroute", attributes);
                }
            }

            contacts.OneOf("until", false, "all", "any");
            contacts.Duration("up-to", required: true);
        }

        if (reader.Has("missing-role")) ReadSteps(reader.List("missing-role"), $"missing-role of '{name}'", null);
        _findings.Error(
            reader.Node,
            FindingCodes.NotSupported,
            $"the step '{name}' is for the contacts of an account, which this release does not run yet",
            "write the steps of each contact as a journey about the customer (about: customer) and start it by an event that names the role");
        return null;
    }

    private void CheckKnown(SourceNode.Scalar name, string what, string code, IEnumerable<string> known)
    {
        if (_context.IsPartial || known.Contains(name.Text)) return;
        _findings.Error(name, code, $"there is no {what} '{MapReader.Clip(name.Text)}'", MapReader.Suggest(name.Text, known));
    }
}
