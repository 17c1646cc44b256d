using System.Collections.Concurrent;
using Loyalty.Engine.Ports;

namespace Loyalty.Engine.Tests.Identity;

/// <summary>A provider that takes every message once; something else happens while it is called.</summary>
internal sealed class MergingChannel : IMessageChannel
{
    private readonly ConcurrentDictionary<string, byte> _taken = new(StringComparer.Ordinal);

    /// <summary>What happens during the next call.</summary>
    public Func<Task>? During { get; set; }

    /// <summary>Calls that handed something over, repeated ones included.</summary>
    public int Sent { get; private set; }

    public async Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default)
    {
        Sent++;
        _taken.TryAdd(operationId, 0);
        if (During is { } during)
        {
            During = null;
            await during();
        }

        return new HandOver.Accepted(operationId);
    }

    public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => Task.FromResult<HandOver>(
        _taken.ContainsKey(operationId) ? new HandOver.Accepted(operationId) : new HandOver.NeverSeen());
}
