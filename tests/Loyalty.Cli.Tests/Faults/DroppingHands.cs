using Loyalty.Engine.Ports;
using Loyalty.Functions.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Loyalty.Cli.Tests.Faults;

/// <summary>What the durable engine is told, but for what is lost on the way.</summary>
internal sealed class DroppingHands(IRunHands hands, LostCalls lost) : IRunHands
{
    public Task StartAsync(RunReference run, CancellationToken cancellation = default) =>
        lost.Start() ? Task.CompletedTask : hands.StartAsync(run, cancellation);

    public Task PokeAsync(RunReference run, CancellationToken cancellation = default) =>
        lost.Poke() ? Task.CompletedTask : hands.PokeAsync(run, cancellation);
}

/// <summary>Which calls are lost, and how many were.</summary>
internal sealed class LostCalls(bool starts, bool pokes)
{
    private int _count;

    public int Count => _count;

    public bool Start() => Lose(starts);

    public bool Poke() => Lose(pokes);

    public void Override(IServiceCollection services) => services.Replace(
        ServiceDescriptor.Scoped<IRunHands>(provider => new DroppingHands(provider.GetRequiredService<DurableRunHands>(), this)));

    private bool Lose(bool isLost)
    {
        if (isLost) Interlocked.Increment(ref _count);
        return isLost;
    }
}
