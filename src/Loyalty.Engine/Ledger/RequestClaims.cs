using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Ledger;

/// <summary>
/// Keys of requests whose body says whom they are about. The answer lies with that person, where the same key with another person in the body would not be
/// found; so the key itself says what body it came with, once it has done something.
/// </summary>
internal static class RequestClaims
{
    private const string Id = "request";

    /// <summary>Whether the key has done something with another body.</summary>
    public static async ValueTask<bool> HasOtherInputAsync(this IDocumentStore store, IdempotentRequest request, CancellationToken cancellation) =>
        await store.ReadAsync(Keys.RequestPartition(request.Route, request.Key), Id, cancellation) is { } known
        && LoyaltyJson.Read<IdempotentAnswer>(known.Body.Span).InputHash != request.InputHash;

    /// <summary>The key has done something. One that is known already stays as it is.</summary>
    public static async ValueTask ClaimAsync(this IDocumentStore store, IdempotentRequest request, Instant now, CancellationToken cancellation)
    {
        var body = LoyaltyJson.WriteDocument(new IdempotentAnswer(request.InputHash, "", now));
        var claim = new DocumentWrite.Create(Id, Kinds.Request, body, WakeAt: null, Retention.Until(now, IdempotentRequest.Kept));
        await store.CommitAsync(Keys.RequestPartition(request.Route, request.Key), [claim], cancellation);
    }
}
