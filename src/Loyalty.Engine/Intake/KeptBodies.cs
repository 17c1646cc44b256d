using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Intake;

/// <summary>Genuine bodies that could not be mapped: kept with their reason for 90 days, so that they can be replayed after a fix.</summary>
public sealed class KeptBodies(IDocumentStore store, IClock clock)
{
    /// <summary>Keeps a body once, however often it is delivered.</summary>
    public async Task KeepAsync(
        string connector, RefusalCode code, string detail, string? topic, ReadOnlyMemory<byte> body, CancellationToken cancellation = default)
    {
        var now = clock.GetCurrentInstant();
        var text = Convert.ToBase64String(body.Span);
        var document = new KeptBody(connector, code, detail, topic, now, text);
        await store.CommitAsync(
            "kept:" + connector,
            [new DocumentWrite.Create(Hashing.Id(32, "kept", topic ?? "", text), "kept", LoyaltyJson.Write(document), ExpiresAt: Retention.Until(now, Retention.Intake))],
            cancellation);
    }
}

/// <summary>A kept body; <paramref name="Body"/> is base64 of the raw bytes.</summary>
public sealed record KeptBody(string Connector, RefusalCode Code, string Detail, string? Topic, Instant At, string Body);
