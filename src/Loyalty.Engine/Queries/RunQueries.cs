using System.Collections.Immutable;
using Loyalty.Core.Customers;
using Loyalty.Core.Runs;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Queries;

/// <summary>Runs over all customers, for marketers and operators. Reports: they read every partition until they have what was asked.</summary>
public sealed class RunQueries(IDocumentStore store, IProgramSource programs)
{
    /// <summary>Runs of an answer, at most.</summary>
    public const int MaxRuns = 1000;
    private const int PageSize = 500;

    /// <summary>Runs that fit, as they come.</summary>
    public async Task<RunList> ListAsync(RunFilter filter, CancellationToken cancellation = default)
    {
        var found = new List<RunDocument>();
        await foreach (var document in store.ScanAsync(Kinds.Run, PageSize, cancellation))
        {
            if (filter.Journey is { } journey && document.Body.Span.IndexOf(System.Text.Encoding.UTF8.GetBytes($"\"{journey}\"")) < 0) continue;
            var run = LoyaltyJson.Read<RunDocument>(document.Body.Span);
            if (!filter.Fits(run)) continue;
            if (found.Count == Math.Min(filter.Limit, MaxRuns)) return new RunList(found, HasMore: true);
            found.Add(run);
        }

        return new RunList(found, HasMore: false);
    }

    /// <summary>One run with what is needed to tell its story; null: unknown.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="customerId">Whose it is; null: every partition is looked through.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<RunStory?> StoryAsync(string runId, string? customerId, CancellationToken cancellation = default)
    {
        var run = customerId is not null ? await ReadAsync(customerId, runId, cancellation) : await FindAsync(runId, cancellation);
        if (run is null) return null;
        var session = new PartitionSession(store, Keys.CustomerPartition(run.Run.CustomerId));
        var customer = await session.ReadAsync<CustomerState>(Keys.CustomerId, cancellation);
        var messages = new List<MessageRecord>();
        var page = await store.QueryAsync(
            new DocumentQuery(session.Partition, Keys.MessagePrefix + runId + "-", StoreLimits.PageSize), cancellation);
        foreach (var document in page.Items) messages.Add(session.Adopt<MessageRecord>(document));
        return RunStory.Of(run, messages, CustomerMoments.ZoneOf(customer, programs.Current.Model));
    }

    private async Task<RunDocument?> ReadAsync(string customerId, string runId, CancellationToken cancellation) =>
        await new PartitionSession(store, Keys.CustomerPartition(customerId)).ReadAsync<RunDocument>(Keys.Run(runId), cancellation);

    private async Task<RunDocument?> FindAsync(string runId, CancellationToken cancellation)
    {
        await foreach (var document in store.ScanAsync(Kinds.Run, PageSize, cancellation))
        {
            if (document.Id == Keys.Run(runId)) return LoyaltyJson.Read<RunDocument>(document.Body.Span);
        }

        return null;
    }
}

/// <summary>Which runs.</summary>
public sealed record RunFilter
{
    public string? Journey { get; init; }

    /// <summary>Where the run waits.</summary>
    public string? Step { get; init; }

    /// <summary>null: all that live, and no finished ones.</summary>
    public RunStatus? State { get; init; }

    public int? Version { get; init; }

    /// <summary>1 to <see cref="RunQueries.MaxRuns"/>. Default 100.</summary>
    public int Limit { get; init; } = 100;

    public bool Fits(RunDocument document) =>
        (Journey is null || document.Run.Journey == Journey)
        && (Step is null || document.Run.Position?.Step == Step)
        && (Version is null || document.Run.Version == Version)
        && (State is { } state ? document.Status == state : document.Status != RunStatus.Finished);
}

/// <param name="Runs">At most as many as were asked for.</param>
/// <param name="HasMore">There are others.</param>
public sealed record RunList(IReadOnlyList<RunDocument> Runs, bool HasMore);
