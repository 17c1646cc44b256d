using Loyalty.Core;
using Microsoft.AspNetCore.Http;

namespace Loyalty.Functions.Http;

/// <summary>Reads a JSON body with a bound, or tells what is wrong with it.</summary>
internal static class JsonRequest
{
    /// <summary>Bytes of a body.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>The header that makes a request one, however often it is sent.</summary>
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>What <see cref="IdempotencyKey"/> means.</summary>
    public const string IdempotencyMeaning =
        "Names this request: sent again with the same body it is answered as before, with another body it is refused.";

    /// <summary>The key as it was sent.</summary>
    public static string? Key(HttpRequest request) => request.Headers[IdempotencyKey].FirstOrDefault();

    /// <summary>The body, or the answer that refuses it.</summary>
    public static async Task<(T? Body, IResult? Refusal)> ReadAsync<T>(HttpRequest request, CancellationToken cancellation)
        where T : class
    {
        var bytes = await RequestBody.ReadAsync(request, MostBytes, cancellation);
        return bytes.Length > MostBytes ? (null, Problems.Result(RefusalCode.BodyTooLarge, "At most 1 MiB.")) : Parse<T>(bytes.Span);
    }

    /// <summary>What a body of the right size says, or the answer that refuses it.</summary>
    public static (T? Body, IResult? Refusal) Parse<T>(ReadOnlySpan<byte> json)
        where T : class
    {
        var (body, problem) = StrictJson.Read<T>(json, "The body");
        return body is null ? (null, Problems.Result(RefusalCode.MalformedBody, problem!)) : (body, null);
    }
}
