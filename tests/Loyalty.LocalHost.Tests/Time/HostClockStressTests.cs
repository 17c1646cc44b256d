using Loyalty.LocalHost.Time;
using NodaTime;

namespace Loyalty.LocalHost.Tests.Time;

/// <summary>Many actors that start each other over threads: time never moves under one of them, and none is forgotten.</summary>
public sealed class HostClockStressTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 12, 0);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Virtual_ActorsThatStartEachOther_NeverSeeTimeMoveAndAllRun(int seed)
    {
        using HostClock clock = HostClock.Virtual(Start);
        var sources = Enumerable.Range(0, 4).Select(_ => new TestSource()).ToArray();
        IDisposable[] registered = [.. sources.Select(clock.Register)];
        long moved = 0;
        long late = 0;
        long ran = 0;
        long planned = 0;

        void Plan(Instant moment, int depth, int number)
        {
            Interlocked.Increment(ref planned);
            sources[number % sources.Length].At(moment, now =>
            {
                if (now != moment)
                {
                    Interlocked.Increment(ref late);
                }

                IDisposable busy = clock.Busy("actor");
                ThreadPool.QueueUserWorkItem(_ => Act(busy, depth, number));
            });
            clock.Pulse();
        }

        void Act(IDisposable busy, int depth, int number)
        {
            using (busy)
            {
                Instant before = clock.Now;
                var random = new Random(HashCode.Combine(seed, depth, number));
                Interlocked.Increment(ref ran);
                for (int child = 0; depth < 6 && child < random.Next(1, 4); child++)
                {
                    int childNumber = (number * 4) + child;
                    if (random.Next(3) == 0)
                    {
                        // Starts another actor at once, which opens its scope before this one closes its own.
                        Interlocked.Increment(ref planned);
                        IDisposable next = clock.Busy("child");
                        ThreadPool.QueueUserWorkItem(_ => Act(next, depth + 1, childNumber));
                    }
                    else
                    {
                        Plan(before + Duration.FromMilliseconds(random.Next(0, 50)), depth + 1, childNumber);
                    }
                }

                if (clock.Now != before)
                {
                    Interlocked.Increment(ref moved);
                }
            }
        }

        for (int number = 1; number <= 8; number++)
        {
            Plan(Start + Duration.FromMilliseconds(number), 0, number);
        }

        await clock.RunUntilAsync(Start + Duration.FromDays(1));
        foreach (IDisposable registration in registered)
        {
            registration.Dispose();
        }

        Assert.Equal(Interlocked.Read(ref planned), Interlocked.Read(ref ran));
        Assert.True(ran > 100, $"only {ran} actors ran");
        Assert.Equal(0, moved);
        Assert.Equal(0, late);
    }
}
