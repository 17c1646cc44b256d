using Loyalty.Connectors.WooCommerce;
using Loyalty.Engine.Ports;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Loyalty.Functions.Events;

/// <summary>Every five minutes: the orders of WooCommerce that changed, because it never sends a webhook twice.</summary>
public sealed partial class WooReconcile(WooReconciler reconciler, ILogger<WooReconcile> logger)
{
    [Function(nameof(WooReconcile))]
    public async Task RunAsync([TimerTrigger("0 */5 * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellation)
    {
        if (!reconciler.IsConfigured) return;
        var report = await reconciler.PollAsync(cancellation);
        if (report.Ended is { } ended) NotRead(logger, Detail(ended));
    }

    private static string Detail(ShopReading ended) => ended switch
    {
        ShopReading.Later later => later.Detail,
        ShopReading.Refused refused => refused.Detail,
        _ => "The interface is not there.",
    };

    [LoggerMessage(4100, LogLevel.Warning, "The orders of WooCommerce were not read to their end; the next poll goes on: {Detail}")]
    private static partial void NotRead(ILogger logger, string detail);
}
