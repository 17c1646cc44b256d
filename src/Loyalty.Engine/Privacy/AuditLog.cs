using System.Globalization;
using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Privacy;

/// <summary>
/// Who saw or changed what about whom, and when. Lines are created and never changed; each month is a partition of its own. Without personal data: roles, names
/// of operations, ids.
/// </summary>
public sealed class AuditLog(IDocumentStore store, IClock clock, RetentionRules? retention = null)
{
    private const int PageSize = 500;
    private readonly Duration _keep = (retention ?? RetentionRules.Default).Audit;
    private long _count;

    /// <summary>Writes a line; durable when it answers.</summary>
    /// <param name="actor">Who: <c>key:support</c>, <c>entra:</c> and an object id.</param>
    /// <param name="action">The operation, e.g. <c>GetCustomer</c>.</param>
    /// <param name="customerId">Whom it is about; null: nobody in particular.</param>
    /// <param name="trace">The request's trace, which leads to its log lines; null: none.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task AppendAsync(string actor, string action, string? customerId, string? trace, CancellationToken cancellation = default)
    {
        var now = clock.GetCurrentInstant();
        var line = new AuditLine(now, actor, action, customerId, trace);
        for (var attempt = 0; ; attempt++)
        {
            // In the order of time; the rest tells lines of one moment apart, also those of several processes.
            var unique = Hashing.Id(16, Environment.MachineName, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), Interlocked.Increment(ref _count).ToString(CultureInfo.InvariantCulture), actor, action, customerId ?? "", trace ?? "");
            var id = string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds():D14}-{unique}");
            var write = new DocumentWrite.Create(id, Kinds.Audit, LoyaltyJson.Write(line), ExpiresAt: Retention.Until(now, _keep));
            if ((await store.CommitAsync(Partition(now), [write], cancellation)).IsCommitted || attempt == 5) return;
        }
    }

    /// <summary>Lines of a month, the latest first.</summary>
    /// <param name="month">Any moment of it.</param>
    /// <param name="customerId">Only lines about this customer; null: all.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<AuditLine>> ListAsync(Instant month, string? customerId, int limit, CancellationToken cancellation = default)
    {
        var lines = store.ReadAllAsync<AuditLine>(new DocumentQuery(Partition(month), "", PageSize, Descending: true), cancellation);
        return await lines.Where(line => customerId is null || line.CustomerId == customerId).Take(limit).ToListAsync(cancellation);
    }

    /// <summary>Every line about a customer that is kept, at most 1,000, the latest first.</summary>
    public async Task<IReadOnlyList<AuditLine>> OfAsync(string customerId, CancellationToken cancellation = default)
    {
        const int Most = 1000;
        var found = new List<AuditLine>();
        var month = clock.GetCurrentInstant().InUtc().Date;
        var last = (clock.GetCurrentInstant() - _keep).InUtc().Date.With(DateAdjusters.StartOfMonth);
        for (var i = 0; month.PlusMonths(-i) >= last && found.Count < Most; i++)
        {
            found.AddRange(await ListAsync(month.PlusMonths(-i).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant(), customerId, Most - found.Count, cancellation));
        }

        return found;
    }

    private static string Partition(Instant at) => "audit:" + at.ToString("yyyy-MM", CultureInfo.InvariantCulture);
}

/// <summary>One line.</summary>
/// <param name="At">When.</param>
/// <param name="Actor">Whose key was used, or the object id of a person or app.</param>
/// <param name="Action">The operation.</param>
/// <param name="CustomerId">Whom it is about; null: nobody in particular.</param>
/// <param name="Trace">W3C trace id; null: none.</param>
public sealed record AuditLine(Instant At, string Actor, string Action, string? CustomerId, string? Trace);
