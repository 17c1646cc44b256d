namespace Loyalty.LocalHost.Durable;

/// <content>
/// External events. As on Azure, the youngest waiter of a name gets the next event, and a waiter that was cancelled
/// still takes one: it keeps
/// its place, so an event for it alone is lost.
/// </content>
internal sealed partial class LocalOrchestrationContext
{
    private readonly Dictionary<string, IWaiter> _waiters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Incoming> _unread = [];

    private interface IWaiter
    {
        Type EventType { get; }

        IWaiter? Older { get; }

        void Take(string? payload, Payloads payloads);
    }

    /// <summary>Events nobody has waited for, in the order of arrival.</summary>
    public IReadOnlyList<Incoming> UnreadEvents => _unread;

    /// <inheritdoc/>
    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        Guard();
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        _waiters.TryGetValue(eventName, out var older);
        if (older is not null && older.EventType != typeof(T))
        {
            throw new ArgumentException(
                $"Event '{eventName}' is already waited for as {older.EventType.FullName}; it cannot be waited for as "
                    + $"{typeof(T).FullName} too.",
                nameof(eventName));
        }

        var waiter = new Waiter<T>(older);
        var first = _unread.FindIndex(
            unread => string.Equals(unread.Name, eventName, StringComparison.OrdinalIgnoreCase));
        if (first >= 0)
        {
            var payload = _unread[first].Payload;
            _unread.RemoveAt(first);
            waiter.Take(payload, _payloads);
            return waiter.Task;
        }

        _waiters[eventName] = waiter;
        if (cancellationToken.CanBeCanceled)
        {
            cancellationToken.Register(() =>
            {
                if (!IsForeign($"its wait for event '{eventName}'")) waiter.TrySetCanceled(cancellationToken);
            });
        }

        return waiter.Task;
    }

    private void DeliverEvent(Incoming incoming)
    {
        if (!_waiters.TryGetValue(incoming.Name!, out var waiter))
        {
            _unread.Add(incoming);
            return;
        }

        if (waiter.Older is { } older) _waiters[incoming.Name!] = older;
        else _waiters.Remove(incoming.Name!);
        waiter.Take(incoming.Payload, _payloads);
    }

    private sealed class Waiter<T>(IWaiter? older) : TaskCompletionSource<T>, IWaiter
    {
        public Type EventType => typeof(T);

        public IWaiter? Older { get; } = older;

        public void Take(string? payload, Payloads payloads)
        {
            T value;
            try
            {
                value = payloads.Read<T>(payload)!;
            }
            catch (Exception exception)
            {
                TrySetException(exception);
                return;
            }

            TrySetResult(value);
        }
    }
}
