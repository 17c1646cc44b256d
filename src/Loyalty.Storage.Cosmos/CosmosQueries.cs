using Microsoft.Azure.Cosmos;
using NodaTime;

namespace Loyalty.Storage.Cosmos;

/// <summary>Every query there is.</summary>
internal static class CosmosQueries
{
    /// <summary>Inside one partition (which the request names), by the index of ids.</summary>
    public static QueryDefinition InPartition(string idPrefix, string? after, bool descending)
    {
        string behind = after is null ? string.Empty : descending ? " AND c.id < @after" : " AND c.id > @after";
        var query = new QueryDefinition(
            $"SELECT * FROM c WHERE STARTSWITH(c.id, @prefix){behind} ORDER BY c.id {(descending ? "DESC" : "ASC")}");
        query.WithParameter("@prefix", idPrefix);
        return after is null ? query : query.WithParameter("@after", after);
    }

    /// <summary>In one range of partitions, by the index of <c>wakeAt</c>, without the bodies.</summary>
    public static QueryDefinition Due(Instant until) =>
        new QueryDefinition("SELECT c.pk, c.id, c.kind, c.wakeAt, c.expiresAt FROM c WHERE c.wakeAt <= @until ORDER BY c.wakeAt ASC")
            .WithParameter("@until", Envelope.Text(until));

    /// <summary>In one range of partitions, by the index of <c>kind</c>; reports only.</summary>
    public static QueryDefinition Kind(string kind) => new QueryDefinition("SELECT * FROM c WHERE c.kind = @kind").WithParameter("@kind", kind);
}
