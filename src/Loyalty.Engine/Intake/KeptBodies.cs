using System.Text;
using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Intake;

/// <summary>Genuine bodies that could not be mapped: kept with their reason for 90 days, so that they can be replayed after a fix.</summary>
public sealed class KeptBodies(IDocumentStore store, IClock clock)
{
    private const int PageSize = 200;

    /// <summary>Keeps a body once, however often it is delivered.</summary>
    /// <param name="connector">Who took it in.</param>
    /// <param name="code">Why it cannot be mapped.</param>
    /// <param name="detail">The same in words.</param>
    /// <param name="topic">As the platform names it; null: it does not.</param>
    /// <param name="body">As it came.</param>
    /// <param name="source">The shop that sent it, e.g. <c>shopify:tea.myshopify.com</c>; null: not known.</param>
    /// <param name="cancellation">Gives up; the platform sends again.</param>
    public async Task KeepAsync(
        string connector, RefusalCode code, string detail, string? topic, ReadOnlyMemory<byte> body, string? source = null, CancellationToken cancellation = default)
    {
        var now = clock.GetCurrentInstant();
        var text = Convert.ToBase64String(body.Span);
        var document = new KeptBody(connector, code, detail, topic, now, text) { Source = source };
        await store.CommitAsync(
            "kept:" + connector,
            [new DocumentWrite.Create(Hashing.Id(32, "kept", topic ?? "", text), Kinds.Kept, LoyaltyJson.Write(document), ExpiresAt: Retention.Until(now, Retention.Intake))],
            cancellation);
    }

    /// <summary>Removes those of which something is true; of the store's whole, page by page.</summary>
    /// <param name="goes">Body as text, and what is known of it.</param>
    /// <param name="cancellation">Gives up; to be done again.</param>
    public async Task RemoveAsync(Func<KeptBody, string, bool> goes, CancellationToken cancellation = default)
    {
        await foreach (var document in store.ScanAsync(Kinds.Kept, PageSize, cancellation))
        {
            var kept = LoyaltyJson.Read<KeptBody>(document.Body.Span);
            if (goes(kept, Encoding.UTF8.GetString(Convert.FromBase64String(kept.Body))))
                await store.CommitAsync(document.Partition, [new DocumentWrite.Delete(document.Id)], cancellation);
        }
    }
}

/// <summary>A kept body; <paramref name="Body"/> is base64 of the raw bytes.</summary>
public sealed record KeptBody(string Connector, RefusalCode Code, string Detail, string? Topic, Instant At, string Body)
{
    /// <summary>The shop that sent it; null: it did not say.</summary>
    public string? Source { get; init; }
}
