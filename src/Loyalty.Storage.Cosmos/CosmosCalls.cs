using System.Globalization;
using System.Net;
using Loyalty.Engine.Storage;
using Microsoft.Azure.Cosmos;

namespace Loyalty.Storage.Cosmos;

/// <summary>Makes calls, counts their charge, makes them again where that helps, and says in the port's words how they fail.</summary>
internal sealed class CosmosCalls(CosmosStoreOptions options)
{
    private const int RetryWith = 449;

    /// <summary>A read: made again until it answers.</summary>
    /// <exception cref="StoreUnavailableException">It did not.</exception>
    public async Task<ResponseMessage> ReadAsync(string operation, Func<Task<ResponseMessage>> call, CancellationToken cancellation)
    {
        for (int attempt = 0; ; attempt++)
        {
            var answer = await TryAsync(operation, call, cancellation);
            if (answer.Response is { } response && (int)response.StatusCode is < 400 or 404) return Answered(response);
            answer.Response?.Dispose();
            await WaitOrThrowAsync(operation, answer, attempt, cancellation);
        }
    }

    /// <summary>One call, whatever comes of it.</summary>
    public static async Task<Answer> TryAsync(string operation, Func<Task<ResponseMessage>> call, CancellationToken cancellation)
    {
        try
        {
            var response = await call();
            CosmosMeter.Record(operation, (int)response.StatusCode, response.Headers.RequestCharge);
            return new Answer((int)response.StatusCode, response.ErrorMessage) { Response = response, RetryAfter = RetryAfter(response) };
        }
        catch (Exception failure) when (IsTransport(failure, cancellation))
        {
            return Lost(operation, failure);
        }
    }

    /// <inheritdoc cref="TryAsync(string, Func{Task{ResponseMessage}}, CancellationToken)"/>
    public static async Task<Answer> TryBatchAsync(string operation, Func<Task<TransactionalBatchResponse>> call, CancellationToken cancellation)
    {
        try
        {
            var response = await call();
            CosmosMeter.Record(operation, (int)response.StatusCode, response.RequestCharge);
            return new Answer((int)response.StatusCode, response.ErrorMessage) { Batch = response, RetryAfter = response.RetryAfter };
        }
        catch (Exception failure) when (IsTransport(failure, cancellation))
        {
            return Lost(operation, failure);
        }
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <exception cref="StoreUnavailableException">There is none: it is no failure that passes by waiting here, or all attempts are used.</exception>
    public async Task WaitOrThrowAsync(string operation, Answer answer, int attempt, CancellationToken cancellation)
    {
        bool passes = answer.Status is (int)HttpStatusCode.RequestTimeout or RetryWith or (int)HttpStatusCode.Gone or >= 500;
        if (!passes || attempt >= options.RetryWaits.Count) throw Failure(operation, answer);
        CosmosMeter.CountRetry(operation, answer.Status);
        await Task.Delay(options.RetryWaits[attempt], cancellation);
    }

    /// <summary>What cannot be helped by asking again at once.</summary>
    public static Exception Failure(string operation, Answer answer) => answer.Status switch
    {
        400 => new InvalidOperationException($"Cosmos DB refused a {operation} as malformed: {answer.Message}", answer.Exception),
        413 => new InvalidOperationException($"A document or batch is larger than Cosmos DB takes (2 MB): {answer.Message}", answer.Exception),
        429 => new StoreUnavailableException(
            $"Cosmos DB is over its throughput and said so to a {operation} for half a minute; raise the container's RU/s.", answer.Exception)
        {
            RetryAfter = answer.RetryAfter,
        },
        401 or 403 => new StoreUnavailableException($"Cosmos DB does not let this identity do a {operation} ({answer.Status}): {answer.Message}", answer.Exception),
        _ => new StoreUnavailableException($"Cosmos DB answered a {operation} with {answer.Status}: {answer.Message}", answer.Exception),
    };

    private static Answer Lost(string operation, Exception failure)
    {
        int status = failure is CosmosException cosmos ? (int)cosmos.StatusCode : (int)HttpStatusCode.ServiceUnavailable;
        CosmosMeter.Record(operation, status, (failure as CosmosException)?.RequestCharge ?? 0);
        return new Answer(status, failure.Message) { Exception = failure, RetryAfter = (failure as CosmosException)?.RetryAfter };
    }

    /// <summary>404 for a document is an answer; 404 for its container or for a session that is behind is none.</summary>
    private static ResponseMessage Answered(ResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.NotFound || response.Headers["x-ms-substatus"] is null or "" or "0") return response;
        string message = response.ErrorMessage;
        response.Dispose();
        throw new StoreUnavailableException("Cosmos DB has no such database or container, or its session is behind: " + message);
    }

    private static TimeSpan? RetryAfter(ResponseMessage response) =>
        double.TryParse(response.Headers["x-ms-retry-after-ms"], CultureInfo.InvariantCulture, out double milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : null;

    private static bool IsTransport(Exception failure, CancellationToken cancellation) => failure switch
    {
        CosmosException or HttpRequestException or IOException => true,
        OperationCanceledException => !cancellation.IsCancellationRequested,
        _ => false,
    };
}

/// <summary>What came of a call.</summary>
/// <param name="Status">HTTP's; 503 where there was no answer.</param>
/// <param name="Message">The service's words.</param>
internal sealed record Answer(int Status, string? Message)
{
    public ResponseMessage? Response { get; init; }

    public TransactionalBatchResponse? Batch { get; init; }

    public Exception? Exception { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The writes may have been done though no answer came: a lost connection, a timeout, a failing gateway.</summary>
    public bool IsInDoubt => Status is (int)HttpStatusCode.RequestTimeout or (int)HttpStatusCode.Gone or >= 500;
}
