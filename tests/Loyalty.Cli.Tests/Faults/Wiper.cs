using Loyalty.Engine.Ports;
using Loyalty.LocalHost.Program;
using Loyalty.LocalHost.Time;
using Microsoft.DurableTask.Client;
using NodaTime;

namespace Loyalty.Cli.Tests.Faults;

/// <summary>Loses the whole task hub: every durable instance, waiting or at work, is gone; at fixed moments, and in the middle of some hand-overs.</summary>
internal sealed class Wiper(Duration every, int eachMail) : IMomentSource, IDisposable
{
    private readonly Lock _gate = new();
    private ProgramHost? _host;
    private IDisposable? _registration;
    private Instant _next;
    private int _mails;
    private int _wiped;

    /// <summary>Live instances that were lost.</summary>
    public int Wiped => _wiped;

    public IDisposable Begin(ProgramHost host)
    {
        _host = host;
        _next = host.Clock.Now + every;
        _registration = host.Clock.RegisterFirst(this);
        return this;
    }

    public IMessageChannel Decorate(IMessageChannel channel) => new Channel(channel, this);

    public Instant? NextMoment()
    {
        lock (_gate) return _next;
    }

    public void Fire(Instant now)
    {
        lock (_gate) _next = now + every;
        var busy = _host!.Clock.Busy("wipe");
        _ = Task.Run(async () =>
        {
            using (busy) await WipeAsync();
        });
    }

    public void Dispose() => _registration?.Dispose();

    private bool IsTurn() => Interlocked.Increment(ref _mails) % eachMail == 0;

    private async Task WipeAsync()
    {
        var client = _host!.Durable;
        OrchestrationRuntimeStatus[] live = [OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Suspended];
        await foreach (var instance in client.GetAllInstancesAsync(new OrchestrationQuery { Statuses = live }))
        {
            await client.TerminateInstanceAsync(instance.InstanceId);
            Interlocked.Increment(ref _wiped);
        }

        await client.PurgeAllInstancesAsync(new PurgeInstancesFilter());
    }

    private sealed class Channel(IMessageChannel channel, Wiper wiper) : IMessageChannel
    {
        public async Task<HandOver> SendAsync(OutgoingMessage message, string operationId, CancellationToken cancellation = default)
        {
            if (wiper.IsTurn()) await wiper.WipeAsync();
            return await channel.SendAsync(message, operationId, cancellation);
        }

        public Task<HandOver> LookUpAsync(string operationId, CancellationToken cancellation = default) => channel.LookUpAsync(operationId, cancellation);
    }
}
