using DurableTask.Core;
using Microsoft.DurableTask;
using CoreTaskFailedException = DurableTask.Core.Exceptions.TaskFailedException;

namespace Loyalty.LocalHost.Durable;

/// <summary>A retry policy's predicate is asked with the framework's own exception, as it is on Azure.</summary>
internal static class CoreFailure
{
    public static Exception Of(TaskFailedException failure) =>
        new CoreTaskFailedException(
            0, failure.TaskId, failure.TaskName, string.Empty, failure.FailureDetails.ErrorMessage, failure)
        {
            FailureDetails = Of(failure.FailureDetails),
        };

    private static FailureDetails Of(TaskFailureDetails details) => new(
        details.ErrorType,
        details.ErrorMessage,
        details.StackTrace,
        details.InnerFailure is { } inner ? Of(inner) : null,
        isNonRetriable: false);
}
