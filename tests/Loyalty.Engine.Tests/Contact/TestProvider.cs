using System.Collections.Concurrent;
using Loyalty.Engine.Ports;

namespace Loyalty.Engine.Tests.Contact;

/// <summary>A provider with faults: what it has taken it delivers, once for each call; it may be one that cannot be asked.</summary>
internal sealed class TestProvider : IMessageChannel
{
    /// <summary>Operation → how often it was handed over.</summary>
    public ConcurrentDictionary<string, int> Taken { get; } = new(StringComparer.Ordinal);

    /// <summary>The messages as they were handed over.</summary>
    public ConcurrentQueue<OutgoingMessage> Messages { get; } = new();

    /// <summary>False: <see cref="LookUpAsync"/> can tell nothing, and a second call delivers a second time.</summary>
    public bool CanBeAsked { get; init; } = true;

    /// <summary>What goes wrong with the next call; null: nothing.</summary>
    public Func<ProviderFault>? Fault { get; set; }

    public Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default)
    {
        switch (Fault?.Invoke() ?? ProviderFault.None)
        {
            case ProviderFault.Busy: throw new ChannelUnavailableException("429", TimeSpan.FromSeconds(90));
            case ProviderFault.Down: throw new ChannelUnavailableException("500");
            case ProviderFault.LostAnswer:
                Take(message, operationId);
                throw new ChannelUnavailableException("timed out after it was accepted");
            default:
                Take(message, operationId);
                return Task.FromResult<HandOver>(new HandOver.Accepted(operationId));
        }
    }

    /// <summary>It does not answer what became of an operation.</summary>
    public bool IsSilentWhenAsked { get; set; }

    public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => IsSilentWhenAsked ? throw new ChannelUnavailableException("500") : Task.FromResult<HandOver>(
        !CanBeAsked ? new HandOver.CannotAsk() : Taken.ContainsKey(operationId) ? new HandOver.Accepted(operationId) : new HandOver.NeverSeen());

    private void Take(OutgoingMessage message, string operationId)
    {
        // Who can be asked recognises the operation and delivers it once.
        var count = Taken.AddOrUpdate(operationId, 1, (_, known) => CanBeAsked ? known : known + 1);
        if (count == 1) Messages.Enqueue(message);
    }
}

/// <summary>What goes wrong with a call.</summary>
internal enum ProviderFault
{
    None,

    /// <summary>429 with Retry-After.</summary>
    Busy,

    /// <summary>500, not taken.</summary>
    Down,

    /// <summary>Taken, and the answer is lost.</summary>
    LostAnswer,
}
