using Loyalty.Engine.Customers;
using Loyalty.Engine.Ports;
using Loyalty.Engine.State;
using Loyalty.Engine.Storage;
using NodaTime;

namespace Loyalty.Engine.Intake;

/// <summary>
/// What to do with a queue message: a transient failure schedules a copy (5 s, doubling, at most 1 h) and completes the original, so that a
/// broken dependency never burns the delivery count; what can never be applied goes to the dead letters with its reason.
/// </summary>
public sealed class EventConsumer(ApplyEventUseCase apply, IEventQueue queue, IntakeCounters counters, IClock clock)
{
    /// <summary>Copies before the message goes to the dead letters: about 8 hours.</summary>
    public const int AttemptLimit = 18;

    public async Task<ConsumeOutcome> ConsumeAsync(EventReference reference, CancellationToken cancellation = default)
    {
        try
        {
            var outcome = await apply.ApplyAsync(reference, cancellation);
            counters.Count(outcome);
            return outcome is ApplyOutcome.Impossible impossible
                ? new ConsumeOutcome.DeadLetter(impossible.Reason, "The event's document is gone; the platform has to send it again.")
                : new ConsumeOutcome.Complete();
        }
        catch (Exception failure) when (failure is StoreUnavailableException or ContentionException)
        {
            if (reference.Attempt >= AttemptLimit) return new ConsumeOutcome.DeadLetter("attempts-exhausted", failure.Message);
            var next = reference.Next();
            await queue.ScheduleAsync(next, clock.GetCurrentInstant() + Pause(next.Attempt), cancellation);
            return new ConsumeOutcome.Complete();
        }
    }

    private static Duration Pause(int attempt) => Duration.FromSeconds(Math.Min(3600, 5 * Math.Pow(2, attempt - 1)));
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
