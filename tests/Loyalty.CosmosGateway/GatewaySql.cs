using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Loyalty.CosmosGateway;

/// <summary>
/// The part of the query language that the adapter uses, translated to the gateway's table: <c>SELECT * | c.a, c.b FROM c WHERE conditions ORDER BY c.a
/// ASC|DESC</c> over properties that have columns. Anything else is refused as the service refuses a syntax error, so that a new query is noticed.
/// </summary>
internal sealed partial class GatewaySql
{
    /// <summary>Properties with a column.</summary>
    private static readonly Dictionary<string, string> Columns = new(StringComparer.Ordinal)
    {
        ["id"] = "id",
        ["pk"] = "pk",
        ["kind"] = "kind",
        ["wakeAt"] = "wake_at",
    };

    private const string OrderFilter = "{documentdb-formattableorderbyquery-filter}";

    private readonly string? _orderedBy;

    private GatewaySql(string[]? properties, string where, List<string> values, string order, bool descending, string? orderedBy)
    {
        _orderedBy = orderedBy;
        Properties = properties;
        Where = where;
        Values = values;
        Order = order;
        IsDescending = descending;
    }

    /// <summary>Chosen properties; null: all.</summary>
    public string[]? Properties { get; }

    public string Where { get; }

    /// <summary>For <c>@v0</c>, <c>@v1</c>, … in <see cref="Where"/>.</summary>
    public List<string> Values { get; }

    public string Order { get; }

    public bool IsDescending { get; }

    public static GatewaySql Parse(ReadOnlyMemory<byte> body)
    {
        var request = JsonNode.Parse(body.Span)!;
        string text = request["query"]!.GetValue<string>();
        var parameters = (request["parameters"] as JsonArray ?? [])
            .ToDictionary(static one => one!["name"]!.GetValue<string>(), static one => one!["value"]!, StringComparer.Ordinal);
        var rewritten = Rewritten().Match(text);
        var match = Shape().Match(rewritten.Success ? $"SELECT {rewritten.Groups["payload"].Value} FROM c{rewritten.Groups["rest"].Value}" : text);
        if (!match.Success) throw new FormatException($"Syntax error: the gateway does not know the query {text}");
        string[]? properties = match.Groups["what"].Value == "*"
            ? null
            : [.. match.Groups["what"].Value.Split(',').Select(static one => one.Trim()["c.".Length..])];
        var values = new List<string>();
        var where = new StringBuilder();
        foreach (string condition in match.Groups["where"].Value.Split(" AND "))
        {
            // What the SDK puts in for its filter before it has a place to go on from.
            if (condition.Trim() == "(true)") continue;
            where.Append(" AND ").Append(Condition(condition.Trim(), parameters, values));
        }

        string order = match.Groups["order"].Success ? Columns[match.Groups["order"].Value] : "row";
        return new GatewaySql(properties, where.ToString(), values, order, match.Groups["way"].Value == "DESC", rewritten.Success ? match.Groups["order"].Value : null);
    }

    /// <summary>
    /// The plan of a query, as the service makes it: one in an order is rewritten, so that the SDK gets what it merges by beside each row.
    /// </summary>
    public static byte[] Plan(ReadOnlyMemory<byte> body)
    {
        string text = JsonNode.Parse(body.Span)!["query"]!.GetValue<string>();
        var match = Shape().Match(text);
        if (!match.Success) throw new FormatException($"Syntax error: the gateway does not know the query {text}");
        bool isOrdered = match.Groups["order"].Success;
        string order = match.Groups["order"].Value;
        string way = match.Groups["way"].Value is "DESC" ? "DESC" : "ASC";
        string rewritten = isOrdered
            ? $"SELECT c._rid, [{{\"item\": c.{order}}}] AS orderByItems, {match.Groups["what"].Value} AS payload FROM c WHERE {match.Groups["where"].Value} AND ({OrderFilter}) ORDER BY c.{order} {way}"
            : string.Empty;
        var info = new JsonObject
        {
            ["distinctType"] = "None",
            ["orderBy"] = isOrdered ? new JsonArray(way == "DESC" ? "Descending" : "Ascending") : new JsonArray(),
            ["orderByExpressions"] = isOrdered ? new JsonArray($"c.{order}") : new JsonArray(),
            ["groupByExpressions"] = new JsonArray(),
            ["groupByAliases"] = new JsonArray(),
            ["aggregates"] = new JsonArray(),
            ["groupByAliasToAggregateType"] = new JsonObject(),
            ["rewrittenQuery"] = rewritten,
            ["hasSelectValue"] = false,
            ["hasNonStreamingOrderBy"] = false,
        };
        var everything = new JsonObject { ["min"] = "", ["max"] = "FF", ["isMinInclusive"] = true, ["isMaxInclusive"] = false };
        var plan = new JsonObject { ["partitionedQueryExecutionInfoVersion"] = 2, ["queryInfo"] = info, ["queryRanges"] = new JsonArray(everything) };
        return JsonSerializer.SerializeToUtf8Bytes(plan);
    }

    /// <summary>A row as the query shows it.</summary>
    public JsonNode Show(KeptDocument document)
    {
        var whole = JsonNode.Parse(document.Json)!.AsObject();
        var chosen = Chosen(whole);
        if (_orderedBy is null) return chosen;
        var item = new JsonObject { ["item"] = whole[_orderedBy]!.DeepClone() };
        return new JsonObject { ["_rid"] = whole["_rid"]!.DeepClone(), ["orderByItems"] = new JsonArray(item), ["payload"] = chosen };
    }

    private JsonObject Chosen(JsonObject whole)
    {
        if (Properties is null) return whole.DeepClone().AsObject();
        var shown = new JsonObject();
        foreach (string property in Properties)
        {
            if (whole.TryGetPropertyValue(property, out var value)) shown[property] = value?.DeepClone();
        }

        return shown;
    }

    private static string Condition(string text, Dictionary<string, JsonNode> parameters, List<string> values)
    {
        if (Prefix().Match(text) is { Success: true } prefix)
        {
            string start = parameters[prefix.Groups["value"].Value].GetValue<string>();
            values.Add(start);
            // By bytes: substr of a blob counts bytes, as the order of ids does.
            string column = Columns[prefix.Groups["property"].Value];
            return $"substr(CAST({column} AS BLOB), 1, {Encoding.UTF8.GetByteCount(start)}) = CAST(@v{values.Count - 1} AS BLOB)";
        }

        var comparison = Comparison().Match(text);
        if (!comparison.Success || parameters[comparison.Groups["value"].Value].GetValueKind() != JsonValueKind.String)
        {
            throw new FormatException($"Syntax error: the gateway does not know the condition {text}");
        }

        values.Add(parameters[comparison.Groups["value"].Value].GetValue<string>());
        return $"{Columns[comparison.Groups["property"].Value]} {comparison.Groups["sign"].Value} @v{values.Count - 1}";
    }

    [GeneratedRegex(@"^SELECT (?<what>\*|c\.\w+(, c\.\w+)*) FROM c WHERE (?<where>.+?)( ORDER BY c\.(?<order>\w+)( (?<way>ASC|DESC))?)?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();

    [GeneratedRegex(@"^SELECT c\._rid, \[\{""item"": c\.\w+\}\] AS orderByItems, (?<payload>.+?) AS payload FROM c(?<rest>.+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Rewritten();

    [GeneratedRegex(@"^STARTSWITH\(c\.(?<property>\w+), (?<value>@\w+)\)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"^c\.(?<property>\w+) (?<sign>=|<=|>=|<|>) (?<value>@\w+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Comparison();
}
