using System.Collections.Concurrent;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Intake;

/// <summary>
/// Connectors whose signed deliveries were refused because no secret is set for them, so that an operator learns why. Anybody can send such a delivery: what is noted of it is that one came,
/// in one document for each connector and at most once an hour.
/// </summary>
public sealed class UnsetConnectors(IDocumentStore store, IClock clock)
{
    /// <summary>How long after the last delivery it is told.</summary>
    public static Duration TellsFor { get; } = Duration.FromDays(1);

    private static readonly Duration NotesEvery = Duration.FromHours(1);
    private readonly ConcurrentDictionary<string, Instant> _noted = new(StringComparer.Ordinal);

    /// <summary>Notes that a delivery was refused.</summary>
    /// <returns>Whether it is the first within the hour, and so worth a line in the log.</returns>
    public async Task<bool> NoteAsync(string connector, CancellationToken cancellation = default)
    {
        var now = clock.GetCurrentInstant();
        if (_noted.TryGetValue(connector, out var last) ? now - last < NotesEvery || !_noted.TryUpdate(connector, now, last) : !_noted.TryAdd(connector, now)) return false;
        try
        {
            var write = new DocumentWrite.Upsert(connector, Kinds.UnsetConnector, LoyaltyJson.Write(new UnsetConnector(connector, now)), ExpiresAt: Retention.Until(now, TellsFor));
            await store.CommitAsync(Keys.ConnectorPartition, [write], cancellation);
        }
        catch (StoreUnavailableException)
        {
            // The log tells it, and the next hour's delivery notes it; the refusal stands without.
        }

        return true;
    }

    /// <summary>Those that refused a delivery within <see cref="TellsFor"/>, by name.</summary>
    public async Task<IReadOnlyList<UnsetConnector>> ListAsync(CancellationToken cancellation = default)
    {
        var (since, found) = (clock.GetCurrentInstant() - TellsFor, new List<UnsetConnector>());
        await foreach (var document in store.ScanAsync(Kinds.UnsetConnector, cancellation: cancellation))
        {
            var one = LoyaltyJson.Read<UnsetConnector>(document.Body.Span);
            if (one.LastAt > since) found.Add(one);
        }

        return [.. found.OrderBy(static one => one.Connector, StringComparer.Ordinal)];
    }
}

/// <summary>A connector without a secret that was delivered to.</summary>
/// <param name="Connector">Its name, e.g. <c>shopify</c>.</param>
/// <param name="LastAt">When the last delivery was refused, to the hour.</param>
public sealed record UnsetConnector(string Connector, Instant LastAt);
