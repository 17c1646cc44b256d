using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;

namespace Loyalty.CosmosGateway;

/// <summary>What the service does with documents: conditions, ETags, time to live, log sequence numbers.</summary>
internal sealed class GatewayData(GatewayFile file, Func<Instant> now)
{
    private const string NotExpired = "(expires_at IS NULL OR expires_at > @now)";

    public long Seconds => now().ToUnixTimeSeconds();

    public KeptDocument? Find(int container, string partition, string id) => file.Read(
        $"SELECT {KeptDocument.Columns} FROM docs WHERE container = @c AND pk = @pk AND id = @id AND {NotExpired}",
        KeptDocument.Read,
        ("@c", container),
        ("@pk", partition),
        ("@id", id),
        ("@now", Seconds)).FirstOrDefault();

    /// <summary>A number for one transaction.</summary>
    public long NextLsn() => file.Read("UPDATE sequence SET last = last + 1 RETURNING last", static row => row.GetInt64(0))[0];

    public long LastLsn() => file.Read("SELECT last FROM sequence", static row => row.GetInt64(0))[0];

    /// <summary>One operation, inside a transaction.</summary>
    public Result Do(int container, Operation operation, long lsn, int position)
    {
        try
        {
            var known = Find(container, operation.Partition, operation.Id);
            int knownBytes = known?.Json.Length ?? 0;
            if (operation.Kind is OperationKind.Create && known is not null) return Refused(409, knownBytes);
            if (operation.Kind is OperationKind.Replace or OperationKind.Delete or OperationKind.Patch or OperationKind.Read && known is null) return Refused(404, 0);
            if (operation.IfMatch is { } expected && expected != "*" && known is not null && known.ETag != expected) return Refused(412, knownBytes);
            switch (operation.Kind)
            {
                case OperationKind.Read: return new Result(200, known!.ETag, known.Json, RequestCharges.Read(knownBytes));
                case OperationKind.Delete:
                    file.Execute("DELETE FROM docs WHERE row = @row", ("@row", known!.Row));
                    return new Result(204, null, null, RequestCharges.Write(knownBytes));
                case OperationKind.Patch: return Put(container, operation with { Body = Patched(known!.Json, operation.Body) }, known, lsn, position);
                default: return Put(container, operation, known, lsn, position);
            }
        }
        catch (FormatException malformed)
        {
            return new Result(400, null, null, 0) { Message = malformed.Message };
        }
    }

    /// <summary>Documents of a range or partition, by a query.</summary>
    public List<KeptDocument> Query(int container, string? partition, PartitionRange? range, GatewaySql sql, string? after, int limit)
    {
        string sign = sql.IsDescending ? "<" : ">";
        var parts = after is null ? null : JsonSerializer.Deserialize<string[]>(after);
        string behind = parts is null ? string.Empty
            : sql.Order == "row" ? $" AND row {sign} @row" : $" AND ({sql.Order}, row) {sign} (@last, @row)";
        string way = sql.IsDescending ? "DESC" : "ASC";
        string order = sql.Order == "row" ? $"row {way}" : $"{sql.Order} {way}, row {way}";
        string place = partition is null ? "epk >= @low AND epk < @high" : "pk = @pk";
        // Only documents that have the property are in its order.
        string has = sql.Order == "row" ? string.Empty : $" AND {sql.Order} IS NOT NULL";
        return file.Read(
            $"SELECT {KeptDocument.Columns} FROM docs WHERE container = @c AND {place} AND {NotExpired}{sql.Where}{has}{behind} ORDER BY {order} LIMIT @limit",
            KeptDocument.Read,
            [
                ("@c", container), ("@pk", partition), ("@low", range?.Low), ("@high", range?.High), ("@now", Seconds), ("@limit", limit),
                ("@last", parts?[0]), ("@row", parts is null ? null : long.Parse(parts[1], CultureInfo.InvariantCulture)),
                .. sql.Values.Select(static (value, index) => ($"@v{index}", (object?)value)),
            ]);
    }

    /// <summary>Where a query goes on behind a document.</summary>
    public static string After(GatewaySql sql, KeptDocument last) => JsonSerializer.Serialize<string[]>(
        [sql.Order switch { "id" => last.Id, "wake_at" => last.WakeAt!, _ => string.Empty }, last.Row.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Changes of a range behind a number, oldest first; a transaction is never cut.</summary>
    public List<KeptDocument> Changes(int container, PartitionRange range, long after, int limit)
    {
        const string Select = "SELECT " + KeptDocument.Columns + " FROM docs WHERE container = @c AND epk >= @low AND epk < @high AND " + NotExpired;
        (string, object?)[] common = [("@c", container), ("@low", range.Low), ("@high", range.High), ("@now", Seconds), ("@after", after)];
        var page = file.Read(Select + " AND lsn > @after ORDER BY lsn, position LIMIT @limit", KeptDocument.Read, [.. common, ("@limit", limit)]);
        return page.Count < limit
            ? page
            : file.Read(Select + " AND lsn > @after AND lsn <= @last ORDER BY lsn, position", KeptDocument.Read, [.. common, ("@last", page[^1].Lsn)]);
    }

    private Result Put(int container, Operation operation, KeptDocument? known, long lsn, int position)
    {
        var sent = SentDocument.Read(operation.Body);
        if (sent.Partition != operation.Partition) throw new FormatException("The partition key of the request is not the document's.");
        if (operation.Kind is OperationKind.Replace && sent.Id != operation.Id) throw new FormatException("The id of the request is not the document's.");
        string etag = string.Create(CultureInfo.InvariantCulture, $"\"{lsn:x8}-{position:x4}-0700-0000-{Seconds:x8}0000\"");
        long? expiresAt = sent.TimeToLive is > 0 ? Seconds + sent.TimeToLive : null;
        // What has expired makes room.
        if (known is null) file.Execute("DELETE FROM docs WHERE container = @c AND pk = @pk AND id = @id", ("@c", container), ("@pk", sent.Partition), ("@id", sent.Id));
        (string, object?)[] values =
        [
            ("@c", container), ("@pk", sent.Partition), ("@id", sent.Id), ("@epk", PartitionHash.Of(sent.Partition)), ("@lsn", lsn), ("@position", position),
            ("@expires", expiresAt), ("@kind", sent.Kind), ("@wake", sent.WakeAt), ("@etag", etag), ("@row", known?.Row),
            ("@json", sent.With(ResourceIds.Document(container, lsn * 1000 + position), etag, Seconds)),
        ];
        if (known is null)
        {
            file.Execute(
                "INSERT INTO docs(container, pk, id, epk, lsn, position, expires_at, kind, wake_at, etag, json) VALUES(@c, @pk, @id, @epk, @lsn, @position, @expires, @kind, @wake, @etag, @json)",
                values);
        }
        else
        {
            file.Execute(
                "UPDATE docs SET lsn = @lsn, position = @position, expires_at = @expires, kind = @kind, wake_at = @wake, etag = @etag, json = @json WHERE row = @row",
                values);
        }

        return new Result(known is null ? 201 : 200, etag, null, RequestCharges.Write(operation.Body.Length));
    }

    /// <summary>The patch that the adapter uses: set of one property at the top.</summary>
    private static byte[] Patched(byte[] document, ReadOnlyMemory<byte> patch)
    {
        var target = JsonNode.Parse(document)!.AsObject();
        foreach (var one in JsonNode.Parse(patch.Span)!["operations"]!.AsArray())
        {
            string path = one!["path"]!.GetValue<string>();
            if (one["op"]!.GetValue<string>() != "set" || path.LastIndexOf('/') != 0) throw new FormatException("The gateway patches by set of a property at the top only.");
            target[path[1..]] = one["value"]!.DeepClone();
        }

        return JsonSerializer.SerializeToUtf8Bytes(target);
    }

    private static Result Refused(int status, int bytes) => new(status, null, null, RequestCharges.Refused(bytes));
}

internal enum OperationKind
{
    Create = 0,
    Patch = 1,
    Read = 2,
    Delete = 4,
    Replace = 5,
    Upsert = 20,
}

/// <summary>What a request, or one record of a batch, asks for.</summary>
internal sealed record Operation(OperationKind Kind, string Partition, string Id, ReadOnlyMemory<byte> Body, string? IfMatch);

/// <summary>What became of it.</summary>
internal sealed record Result(int Status, string? ETag, byte[]? Body, double Charge)
{
    public string? Message { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;
}
