using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Loyalty.CosmosGateway;

/// <summary>The account's HTTP: finds out what a request asks for, lets it fail where that is planned, answers.</summary>
internal sealed class GatewayHandler(
    GatewayFile file, GatewayData data, IReadOnlyList<PartitionRange> ranges, Faults faults, Charges charges) : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private readonly AccountPages _account = new(file, ranges);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        string[] path = [.. request.RequestUri!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        if (path is not ["dbs", _, "colls", var container, "docs", ..])
        {
            lock (_gate) return Finish(_account.Answer(request, path, body), request, 0);
        }

        string operation = Name(request, path);
        var fault = faults.Next(operation);
        if (fault is { } early && Before(early) is { } refused) return Finish(refused, request, 0);
        if (fault == Fault.BrokenBefore) throw new HttpRequestException("The connection was reset (planned).");
        var answer = await DocumentsAsync(request, operation, container, path.Length > 5 ? path[5] : null, body);
        return fault switch
        {
            Fault.BrokenAfter => throw new HttpRequestException("The connection was reset (planned)."),
            Fault.TimedOutAfter => Finish(Problem(408, "RequestTimeout", "planned"), request, 0),
            _ => answer,
        };
    }

    private static string Name(HttpRequestMessage request, string[] path) => (request.Method.Method, path.Length) switch
    {
        ("GET", 5) => "feed",
        ("GET", _) => "read",
        ("PUT", _) => "replace",
        ("PATCH", _) => "patch",
        ("DELETE", _) => "delete",
        _ when Header(request, "x-ms-cosmos-is-query-plan-request") is "True" => "plan",
        _ when Header(request, "x-ms-cosmos-is-batch-request") is "True" => "batch",
        _ when request.Content?.Headers.ContentType?.MediaType == "application/query+json" => "query",
        _ when Header(request, "x-ms-documentdb-is-upsert") is "True" => "upsert",
        _ => "create",
    };

    private static HttpResponseMessage? Before(Fault fault)
    {
        switch (fault)
        {
            case Fault.Throttled:
                var answer = Problem(429, "TooManyRequests", "planned");
                answer.Headers.Add("x-ms-retry-after-ms", "1");
                return answer;
            case Fault.Unavailable: return Problem(503, "ServiceUnavailable", "planned");
            case Fault.RetryWith: return Problem(449, "RetryWith", "planned");
            case Fault.PreconditionFailed: return Problem(412, "PreconditionFailed", "planned");
            default: return null;
        }
    }

    private async Task<HttpResponseMessage> DocumentsAsync(HttpRequestMessage request, string operation, string container, string? id, byte[] body)
    {
        if (_account.ContainerNumber(container) is not { } number)
        {
            var missing = Problem(404, "NotFound", "no such container");
            missing.Headers.Add("x-ms-substatus", "1003");
            return Finish(missing, request, 0);
        }

        string? partition = Header(request, "x-ms-documentdb-partitionkey") is { } key ? JsonNode.Parse(key)?[0]?.GetValue<string>() : null;
        try
        {
            switch (operation)
            {
                case "batch": return await BatchAsync(request, number, partition, body);
                case "query": return Query(request, number, partition, body);
                case "feed": return Feed(request, number);
                case "plan": return Finish(new HttpResponseMessage(HttpStatusCode.OK) { Content = Json(GatewaySql.Plan(body)) }, request, 0);
                default: return Point(request, operation, number, partition!, id, body);
            }
        }
        catch (FormatException malformed)
        {
            return Finish(Problem(400, "BadRequest", malformed.Message), request, 0);
        }
    }

    private HttpResponseMessage Point(HttpRequestMessage request, string operation, int container, string partition, string? id, byte[] body)
    {
        var kind = Enum.Parse<OperationKind>(operation, ignoreCase: true);
        var asked = new Operation(kind, partition, id ?? SentDocument.Read(body).Id, body, request.Headers.IfMatch.FirstOrDefault()?.Tag ?? Header(request, "If-Match"));
        Result result = new(500, null, null, 0);
        lock (_gate)
        {
            file.InTransaction(() => (result = data.Do(container, asked, kind == OperationKind.Read ? 0 : data.NextLsn(), 0)).IsSuccess);
        }

        charges.Add(operation, $"{asked.Id}({Math.Max(body.Length, result.Body?.Length ?? 0)})", result.Charge);
        var answer = result.IsSuccess ? new HttpResponseMessage((HttpStatusCode)result.Status) : Problem(result.Status, "Refused", result.Message ?? operation);
        if (result.Body is { } found) answer.Content = Json(found);
        if (result.ETag is { } etag) answer.Headers.TryAddWithoutValidation("etag", etag);
        return Finish(answer, request, result.Charge);
    }

    private async Task<HttpResponseMessage> BatchAsync(HttpRequestMessage request, int container, string? partition, byte[] body)
    {
        using var stream = new MemoryStream(body, writable: false);
        var operations = await BatchCodec.ReadAsync(stream, partition);
        bool isAtomic = Header(request, "x-ms-cosmos-batch-atomic") is "True";
        if (operations.Count > 100) return Finish(Problem(400, "BadRequest", "more than 100 operations"), request, 0);
        if (Header(request, "x-ms-documentdb-partitionkeyrangeid") is { } rangeId)
        {
            // The SDK routes by its own hash: it has to be ours.
            var range = ranges.Single(one => one.Id == rangeId);
            if (operations.Exists(one => !range.Holds(PartitionHash.Of(one.Partition)))) return Finish(Problem(400, "BadRequest", "a record of another range"), request, 0);
        }

        Result[] results;
        lock (_gate) results = isAtomic ? Together(container, operations) : [.. operations.Select(one => Alone(container, one))];
        double charge = results.Sum(static one => one.Charge);
        charges.Add("batch", string.Join(' ', operations.Select(static one => $"{one.Kind}:{one.Id}({one.Body.Length})")), charge);
        bool isSuccess = Array.TrueForAll(results, static one => one.IsSuccess);
        var answer = new HttpResponseMessage(isSuccess ? HttpStatusCode.OK : HttpStatusCode.MultiStatus) { Content = new ByteArrayContent(await BatchCodec.WriteAsync(results)) };
        return Finish(answer, request, charge);
    }

    private Result[] Together(int container, List<Operation> operations)
    {
        var results = new Result[operations.Count];
        file.InTransaction(() =>
        {
            long lsn = data.NextLsn();
            for (int index = 0; index < results.Length; index++)
            {
                results[index] = data.Do(container, operations[index], lsn, index);
                if (results[index].IsSuccess) continue;
                for (int other = 0; other < results.Length; other++)
                {
                    if (other != index) results[other] = new Result(424, null, null, results[other]?.Charge ?? 0);
                }

                return false;
            }

            return true;
        });
        return results;
    }

    private Result Alone(int container, Operation operation)
    {
        Result result = new(500, null, null, 0);
        file.InTransaction(() => (result = data.Do(container, operation, data.NextLsn(), 0)).IsSuccess);
        return result;
    }

    private HttpResponseMessage Query(HttpRequestMessage request, int container, string? partition, byte[] body)
    {
        var sql = GatewaySql.Parse(body);
        var range = partition is null ? RangeOf(request) : null;
        int limit = int.Parse(Header(request, "x-ms-max-item-count") ?? "100", CultureInfo.InvariantCulture);
        if (limit < 1) limit = 100;
        List<KeptDocument> found;
        lock (_gate) found = data.Query(container, partition, range, sql, Header(request, "x-ms-continuation"), limit + 1);
        bool more = found.Count > limit;
        if (more) found.RemoveAt(limit);
        double charge = RequestCharges.Query(found.Select(static one => one.Json.Length));
        charges.Add("query", partition ?? range!.Id, charge);
        var answer = Page(container, found.Select(one => sql.Show(one)));
        if (more) answer.Headers.TryAddWithoutValidation("x-ms-continuation", GatewayData.After(sql, found[^1]));
        return Finish(answer, request, charge);
    }

    private HttpResponseMessage Feed(HttpRequestMessage request, int container)
    {
        if (Header(request, "A-IM") is null) return Finish(Problem(400, "BadRequest", "the gateway lists documents by queries only"), request, 0);
        var range = RangeOf(request);
        int limit = int.Parse(Header(request, "x-ms-max-item-count") ?? "100", CultureInfo.InvariantCulture);
        string? from = Header(request, "If-None-Match");
        List<KeptDocument> found;
        long last;
        lock (_gate)
        {
            last = from == "*" ? data.LastLsn() : from is null ? 0 : long.Parse(from.Trim('"'), CultureInfo.InvariantCulture);
            found = from == "*" ? [] : data.Changes(container, range, last, limit < 1 ? 100 : limit);
        }

        double charge = found.Count == 0 ? RequestCharges.EmptyFeed : RequestCharges.Query(found.Select(static one => one.Json.Length));
        charges.Add("feed", range.Id, charge);
        if (found.Count > 0) last = found[^1].Lsn;
        var answer = found.Count == 0 ? new HttpResponseMessage(HttpStatusCode.NotModified) : Page(container, found.Select(static one => JsonNode.Parse(one.Json)!));
        answer.Headers.TryAddWithoutValidation("etag", $"\"{last}\"");
        if (found.Count == 0) answer.Headers.Add("x-ms-item-count", "0");
        return Finish(answer, request, charge);
    }

    private PartitionRange RangeOf(HttpRequestMessage request) => Header(request, "x-ms-documentdb-partitionkeyrangeid") is { } id
        ? ranges.Single(one => one.Id == id.Split(',')[^1])
        : throw new FormatException("Neither a partition key nor a range is named.");

    private static HttpResponseMessage Page(int container, IEnumerable<JsonNode> documents)
    {
        JsonArray array = [.. documents];
        int count = array.Count;
        var page = new JsonObject { ["_rid"] = ResourceIds.Container(container), ["Documents"] = array, ["_count"] = count };
        var answer = new HttpResponseMessage(HttpStatusCode.OK) { Content = Json(Encoding.UTF8.GetBytes(page.ToJsonString())) };
        answer.Headers.Add("x-ms-item-count", count.ToString(CultureInfo.InvariantCulture));
        return answer;
    }

    private static ByteArrayContent Json(byte[] utf8)
    {
        var content = new ByteArrayContent(utf8);
        content.Headers.ContentType = new("application/json");
        return content;
    }

    internal static HttpResponseMessage Problem(int status, string code, string message) => new((HttpStatusCode)status)
    {
        Content = Json(Encoding.UTF8.GetBytes(new JsonObject { ["code"] = code, ["message"] = message }.ToJsonString())),
    };

    private static string? Header(HttpRequestMessage request, string name) =>
        request.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private static HttpResponseMessage Finish(HttpResponseMessage answer, HttpRequestMessage request, double charge)
    {
        answer.RequestMessage = request;
        answer.Headers.TryAddWithoutValidation("x-ms-request-charge", charge.ToString("0.##", CultureInfo.InvariantCulture));
        answer.Headers.TryAddWithoutValidation("x-ms-activity-id", "00000000-0000-0000-0000-000000000001");
        answer.Headers.TryAddWithoutValidation("x-ms-session-token", "0:-1#1");
        return answer;
    }
}
