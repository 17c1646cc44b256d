using System.Collections.Immutable;
using Loyalty.Core.Conditions;
using Loyalty.Core.Customers;

namespace Loyalty.Engine.Programs;

/// <content>Measures and endpoints.</content>
internal sealed partial class ProgramFile
{
    private static readonly (string Word, MeasureFunction Function)[] Functions =
    [
        ("count", MeasureFunction.Count), ("sum", MeasureFunction.Sum), ("first", MeasureFunction.First), ("last", MeasureFunction.Last),
    ];

    /// <summary><c>asset.*</c> of this program.</summary>
    public ImmutableDictionary<string, AttributeInfo> Assets { get; private set; } = BuiltInAttributes.Asset;

    /// <summary>What is known of assets beside their kind: their events bring it.</summary>
    private void ReadAssets(MapReader top)
    {
        var declared = ReadTypes(top.Map("assets"), "an attribute of assets").ToDictionary(static t => t.Key, static t => (AttributeInfo)t.Value, StringComparer.Ordinal);
        foreach (var name in declared.Keys.Where(name => BuiltInAttributes.Asset.ContainsKey(name) || name == "asset-id").ToList())
        {
            _findings.Error(top.Map("assets")!.Find(name)!, FindingCodes.DuplicateName, $"every asset has '{name}'", "remove it, or give yours another name");
            declared.Remove(name);
        }

        Assets = Assets.SetItems(declared);
        foreach (var type in new[] { CustomerAssets.Registered, CustomerAssets.Updated, CustomerAssets.Removed })
            Events = Events.SetItem(type, Events[type].SetItems(declared));
    }

    private void ReadEndpoints(MapReader top)
    {
        foreach (var (name, value) in top.Map("endpoints")?.Entries ?? [])
        {
            if (!CheckName(name, "an endpoint")) continue;
            if (value is not SourceNode.Map map)
            {
                _findings.Error(value, FindingCodes.WrongType, $"the endpoint '{name.Text}' has no address", $"write {name.Text}: {{ url: https://… }}");
                continue;
            }

            var reader = new MapReader(map, _findings, $"the endpoint '{name.Text}'", ProgramSyntax.Endpoint.Names);
            var reply = ReadTypes(reader.Map("reply"), "a field of the reply");
            if (reader.Scalar("url", required: true) is { } url && IsAddress(url)) Endpoints = Endpoints.SetItem(name.Text, new WebhookEndpoint(name.Text, url.Text, reply));
        }
    }

    private bool IsAddress(SourceNode.Scalar url)
    {
        if (Uri.TryCreate(url.Text, UriKind.Absolute, out var parsed) && parsed.UserInfo.Length == 0
            && (parsed.Scheme == Uri.UriSchemeHttps || (parsed.Scheme == Uri.UriSchemeHttp && parsed.IsLoopback)))
            return true;
        _findings.Error(
            url, FindingCodes.BadValue, $"'{MapReader.Clip(url.Text)}' is no address of an endpoint", "write it whole, with https, e.g. https://crm.example/hook");
        return false;
    }

    private void ReadMeasures(MapReader top)
    {
        var known = Attributes();
        var measures = ImmutableArray.CreateBuilder<MeasureRule>();
        foreach (var (name, value) in top.Map("measures")?.Entries ?? [])
        {
            if (!CheckName(name, "a measure")) continue;
            if (value is not SourceNode.Map map)
            {
                _findings.Error(value, FindingCodes.WrongType, $"the measure '{name.Text}' says not what it counts", $"write {name.Text}: {{ count: order.paid }}");
                continue;
            }

            if (ReadMeasure(name.Text, map, known) is not var (rule, type)) continue;
            measures.Add(rule);
            MeasureTypes = MeasureTypes.SetItem(name.Text, type);
        }

        Measures = measures.ToImmutable();
        _customerAttributes = null;
    }

    private (MeasureRule Rule, AttributeType Type)? ReadMeasure(string name, SourceNode.Map map, AttributeCatalogue known)
    {
        var reader = new MapReader(map, _findings, $"the measure '{name}'", ProgramSyntax.Measure.Names);
        var functions = Functions.Where(f => reader.Has(f.Word)).ToList();
        if (functions.Count != 1)
        {
            _findings.Error(map, FindingCodes.Missing, $"the measure '{name}' has {functions.Count} functions", "write one of count, sum, first, last with an event");
            return null;
        }

        var (word, function) = functions[0];
        var events = ReadMeasuredEvents(reader, word);
        if (events.IsEmpty) return null;
        var attributes = events.Aggregate(BuiltInAttributes.EveryEvent, (all, type) => all.SetItems(Events[type]));
        var when = ReadWhen(reader.Scalar("when"), known.With("event", attributes));
        var within = reader.Duration("within");
        var of = reader.Scalar("of");
        if ((function == MeasureFunction.Sum) != (of is not null) && function is MeasureFunction.Sum or MeasureFunction.Count)
        {
            _findings.Error(
                (SourceNode?)of ?? map,
                FindingCodes.BadValue,
                function == MeasureFunction.Sum ? $"the measure '{name}' sums nothing up" : "a count is not of anything",
                function == MeasureFunction.Sum ? "add of: event.total" : "remove of");
            return null;
        }

        var type = TypeOfMeasure(function, of, attributes);
        return type is null ? null : (new MeasureRule(name, function, events, of?.Text["event.".Length..], when, within) { IsMoney = type == AttributeType.Money }, type.Value);
    }

    private ImmutableArray<string> ReadMeasuredEvents(MapReader reader, string word)
    {
        var events = ImmutableArray.CreateBuilder<string>();
        foreach (var item in reader.Texts(word))
        {
            if (Events.ContainsKey(item.Text)) events.Add(item.Text);
            else _findings.Error(item, FindingCodes.UnknownEvent, $"there is no event '{MapReader.Clip(item.Text)}'", MapReader.Suggest(item.Text, Events.Keys));
        }

        return events.ToImmutable();
    }

    private AttributeType? TypeOfMeasure(MeasureFunction function, SourceNode.Scalar? of, ImmutableDictionary<string, AttributeInfo> attributes)
    {
        if (function == MeasureFunction.Count) return AttributeType.Number;
        if (of is null) return AttributeType.Moment;
        var fits = attributes.Where(a => function != MeasureFunction.Sum || a.Value.Type is AttributeType.Number or AttributeType.Money)
            .Select(static a => "event." + a.Key).Order(StringComparer.Ordinal).ToList();
        if (fits.Contains(of.Text)) return attributes[of.Text["event.".Length..]].Type;
        _findings.Error(of, FindingCodes.BadValue, $"'{MapReader.Clip(of.Text)}' is nothing that can be measured here", MapReader.Suggest(of.Text, fits));
        return null;
    }

    private Condition? ReadWhen(SourceNode.Scalar? scalar, AttributeCatalogue known)
    {
        if (scalar is null) return null;
        var condition = Condition.Parse(scalar.Text, known, out var errors);
        foreach (var error in errors)
            _findings.Error(scalar.Line, scalar.Column + (scalar.IsPlain && error.Line == 1 ? error.Column - 1 : 0), FindingCodes.BadCondition, error.Message, error.Remedy);
        return condition;
    }
}
