using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Loyalty.CosmosGateway;

/// <summary>What the SDK asks for beside documents: the account, its database, containers and their ranges.</summary>
internal sealed class AccountPages(GatewayFile file, IReadOnlyList<PartitionRange> ranges)
{
    private const string RangesETag = "\"1\"";
    private readonly Dictionary<string, int> _containers = new(StringComparer.Ordinal);

    /// <summary>By name or resource id; null: there is none.</summary>
    public int? ContainerNumber(string name)
    {
        lock (_containers)
        {
            if (_containers.Count == 0) Load();
            return _containers.TryGetValue(name, out int number) ? number : null;
        }
    }

    public HttpResponseMessage Answer(HttpRequestMessage request, string[] path, byte[] body) => (request.Method.Method, path) switch
    {
        ("GET", []) => Ok(Account()),
        ("GET", ["dbs", var name]) => Ok(Database(name)),
        ("POST", ["dbs"]) => Ok(Database(JsonNode.Parse(body)!["id"]!.GetValue<string>()), HttpStatusCode.Created),
        ("POST", ["dbs", _, "colls"]) => Create(JsonNode.Parse(body)!.AsObject()),
        ("GET", ["dbs", _, "colls", var name]) => ContainerNumber(name) is { } number ? Ok(Container(number)) : Missing(),
        ("GET", ["dbs", _, "colls", var name, "pkranges"]) => ContainerNumber(name) is { } number ? Ranges(request, number) : Missing(),
        _ => GatewayHandler.Problem(400, "BadRequest", $"the gateway does not serve {request.Method} /{string.Join('/', path)}"),
    };

    private static JsonObject Account() => new()
    {
        ["_self"] = "",
        ["id"] = "gateway",
        ["_rid"] = "gateway.test",
        ["media"] = "//media/",
        ["addresses"] = "//addresses/",
        ["_dbs"] = "//dbs/",
        ["writableLocations"] = new JsonArray(Location()),
        ["readableLocations"] = new JsonArray(Location()),
        ["enableMultipleWriteLocations"] = false,
        ["userReplicationPolicy"] = new JsonObject { ["asyncReplication"] = false, ["minReplicaSetSize"] = 3, ["maxReplicasetSize"] = 4 },
        ["userConsistencyPolicy"] = new JsonObject { ["defaultConsistencyLevel"] = "Session" },
        ["systemReplicationPolicy"] = new JsonObject { ["minReplicaSetSize"] = 3, ["maxReplicasetSize"] = 4 },
        ["readPolicy"] = new JsonObject { ["primaryReadCoefficient"] = 1, ["secondaryReadCoefficient"] = 1 },
        ["queryEngineConfiguration"] = "{\"maxSqlQueryInputLength\":262144,\"maxJoinsPerSqlQuery\":5,\"maxLogicalAndPerSqlQuery\":500,\"maxLogicalOrPerSqlQuery\":500,\"maxUdfRefPerSqlQuery\":10,\"maxInExpressionItemsCount\":16000,\"queryMaxInMemorySortDocumentCount\":500,\"maxQueryRequestTimeoutFraction\":0.9,\"sqlAllowNonFiniteNumbers\":false,\"sqlAllowAggregateFunctions\":true,\"sqlAllowSubQuery\":true,\"sqlAllowScalarSubQuery\":true,\"allowNewKeywords\":true,\"sqlAllowLike\":true,\"sqlAllowGroupByClause\":true,\"maxSpatialQueryCells\":12,\"spatialMaxGeometryPointCount\":256,\"sqlDisableOptimizationFlags\":0,\"sqlAllowTop\":true,\"enableSpatialIndexing\":true}",
    };

    private static JsonObject Location() => new() { ["name"] = "Here", ["databaseAccountEndpoint"] = "https://gateway.test/" };

    private static JsonObject Database(string name) => new()
    {
        ["id"] = name,
        ["_rid"] = ResourceIds.Database,
        ["_self"] = $"dbs/{ResourceIds.Database}/",
        ["_etag"] = "\"1\"",
        ["_colls"] = "colls/",
        ["_users"] = "users/",
        ["_ts"] = 1,
    };

    private HttpResponseMessage Create(JsonObject properties)
    {
        string name = properties["id"]!.GetValue<string>();
        if (ContainerNumber(name) is not null) return GatewayHandler.Problem(409, "Conflict", "there is such a container");
        file.Execute("INSERT INTO containers(name, properties) VALUES(@name, @properties)", ("@name", name), ("@properties", properties.ToJsonString()));
        lock (_containers) Load();
        return Ok(Container(ContainerNumber(name)!.Value), HttpStatusCode.Created);
    }

    private JsonObject Container(int number)
    {
        var container = JsonNode.Parse(
            file.Read("SELECT properties FROM containers WHERE number = @n", static row => row.GetString(0), ("@n", number))[0])!.AsObject();
        container["_rid"] = ResourceIds.Container(number);
        container["_self"] = $"dbs/{ResourceIds.Database}/colls/{ResourceIds.Container(number)}/";
        container["_etag"] = "\"1\"";
        container["_ts"] = 1;
        return container;
    }

    private HttpResponseMessage Ranges(HttpRequestMessage request, int container)
    {
        bool isKnown = request.Headers.TryGetValues("If-None-Match", out var tags) && tags.Contains(RangesETag);
        JsonArray list = [.. ranges.Select(JsonNode (range) => new JsonObject
        {
            ["id"] = range.Id,
            ["_rid"] = ResourceIds.Container(container),
            ["minInclusive"] = range.Low,
            ["maxExclusive"] = range.High,
            ["ridPrefix"] = 0,
            ["throughputFraction"] = 1.0 / ranges.Count,
            ["status"] = "online",
            ["parents"] = new JsonArray(),
        })];
        var page = new JsonObject { ["_rid"] = ResourceIds.Container(container), ["PartitionKeyRanges"] = list, ["_count"] = ranges.Count };
        var answer = isKnown ? new HttpResponseMessage(HttpStatusCode.NotModified) : Ok(page);
        answer.Headers.TryAddWithoutValidation("etag", RangesETag);
        answer.Headers.TryAddWithoutValidation("x-ms-item-count", isKnown ? "0" : $"{ranges.Count}");
        return answer;
    }

    private void Load()
    {
        foreach (var (number, name) in file.Read("SELECT number, name FROM containers", static row => (row.GetInt32(0), row.GetString(1))))
        {
            _containers[name] = number;
            _containers[ResourceIds.Container(number)] = number;
        }
    }

    private static HttpResponseMessage Missing() => GatewayHandler.Problem(404, "NotFound", "there is no such resource");

    private static HttpResponseMessage Ok(JsonObject json, HttpStatusCode status = HttpStatusCode.OK)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(json.ToJsonString()));
        content.Headers.ContentType = new("application/json");
        return new HttpResponseMessage(status) { Content = content };
    }
}
