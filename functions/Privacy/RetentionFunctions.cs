using Loyalty.Engine.Privacy;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Loyalty.Functions.Privacy;

/// <summary>Every ten minutes a part of the day's pass over people who are inactive, until it is done; nothing where no period is set.</summary>
public sealed partial class EnforceRetention(RetentionPass pass, ILogger<EnforceRetention> logger)
{
    [Function(nameof(EnforceRetention))]
    public async Task RunAsync([TimerTrigger("0 */10 * * * *", UseMonitor = false)] TimerInfo timer, CancellationToken cancellation)
    {
        if (await pass.AdvanceAsync(cancellation) is { IsDone: true, IsNews: true } state) PassDone(logger, state.Seen, state.Erased);
    }

    [LoggerMessage(4200, LogLevel.Information, "The day's retention pass has looked at {Seen} people and begun to erase {Erased} who are inactive.")]
    private static partial void PassDone(ILogger logger, int seen, int erased);
}
