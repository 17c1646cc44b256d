using System.Text.Json.Nodes;
using Microsoft.Azure.Cosmos;
using Microsoft.Azure.Cosmos.Core.Utf8;
using Microsoft.Azure.Cosmos.Serialization.HybridRow;
using Microsoft.Azure.Cosmos.Serialization.HybridRow.IO;
using Microsoft.Azure.Cosmos.Serialization.HybridRow.Layouts;
using Microsoft.Azure.Cosmos.Serialization.HybridRow.RecordIO;
using Microsoft.Azure.Cosmos.Serialization.HybridRow.Schemas;
using RowResult = Microsoft.Azure.Cosmos.Serialization.HybridRow.Result;

namespace Loyalty.CosmosGateway;

/// <summary>Batches on the wire: records (RecordIO) of rows (HybridRow), both ways, by the schema inside the SDK.</summary>
internal static class BatchCodec
{
    private const int OperationSchema = 2145473648;
    private const int ResultSchema = 2145473649;

    private static readonly LayoutResolverNamespace Resolver = LoadSchemas();

    public static async Task<List<Operation>> ReadAsync(Stream body, string? partition)
    {
        var operations = new List<Operation>();
        var read = await body.ReadRecordIOAsync(
            (ReadOnlyMemory<byte> record) =>
            {
                var row = new RowBuffer(record.Length);
                if (!row.ReadFrom(record.Span, HybridRowVersion.V1, Resolver)) return RowResult.Failure;
                var reader = new RowReader(ref row);
                operations.Add(Read(ref reader, partition));
                return RowResult.Success;
            },
            resizer: new MemorySpanResizer<byte>((int)body.Length));
        return read == RowResult.Success ? operations : throw new FormatException("The batch cannot be read.");
    }

    public static async Task<byte[]> WriteAsync(IReadOnlyList<Result> results)
    {
        var resizer = new MemorySpanResizer<byte>(4096);
        var layout = Resolver.Resolve(new SchemaId(ResultSchema));
        using var stream = new MemoryStream();
        var written = await stream.WriteRecordIOAsync(default, (long index, out ReadOnlyMemory<byte> buffer) =>
        {
            buffer = default;
            if (index >= results.Count) return RowResult.Success;
            var row = new RowBuffer(resizer.Memory.Length, resizer);
            row.InitLayout(HybridRowVersion.V1, layout, Resolver);
            var done = RowWriter.WriteBuffer(ref row, results[(int)index], Write);
            if (done == RowResult.Success) buffer = resizer.Memory[..row.Length];
            return done;
        });
        return written == RowResult.Success ? stream.ToArray() : throw new InvalidOperationException($"The answer of a batch cannot be written: {written}.");
    }

    private static Operation Read(ref RowReader reader, string? partition)
    {
        int kind = 0;
        string? id = null, ifMatch = null;
        byte[] body = [];
        while (reader.Read())
        {
            switch (reader.Path.ToString())
            {
                case "operationType": Expect(reader.ReadInt32(out kind)); break;
                case "partitionKey":
                    Expect(reader.ReadString(out string key));
                    partition = JsonNode.Parse(key)![0]!.GetValue<string>();
                    break;
                case "id": Expect(reader.ReadString(out id)); break;
                case "resourceBody": Expect(reader.ReadBinary(out body)); break;
                case "ifMatch": Expect(reader.ReadString(out ifMatch)); break;
                default: break;
            }
        }

        // A create or upsert names its id in the body only.
        id ??= SentDocument.Read(body).Id;
        return new Operation((OperationKind)kind, partition ?? throw new FormatException("A record names no partition key."), id, body, ifMatch);
    }

    private static RowResult Write(ref RowWriter writer, TypeArgument type, Result result)
    {
        Expect(writer.WriteInt32("statusCode", result.Status));
        Expect(writer.WriteInt32("subStatusCode", 0));
        if (result.ETag is { } etag) Expect(writer.WriteString("eTag", etag));
        if (result.Body is { } body) Expect(writer.WriteBinary("resourceBody", body));
        Expect(writer.WriteFloat64("requestCharge", result.Charge));
        return RowResult.Success;
    }

    private static void Expect(RowResult result)
    {
        if (result != RowResult.Success) throw new InvalidOperationException($"A row of a batch: {result}.");
    }

    private static LayoutResolverNamespace LoadSchemas()
    {
        using var stream = typeof(CosmosClient).Assembly.GetManifestResourceStream("Microsoft.Azure.Cosmos.Batch.HybridRowBatchSchemas.json")!;
        using var reader = new StreamReader(stream);
        return new LayoutResolverNamespace(Namespace.Parse(reader.ReadToEnd()));
    }
}
