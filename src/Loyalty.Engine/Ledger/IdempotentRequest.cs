using Loyalty.Core;
using Loyalty.Core.Serialization;
using Loyalty.Engine.State;
using NodaTime;

namespace Loyalty.Engine.Ledger;

/// <summary>A request that carries an <c>Idempotency-Key</c>: the same key and the same input are one request, however often it is sent.</summary>
/// <param name="Route">What is asked, e.g. <c>adjust</c>: a key belongs to one route.</param>
/// <param name="Key">As it was sent, 1 to 200 printable characters.</param>
/// <param name="InputHash">Of the whole input.</param>
public sealed record IdempotentRequest(string Route, string Key, string InputHash)
{
    /// <summary>The longest key.</summary>
    public const int KeyCharacters = 200;

    /// <summary>Answers are kept this long; later the ledger's own business keys still keep a posting from being made twice.</summary>
    public static Duration Kept { get; } = Duration.FromDays(30);

    /// <summary>A request; null: the key is no key.</summary>
    public static IdempotentRequest? Of<T>(string route, string? key, T input)
    {
        if (string.IsNullOrWhiteSpace(key) || key.Length > KeyCharacters || key.Any(static c => c is < ' ' or > '~')) return null;
        return new IdempotentRequest(route, key, Hashing.Id(32, route, System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(input))));
    }

    /// <summary>The id of its record in the customer's partition.</summary>
    public string DocumentId => "request-" + Hashing.Id(32, Route, Key);

    /// <summary>The business key under which the ledger posts for it.</summary>
    public string BusinessKey => $"{Route}:{Key}";

    /// <summary>What was answered before; null: this is the first time. Reading it makes a concurrent duplicate lose the commit.</summary>
    /// <exception cref="IdempotencyKeyReusedException">The key came with other input before.</exception>
    public async ValueTask<IdempotentAnswer?> FindAsync(PartitionSession session, CancellationToken cancellation = default)
    {
        if (await session.ReadNewAsync<IdempotentAnswer>(DocumentId, cancellation) is not { } answer) return null;
        return answer.InputHash == InputHash ? answer : throw new IdempotencyKeyReusedException();
    }

    /// <summary>Puts the answer into the same batch as what was done.</summary>
    public void Remember<T>(PartitionSession session, T answer, Instant now) => session.Put(
        DocumentId,
        Kinds.Request,
        new IdempotentAnswer(InputHash, System.Text.Encoding.UTF8.GetString(LoyaltyJson.Write(answer)), now),
        wakeAt: null,
        Retention.Until(now, Kept));
}

/// <summary>What was answered to a request.</summary>
/// <param name="InputHash">Of its input.</param>
/// <param name="Answer">JSON.</param>
/// <param name="At">When.</param>
public sealed record IdempotentAnswer(string InputHash, string Answer, Instant At)
{
    public T Read<T>() => LoyaltyJson.Read<T>(System.Text.Encoding.UTF8.GetBytes(Answer));
}

/// <summary>An idempotency key came again with other input. The use case answers <see cref="RefusalCode.IdempotencyKeyReused"/>.</summary>
public sealed class IdempotencyKeyReusedException() : Exception("The idempotency key was used with other input.");
