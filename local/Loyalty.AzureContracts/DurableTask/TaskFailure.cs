using System.Reflection;
using DurableTask.Core;
using DurableTask.Core.Exceptions;

namespace Microsoft.DurableTask;

/// <summary>What crosses from a failed task to who awaits it: names and text, never the exception itself.</summary>
public record TaskFailureDetails(
    string ErrorType,
    string ErrorMessage,
    string? StackTrace,
    TaskFailureDetails? InnerFailure,
    IDictionary<string, object?>? Properties)
{
    private Type? _exceptionType;

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    /// <summary>True if the failed exception's type, looked up by its name, is <typeparamref name="T"/> or derives from
    /// it; false if it cannot be found.</summary>
    public bool IsCausedBy<T>()
        where T : Exception => IsCausedBy(typeof(T));

    /// <inheritdoc cref="IsCausedBy{T}"/>
    /// <exception cref="AmbiguousMatchException">Several loaded assemblies have a type of that name.</exception>
    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
            throw new ArgumentException(
                $"The type {targetBaseExceptionType} is not an exception type.", nameof(targetBaseExceptionType));
        if (string.IsNullOrEmpty(ErrorType)) return false;

        _exceptionType ??= Type.GetType(ErrorType, throwOnError: false)
            ?? targetBaseExceptionType.Assembly.GetType(ErrorType, throwOnError: false)
            ?? Assembly.GetCallingAssembly().GetType(ErrorType)
            ?? FindInLoadedAssemblies();
        return _exceptionType is not null && targetBaseExceptionType.IsAssignableFrom(_exceptionType);
    }

    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var inner = exception.InnerException is { } cause ? FromException(cause) : null;
        return exception is OrchestrationException framework
            ? new TaskFailureDetails(
                framework.FailureDetails?.ErrorType ?? "(unknown)",
                framework.FailureDetails?.ErrorMessage ?? "(unknown)",
                framework.FailureDetails?.StackTrace,
                framework.FailureDetails?.InnerFailure is { } failure ? FromCore(failure) : inner,
                framework.FailureDetails?.Properties)
            : new TaskFailureDetails(
                exception.GetType().ToString(), exception.Message, exception.StackTrace, inner, null);
    }

    internal static TaskFailureDetails FromCore(FailureDetails core) => new(
        core.ErrorType,
        core.ErrorMessage,
        core.StackTrace,
        core.InnerFailure is { } inner ? FromCore(inner) : null,
        core.Properties);

    private Type? FindInLoadedAssemblies()
    {
        var found = AppDomain.CurrentDomain.GetAssemblies()
            .Select(assembly => assembly.GetType(ErrorType, throwOnError: false))
            .OfType<Type>()
            .ToList();
        return found.Count switch
        {
            0 => null,
            1 => found[0],
            _ => throw new AmbiguousMatchException($"Multiple exception types with the name '{ErrorType}' were found."),
        };
    }
}

/// <summary>A task (activity or sub-orchestration) failed; its details tell why.</summary>
public sealed class TaskFailedException : Exception
{
    public TaskFailedException(string taskName, int taskId, Exception innerException)
        : base(
            Describe(
                taskName,
                taskId,
                (innerException as OrchestrationException)?.FailureDetails?.ErrorMessage ?? innerException?.Message),
            innerException)
    {
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = TaskFailureDetails.FromException(innerException!);
    }

    public TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
        : base(Describe(taskName, taskId, failureDetails?.ErrorMessage))
    {
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = failureDetails!;
    }

    public string TaskName { get; }

    public int TaskId { get; }

    public TaskFailureDetails FailureDetails { get; }

    [Obsolete("Use the FailureDetails property and its IsCausedBy<T>() method")]
    public bool IsCausedByException<T>()
        where T : Exception => FailureDetails.ErrorType == typeof(T).FullName;

    private static string Describe(string taskName, int taskId, string? why) => why is null
        ? $"Task '{taskName}' (#{taskId}) failed with an unhandled exception."
        : $"Task '{taskName}' (#{taskId}) failed with an unhandled exception: {why}";
}
