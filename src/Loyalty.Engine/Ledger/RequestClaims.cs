using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Ledger;

/// <summary>
/// Keys of requests whose body says whom they are about. The answer lies with that person, where the same key with another person in the body would not be
/// found; so the key itself says what body it came with, before anything is done for it: of two bodies with one key at the same time one wins.
/// </summary>
internal static class RequestClaims
{
    private const string Id = "request";

    /// <summary>Takes the key for this body. Whoever is then refused calls <see cref="ReleaseAsync"/>; a crash leaves the key with the body that may have done something.</summary>
    /// <returns>False: another body has the key.</returns>
    public static async ValueTask<bool> TryClaimAsync(this IDocumentStore store, IdempotentRequest request, Instant now, CancellationToken cancellation)
    {
        var partition = Keys.RequestPartition(request.Route, request.Key);
        var claim = new RequestClaim(request.InputHash, 1);
        // Most keys are new: that costs one write and no read.
        if (await store.CommitAsync(partition, [Created(claim, now)], cancellation) is BatchOutcome.Committed) return true;
        var answer = await Attempts.UntilCommittedAsync(async () =>
        {
            if (await store.ReadAsync(partition, Id, cancellation) is not { } known)
                return await store.CommitAsync(partition, [Created(claim, now)], cancellation) is BatchOutcome.Committed ? new Answer(true) : null;
            var other = LoyaltyJson.Read<RequestClaim>(known.Body.Span);
            if (other.InputHash != request.InputHash) return new Answer(false);
            return await store.CommitAsync(partition, [Changed(known.ETag, other with { Holders = other.Holders + 1 }, now)], cancellation) is BatchOutcome.Committed
                ? new Answer(true)
                : null;
        });
        return answer.IsMine;
    }

    /// <summary>The request was refused: what did nothing has not used the key. As long as a repetition of it is under way or has done something, the key stays taken.</summary>
    public static Task ReleaseAsync(this IDocumentStore store, IdempotentRequest request, Instant now, CancellationToken cancellation) =>
        Attempts.UntilCommittedAsync(async () =>
        {
            var partition = Keys.RequestPartition(request.Route, request.Key);
            if (await store.ReadAsync(partition, Id, cancellation) is not { } known) return new Answer(false);
            var claim = LoyaltyJson.Read<RequestClaim>(known.Body.Span);
            if (claim.InputHash != request.InputHash) return new Answer(false);
            DocumentWrite write = claim.Holders <= 1 ? new DocumentWrite.Delete(Id, known.ETag) : Changed(known.ETag, claim with { Holders = claim.Holders - 1 }, now);
            return await store.CommitAsync(partition, [write], cancellation) is BatchOutcome.Committed ? new Answer(false) : null;
        });

    private static DocumentWrite.Create Created(RequestClaim claim, Instant now) =>
        new(Id, Kinds.Request, LoyaltyJson.WriteDocument(claim), WakeAt: null, Retention.Until(now, IdempotentRequest.Kept));

    private static DocumentWrite.Replace Changed(string etag, RequestClaim claim, Instant now) =>
        new(Id, etag, Kinds.Request, LoyaltyJson.WriteDocument(claim), WakeAt: null, Retention.Until(now, IdempotentRequest.Kept));

    private sealed record Answer(bool IsMine);
}

/// <summary>What body an idempotency key came with.</summary>
/// <param name="InputHash">Of the body.</param>
/// <param name="Holders">Requests with it that did something or are under way; one that is refused gives its place back. Default 1: what was
/// written before they were counted had done something.</param>
internal sealed record RequestClaim(string InputHash, int Holders = 1);
