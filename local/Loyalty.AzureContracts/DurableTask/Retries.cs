using DurableTask.Core.Exceptions;

namespace Microsoft.DurableTask;

public delegate bool RetryHandler(RetryContext retryContext);

public delegate Task<bool> AsyncRetryHandler(RetryContext retryContext);

public record RetryContext(
    TaskOrchestrationContext OrchestrationContext,
    int LastAttemptNumber,
    TaskFailureDetails LastFailure,
    TimeSpan TotalRetryTime,
    CancellationToken CancellationToken);

public sealed class TaskRetryOptions
{
    public TaskRetryOptions(RetryPolicy policy) => Policy = policy ?? throw new ArgumentNullException(nameof(policy));

    public TaskRetryOptions(AsyncRetryHandler handler) =>
        Handler = handler ?? throw new ArgumentNullException(nameof(handler));

    public RetryPolicy? Policy { get; }

    public AsyncRetryHandler? Handler { get; }

    public static implicit operator TaskRetryOptions(RetryPolicy policy) => FromRetryPolicy(policy);

    public static implicit operator TaskRetryOptions(AsyncRetryHandler handler) => FromRetryHandler(handler);

    public static implicit operator TaskRetryOptions(RetryHandler handler) => FromRetryHandler(handler);

    public static TaskRetryOptions FromRetryPolicy(RetryPolicy policy) => new(policy);

    public static TaskRetryOptions FromRetryHandler(AsyncRetryHandler handler) => new(handler);

    public static TaskRetryOptions FromRetryHandler(RetryHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return FromRetryHandler(context => Task.FromResult(handler(context)));
    }
}

/// <summary>How often and how far apart a failed task is tried again.</summary>
public class RetryPolicy
{
    /// <exception cref="ArgumentOutOfRangeException">An attempt count below 1, an interval of zero, a coefficient below
    /// 1, or a limit below the first interval.</exception>
    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1.0,
        TimeSpan? maxRetryInterval = null,
        TimeSpan? retryTimeout = null)
    {
        Demand(maxNumberOfAttempts > 0, nameof(maxNumberOfAttempts), maxNumberOfAttempts, "greater than zero");
        Demand(firstRetryInterval > TimeSpan.Zero, nameof(firstRetryInterval), firstRetryInterval, "greater than zero");
        Demand(backoffCoefficient >= 1.0, nameof(backoffCoefficient), backoffCoefficient, "greater or equal to 1.0");
        Demand(
            !(maxRetryInterval < firstRetryInterval) || maxRetryInterval == Timeout.InfiniteTimeSpan,
            nameof(maxRetryInterval),
            maxRetryInterval,
            $"greater or equal to the value for {nameof(firstRetryInterval)}");
        Demand(
            !(retryTimeout < firstRetryInterval) || retryTimeout == Timeout.InfiniteTimeSpan,
            nameof(retryTimeout), retryTimeout, $"greater or equal to the value for {nameof(firstRetryInterval)}");

        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval ?? TimeSpan.FromHours(1);
        RetryTimeout = retryTimeout ?? Timeout.InfiniteTimeSpan;
        Handle = _ => true;
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan FirstRetryInterval { get; }

    public double BackoffCoefficient { get; }

    /// <summary>1 hour unless given.</summary>
    public TimeSpan MaxRetryInterval { get; }

    /// <summary>Infinite unless given.</summary>
    public TimeSpan RetryTimeout { get; }

    /// <summary>Asked with the framework's own exceptions (<c>DurableTask.Core.Exceptions</c>).</summary>
    public Func<Exception, bool> Handle { get; private init; }

    [Obsolete("This functionality is not implemented. Will be removed in the future. Use TaskOptions.FromRetryHandler "
        + "or HandleFailure instead.")]
    public Func<Exception, Task<bool>>? HandleAsync { get; set; }

    /// <summary>Says by the failure's details whether to try again; attempts and timeout bind first.</summary>
    public Func<TaskFailureDetails, bool> HandleFailure
    {
        init => Handle = exception => value(
            exception is TaskFailedExceptionBase { FailureDetails: { } details }
                ? TaskFailureDetails.FromCore(details)
                : throw new InvalidOperationException(
                    "A retry is decided by the details of a failed task; none were given."));
    }

    private static void Demand(bool holds, string name, object? value, string what)
    {
        if (!holds) throw new ArgumentOutOfRangeException(name, value, $"The value for {name} must be {what}.");
    }
}
