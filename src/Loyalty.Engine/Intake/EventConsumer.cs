using Loyalty.Core;
using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.Refusals;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Intake;

/// <summary>
/// What to do with a queue message: a transient failure schedules a copy (5 s, doubling, at most 1 h) and completes the original, so that a
/// broken dependency never burns the delivery count; what can never be applied goes to the dead letters with its reason.
/// </summary>
public sealed class EventConsumer(ApplyEventUseCase apply, IEventQueue queue, IntakeCounters counters, IClock clock, ShopFetch? fetch = null)
{
    /// <summary>Copies before the message goes to the dead letters: about 8 hours.</summary>
    public const int AttemptLimit = 18;

    /// <summary>Copies before a missing intake document counts as lost: another process may see it some moments later than its writer.</summary>
    public const int MissingLimit = 2;

    private static Duration LongestPause { get; } = Duration.FromHours(1);

    /// <summary>Applies the event that a message refers to and says how to settle the message.</summary>
    public async Task<ConsumeOutcome> ConsumeAsync(EventReference reference, CancellationToken cancellation = default)
    {
        using var activity = IntakeTracing.Process(reference);
        try
        {
            var outcome = await apply.ApplyAsync(reference, cancellation);
            IntakeTracing.Note(activity, outcome);
            if (outcome is ApplyOutcome.ToFetch toFetch) return await FetchAsync(reference, toFetch, cancellation);
            if (outcome is not ApplyOutcome.Impossible impossible)
            {
                counters.Count(outcome);
                // A genuine order that is beyond any reckoning: somebody has to look at it, for its customer misses points.
                return outcome is ApplyOutcome.Refused { Code: RefusalCode.AmountOutOfRange }
                    ? new ConsumeOutcome.DeadLetter(RefusalTable.Name(RefusalCode.AmountOutOfRange), "An amount, a quantity or the number of lines is out of range; nothing of the event was applied.")
                    : new ConsumeOutcome.Complete();
            }

            if (reference.Attempt < MissingLimit) return await LaterAsync(reference, cancellation);
            counters.Count(outcome);
            return new ConsumeOutcome.DeadLetter(impossible.Reason, "The event's document is gone; the platform has to send it again.");
        }
        catch (Exception failure) when (failure is StoreUnavailableException or ContentionException)
        {
            return reference.Attempt >= AttemptLimit
                ? new ConsumeOutcome.DeadLetter("attempts-exhausted", failure.Message)
                : await LaterAsync(reference, cancellation, (failure as StoreUnavailableException)?.RetryAfter is { } told ? Duration.FromTimeSpan(told) : null);
        }
    }

    /// <summary>The event only points at something of a shop.</summary>
    private async Task<ConsumeOutcome> FetchAsync(EventReference reference, ApplyOutcome.ToFetch outcome, CancellationToken cancellation)
    {
        var reading = fetch is null
            ? new ShopReading.Refused("shop-not-configured", "This host reads no shops.")
            : await fetch.FetchAsync(outcome.Event, cancellation);
        counters.CountFetch(reading);
        switch (reading)
        {
            case ShopReading.Found or ShopReading.Nothing: return new ConsumeOutcome.Complete();
            case ShopReading.Refused refused: return new ConsumeOutcome.DeadLetter(refused.Reason, refused.Detail);
            case ShopReading.Later later:
                return reference.Attempt >= AttemptLimit
                    ? new ConsumeOutcome.DeadLetter("attempts-exhausted", later.Detail)
                    : await LaterAsync(reference, cancellation, later.After);
            default: throw new InvalidOperationException("A reading without a case.");
        }
    }

    /// <summary>After the pause of this attempt, and never sooner than the store or the shop asked for.</summary>
    private async Task<ConsumeOutcome> LaterAsync(EventReference reference, CancellationToken cancellation, Duration? least = null)
    {
        var next = reference.Next();
        var pause = Duration.Max(Pause(next.Attempt), Duration.Min(least ?? Duration.Zero, LongestPause));
        await queue.ScheduleAsync(next, clock.GetCurrentInstant() + pause, cancellation);
        return new ConsumeOutcome.Complete();
    }

    private static Duration Pause(int attempt) => Duration.FromSeconds(Math.Min(LongestPause.TotalSeconds, 5 * Math.Pow(2, attempt - 1)));
}

/// <summary>How the message is settled; a closed set.</summary>
public abstract record ConsumeOutcome
{
    private ConsumeOutcome()
    {
    }

    public sealed record Complete : ConsumeOutcome;

    public sealed record DeadLetter(string Reason, string Description) : ConsumeOutcome;
}
