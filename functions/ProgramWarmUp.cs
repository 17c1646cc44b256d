using Loyalty.Engine.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Loyalty.Functions;

/// <summary>
/// Publishes the program before the first request or message comes. Made on demand, it would keep every thread that comes meanwhile waiting for the
/// one that makes it; a burst at the start then takes all threads of the pool, and none is left to finish it.
/// </summary>
internal sealed class ProgramWarmUp(IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        services.GetRequiredService<IProgramSource>();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
