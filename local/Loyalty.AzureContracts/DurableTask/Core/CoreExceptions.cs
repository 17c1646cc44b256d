using System.Text.Json.Serialization;

namespace DurableTask.Core
{
    public class FailureDetails : IEquatable<FailureDetails>
    {
        public FailureDetails(
            string errorType,
            string errorMessage,
            string? stackTrace,
            FailureDetails? innerFailure,
            bool isNonRetriable)
            : this(errorType, errorMessage, stackTrace, innerFailure, isNonRetriable, null)
        {
        }

        [JsonConstructor]
        public FailureDetails(
            string errorType,
            string errorMessage,
            string? stackTrace,
            FailureDetails? innerFailure,
            bool isNonRetriable,
            IDictionary<string, object?>? properties)
        {
            ErrorType = errorType;
            ErrorMessage = errorMessage;
            StackTrace = stackTrace;
            InnerFailure = innerFailure;
            IsNonRetriable = isNonRetriable;
            Properties = properties;
        }

        public string ErrorType { get; }

        public string ErrorMessage { get; }

        public string? StackTrace { get; }

        public FailureDetails? InnerFailure { get; }

        public bool IsNonRetriable { get; }

        public IDictionary<string, object?>? Properties { get; }

        public override string ToString() => $"{ErrorType}: {ErrorMessage}";

        public override bool Equals(object? obj) => Equals(obj as FailureDetails);

        public bool Equals(FailureDetails? other) =>
            other is not null && ErrorType == other.ErrorType && ErrorMessage == other.ErrorMessage
                && StackTrace == other.StackTrace
            && (InnerFailure?.Equals(other.InnerFailure) ?? other.InnerFailure is null);

        public override int GetHashCode() => HashCode.Combine(ErrorType, ErrorMessage, StackTrace, InnerFailure);
    }
}

namespace DurableTask.Core.History
{
    /// <summary>An entry of an instance's history as the client hands it out. Only its name is needed here.</summary>
    public abstract class HistoryEvent
    {
        protected HistoryEvent(int eventId) => EventId = eventId;

        public int EventId { get; }

        public bool IsPlayed { get; set; }

        public DateTime Timestamp { get; set; }
    }
}

namespace DurableTask.Core.Exceptions
{
    /// <summary>Thrown when an instance of that id is in one of the dedupe statuses.</summary>
    public class OrchestrationAlreadyExistsException : OrchestrationException
    {
        public OrchestrationAlreadyExistsException()
        {
        }

        public OrchestrationAlreadyExistsException(string message)
            : base(message)
        {
        }

        public OrchestrationAlreadyExistsException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    public class OrchestrationException : Exception
    {
        public OrchestrationException()
        {
        }

        public OrchestrationException(string message)
            : base(message)
        {
        }

        public OrchestrationException(string message, Exception innerException)
            : base(message, innerException)
        {
        }

        public OrchestrationException(int eventId, string message, Exception innerException)
            : base(message, innerException) => EventId = eventId;

        public int EventId { get; set; }

        public FailureDetails? FailureDetails { get; set; }
    }

    /// <summary>What the two exceptions about failed tasks share here; the package repeats the members in
    /// each.</summary>
    public abstract class TaskFailedExceptionBase : OrchestrationException
    {
        private protected TaskFailedExceptionBase(
            int eventId, int scheduleId, string name, string version, string reason, Exception cause)
            : base(eventId, reason, cause)
        {
            ScheduleId = scheduleId;
            Name = name;
            Version = version;
        }

        public int ScheduleId { get; set; }

        public string? Name { get; set; }

        public string? Version { get; set; }
    }

    public class TaskFailedException : TaskFailedExceptionBase
    {
        public TaskFailedException(
            int eventId, int scheduleId, string name, string version, string reason, Exception cause)
            : base(eventId, scheduleId, name, version, reason, cause)
        {
        }
    }

    public class SubOrchestrationFailedException : TaskFailedExceptionBase
    {
        public SubOrchestrationFailedException(
            int eventId, int scheduleId, string name, string version, string reason, Exception cause)
            : base(eventId, scheduleId, name, version, reason, cause)
        {
        }
    }
}
