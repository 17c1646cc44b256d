namespace Loyalty.Engine.State;

/// <summary>Optimistic work: done anew from fresh reads while somebody else was faster.</summary>
public static class Attempts
{
    /// <summary>How often a change is tried before contention counts as a broken partition.</summary>
    public const int Limit = 40;

    private const int PatientAfter = 5;

    /// <param name="attempt">One attempt; null: it lost a race.</param>
    /// <exception cref="ContentionException">Every attempt lost.</exception>
    public static async Task<T> UntilCommittedAsync<T>(Func<Task<T?>> attempt)
        where T : class
    {
        for (var i = 0; i < Limit; i++)
        {
            if (await attempt() is { } done) return done;
            // Whoever loses again and again steps back for a moment, so that a busy neighbour cannot starve it.
            if (i >= PatientAfter) await Task.Delay(TimeSpan.FromMilliseconds(i - PatientAfter + 1));
        }

        throw new ContentionException($"The partition changed under {Limit} attempts in a row.");
    }
}

/// <summary>A partition is written by too many at once; the same call may be tried again later.</summary>
public sealed class ContentionException(string message) : Exception(message);
