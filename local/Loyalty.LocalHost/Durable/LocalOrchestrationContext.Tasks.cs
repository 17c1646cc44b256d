using Microsoft.DurableTask;

namespace Loyalty.LocalHost.Durable;

/// <content>What the orchestrator awaits, and trying again.</content>
internal sealed partial class LocalOrchestrationContext
{
    private interface IOpenTask
    {
        void Complete(Incoming incoming, LocalOrchestrationContext context);
    }

    /// <summary>Tries again by the policy or as the handler says, with durable timers between; attempts and timeout
    /// bind before the policy's predicate.</summary>
    private async Task<T> RetryAsync<T>(Func<OpenCall<T>> start, TaskRetryOptions retry)
    {
        var begun = _now;
        for (var attempt = 1; ; attempt++)
        {
            var call = start();
            TaskFailedException failure;
            try
            {
                return await call.Task;
            }
            catch (TaskFailedException failed)
            {
                failure = failed;
            }

            if (call.IsFinal) throw failure;
            if (retry.Policy is { } policy)
            {
                if (NextDelay(policy, attempt, begun, failure) is not { } delay) throw failure;
                await CreateTimer(_now.Add(delay), CancellationToken.None);
            }
            else
            {
                var spent = _now - begun;
                var context = new RetryContext(this, attempt, failure.FailureDetails, spent, CancellationToken.None);
                if (!await retry.Handler!(context)) throw failure;
            }
        }
    }

    private TimeSpan? NextDelay(RetryPolicy policy, int attempt, DateTime begun, TaskFailedException failure)
    {
        if (attempt >= policy.MaxNumberOfAttempts) return null;
        if (policy.RetryTimeout != Timeout.InfiniteTimeSpan && _now - begun >= policy.RetryTimeout) return null;
        if (!policy.Handle(CoreFailure.Of(failure))) return null;
        var milliseconds = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(
            policy.BackoffCoefficient, attempt - 1);
        var longest = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan
            ? TimeSpan.FromDays(365)
            : policy.MaxRetryInterval;
        return milliseconds < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : longest;
    }

    /// <summary>An activity or sub-orchestration under way. Its awaiter goes on inside the turn that brings the
    /// answer.</summary>
    private sealed class OpenCall<T>(int taskId, string name) : TaskCompletionSource<T>, IOpenTask
    {
        public int TaskId { get; } = taskId;

        /// <summary>True if trying again cannot help.</summary>
        public bool IsFinal { get; private set; }

        public void Complete(Incoming incoming, LocalOrchestrationContext context)
        {
            if (incoming.Kind == HistoryKind.TaskFailed)
            {
                var failure = Failure.Parse(incoming.Payload!);
                IsFinal = failure.Final;
                SetException(new TaskFailedException(name, TaskId, failure.Details));
                return;
            }

            T result;
            try
            {
                result = context._payloads.Read<T>(incoming.Payload)!;
            }
            catch (Exception exception)
            {
                SetException(exception);
                return;
            }

            SetResult(result);
        }
    }

    private sealed class OpenTimer(int taskId) : TaskCompletionSource, IOpenTask
    {
        private CancellationTokenRegistration _registration;

        public int TaskId { get; } = taskId;

        public void CancelWith(LocalOrchestrationContext context, CancellationToken token) =>
            _registration = token.Register(() =>
        {
            if (context.IsForeign("a timer") || !context._open.Remove(TaskId)) return;
            context._actions.Add(new DurableAction.CancelTimer(TaskId));
            TrySetCanceled(token);
        });

        public void Complete(Incoming incoming, LocalOrchestrationContext context)
        {
            _registration.Dispose();
            TrySetResult();
        }
    }
}
