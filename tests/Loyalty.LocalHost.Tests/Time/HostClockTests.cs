using Loyalty.LocalHost.Time;
using NodaTime;

namespace Loyalty.LocalHost.Tests.Time;

public sealed class HostClockTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 1, 12, 0);

    private static Instant At(double seconds) => Start + Duration.FromSeconds(seconds);

    [Fact]
    public async Task Virtual_RunUntil_GoesFromMomentToMomentAndStopsThere()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource source = new TestSource().At(At(30)).At(At(10)).At(At(20)).At(At(20)).At(At(40.0000001));
        using IDisposable registered = clock.Register(source);
        await clock.RunUntilAsync(At(40));
        Assert.Equal([At(10), At(20), At(20), At(30)], source.Fired);
        Assert.Equal(At(40), clock.Now);
        await clock.RunUntilAsync(At(50));
        Assert.Equal(5, source.Fired.Count);
    }

    [Fact]
    public void Virtual_NobodyRunsIt_StandsStill()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource source = new TestSource().At(At(1)).At(At(-1));
        using IDisposable registered = clock.Register(source);
        clock.Pulse();
        Assert.Equal(Start, clock.Now);
        Assert.Empty(source.Fired);
    }

    [Fact]
    public async Task Virtual_MomentAtTheEnd_IsIncluded()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource source = new TestSource().At(At(10));
        using IDisposable registered = clock.Register(source);
        await clock.RunUntilAsync(At(10));
        Assert.Single(source.Fired);
    }

    [Fact]
    public async Task Virtual_PastMoment_IsFiredNow()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource source = new TestSource().At(At(-5));
        using IDisposable registered = clock.Register(source);
        await clock.WaitForIdleAsync();
        Assert.Equal([Start], source.Fired);
    }

    [Fact]
    public async Task Virtual_Busy_ClockStandsUntilTheLastScopeIsClosed()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource source = new TestSource().At(At(10));
        using IDisposable registered = clock.Register(source);
        IDisposable first = clock.Busy("first");
        IDisposable second = clock.Busy("second");
        Task running = clock.RunUntilAsync(At(20));
        first.Dispose();
        first.Dispose();
        Assert.Equal(["second"], clock.BusyWith());
        Assert.False(running.IsCompleted);
        Assert.Equal(Start, clock.Now);
        second.Dispose();
        await running;
        Assert.Empty(clock.BusyWith());
        Assert.Equal([At(10)], source.Fired);
    }

    [Fact]
    public async Task Virtual_HandlerOfAMoment_FinishesBeforeTimeGoesOn()
    {
        using HostClock clock = HostClock.Virtual(Start);
        var seen = new List<Instant>();
        var source = new TestSource();
        for (int second = 1; second <= 50; second++)
        {
            source.At(At(second), now =>
            {
                IDisposable busy = clock.Busy("handler");
                _ = Task.Run(async () =>
                {
                    using (busy)
                    {
                        await Task.Yield();
                        seen.Add(clock.Now);
                    }
                });
            });
        }

        using IDisposable registered = clock.Register(source);
        await clock.RunUntilAsync(At(100));
        Assert.Equal(Enumerable.Range(1, 50).Select(second => At(second)), seen);
    }

    [Fact]
    public async Task Virtual_FiredSourceAddsEarlierMoment_IsNotJumpedOver()
    {
        using HostClock clock = HostClock.Virtual(Start);
        var second = new TestSource();
        TestSource first = new TestSource().At(At(10), _ =>
        {
            second.At(At(11));
            clock.Pulse();
        });
        using IDisposable one = clock.Register(first.At(At(60)));
        using IDisposable two = clock.Register(second);
        await clock.RunUntilAsync(At(100));
        Assert.Equal([At(11)], second.Fired);
    }

    [Fact]
    public async Task Virtual_TwoSourcesAtOneMoment_AreFiredAtTheSameNow()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource first = new TestSource().At(At(10));
        TestSource second = new TestSource().At(At(10));
        using IDisposable one = clock.Register(first);
        using IDisposable two = clock.Register(second);
        await clock.RunUntilAsync(At(10));
        Assert.Equal(first.Fired, second.Fired);
        Assert.Equal(1, clock.Moves);
    }

    [Fact]
    public async Task Virtual_UnregisteredSource_IsNotFired()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource source = new TestSource().At(At(10));
        clock.Register(source).Dispose();
        await clock.RunUntilAsync(At(20));
        Assert.Empty(source.Fired);
    }

    [Fact]
    public async Task Virtual_MomentBetweenTwoTicks_IsFiredAtTheLaterOne()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource source = new TestSource().At(Start + Duration.FromNanoseconds(150));
        using IDisposable registered = clock.Register(source);
        await clock.RunUntilAsync(At(1));
        Assert.Equal([Start + Duration.FromNanoseconds(200)], source.Fired);
    }

    [Fact]
    public async Task Virtual_Started_RunsFreelyUntilNothingIsLeft()
    {
        using HostClock clock = HostClock.Virtual(Start);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TestSource source = new TestSource().At(At(10)).At(At(86_400), _ => done.SetResult());
        using IDisposable registered = clock.Register(source);
        clock.Start();
        await done.Task;
        await clock.WaitForIdleAsync();
        Assert.Equal(At(86_400), clock.Now);
    }

    [Fact]
    public async Task Virtual_SourceThrows_StopsTheClockAndTellsWhy()
    {
        using HostClock clock = HostClock.Virtual(Start);
        TestSource source = new TestSource().At(At(10), _ => throw new InvalidOperationException("broken source"));
        using IDisposable registered = clock.Register(source);
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => clock.RunUntilAsync(At(20)));
        Assert.Same(failure, clock.Failure);
        await Assert.ThrowsAsync<InvalidOperationException>(() => clock.RunUntilAsync(At(20)));
    }

    [Fact]
    public async Task Virtual_SourceThatNeverGetsDone_IsFoundAndNamed()
    {
        using HostClock clock = HostClock.Virtual(Start);
        using IDisposable registered = clock.Register(new StuckSource());
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => clock.RunUntilAsync(At(20)));
        Assert.Contains("the stuck source", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Virtual_CancelledWait_IsCancelledAndOthersGoOn()
    {
        using HostClock clock = HostClock.Virtual(Start);
        using var cancel = new CancellationTokenSource();
        IDisposable busy = clock.Busy("work");
        Task cancelled = clock.RunUntilAsync(At(5), cancel.Token);
        Task other = clock.RunUntilAsync(At(10));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        busy.Dispose();
        await other;
        Assert.Equal(At(10), clock.Now);
    }

    [Fact]
    public async Task Virtual_TwoWaiters_AreAnsweredInOrder()
    {
        using HostClock clock = HostClock.Virtual(Start);
        IDisposable busy = clock.Busy("both ask first");
        Task late = clock.RunUntilAsync(At(10));
        Task early = clock.RunUntilAsync(At(5));
        busy.Dispose();
        await Task.WhenAll(early, late);
        Assert.Equal(At(10), clock.Now);
    }

    [Fact]
    public async Task VirtualTimer_Delay_EndsAtItsMoment()
    {
        using HostClock clock = HostClock.Virtual(Start);
        var ended = new List<Instant>();
        Task delays = Task.WhenAll(new[] { 30, 10, 20 }.Select(seconds => Task.Delay(TimeSpan.FromSeconds(seconds), clock).ContinueWith(
            _ => ended.Add(clock.Now),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default)));
        await clock.RunUntilAsync(At(60));
        await delays;
        Assert.Equal([At(10), At(20), At(30)], ended);
    }

    [Fact]
    public async Task VirtualTimer_PeriodicAndDisposed_TicksUntilThen()
    {
        using HostClock clock = HostClock.Virtual(Start);
        var ticks = new List<Instant>();
        ITimer timer = clock.CreateTimer(_ => ticks.Add(clock.Now), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        await clock.RunUntilAsync(At(6));
        timer.Dispose();
        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.Zero));
        await clock.RunUntilAsync(At(20));
        Assert.Equal([At(1), At(3), At(5)], ticks);
    }

    [Fact]
    public async Task VirtualTimestamps_FollowVirtualTime()
    {
        using HostClock clock = HostClock.Virtual(Start);
        long before = clock.GetTimestamp();
        await clock.RunUntilAsync(At(90));
        Assert.Equal(TimeSpan.FromSeconds(90), clock.GetElapsedTime(before));
        Assert.Equal(At(90).ToDateTimeOffset(), clock.GetUtcNow());
    }

    [Fact]
    public async Task Real_MomentComes_IsFiredThenAndNotBefore()
    {
        var wall = new ManualWallClock();
        using HostClock clock = HostClock.Real(wall);
        var fired = new TaskCompletionSource<Instant>(TaskCreationOptions.RunContinuationsAsynchronously);
        TestSource source = new TestSource().At(At(10), now => fired.SetResult(now));
        using IDisposable registered = clock.Register(source);
        clock.Start();
        await clock.WaitForIdleAsync();
        wall.Advance(TimeSpan.FromSeconds(9.9));
        await clock.WaitForIdleAsync();
        Assert.Empty(source.Fired);
        wall.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(At(10.1), await fired.Task);
    }

    [Fact]
    public async Task Real_EarlierMomentIsAdded_PulseWakesForIt()
    {
        var wall = new ManualWallClock();
        using HostClock clock = HostClock.Real(wall);
        var fired = new TaskCompletionSource<Instant>(TaskCreationOptions.RunContinuationsAsynchronously);
        TestSource source = new TestSource().At(At(3_600));
        using IDisposable registered = clock.Register(source);
        clock.Start();
        await clock.WaitForIdleAsync();
        source.At(At(1), now => fired.SetResult(now));
        clock.Pulse();
        await clock.WaitForIdleAsync();
        wall.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(At(1), await fired.Task);
    }

    [Fact]
    public async Task Real_BusyHandlers_DoNotHoldTimeButHoldIdle()
    {
        var wall = new ManualWallClock();
        using HostClock clock = HostClock.Real(wall);
        var fired = new TaskCompletionSource<Instant>(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable busy = clock.Busy("handler");
        using IDisposable registered = clock.Register(new TestSource().At(Start, now => fired.SetResult(now)));
        clock.Start();
        Task idle = clock.WaitForIdleAsync();
        await fired.Task;
        Assert.False(idle.IsCompleted);
        busy.Dispose();
        await idle;
    }

    [Fact]
    public async Task Real_HandlerWaitsForALaterMomentWhileSomeoneWaitsForIdle_IsFired()
    {
        var wall = new ManualWallClock();
        using HostClock clock = HostClock.Real(wall);
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable busy = clock.Busy("handler");
        TestSource source = new TestSource().At(Start, _ => armed.SetResult()).At(At(10), _ => fired.SetResult());
        using IDisposable registered = clock.Register(source);
        Task idle = clock.WaitForIdleAsync();
        clock.Start();
        await armed.Task;
        wall.Advance(TimeSpan.FromSeconds(10));
        await fired.Task;
        Assert.False(idle.IsCompleted);
        busy.Dispose();
        await idle;
    }

    [Fact]
    public async Task Virtual_MomentAddedWhileSourcesAreAsked_IsNotJumpedOver()
    {
        using HostClock clock = HostClock.Virtual(Start);
        var first = new TestSource();
        using IDisposable one = clock.Register(first);
        using IDisposable two = clock.Register(new MeddlingSource(() =>
        {
            // The first source has answered "nothing" by now.
            using IDisposable busy = clock.Busy("someone from outside");
            first.At(At(5));
        }));
        await clock.RunUntilAsync(At(20));
        Assert.Equal([At(5)], first.Fired);
    }

    [Fact]
    public async Task Virtual_BusyOpenedWhileSourcesAreAsked_HoldsTheClock()
    {
        using HostClock clock = HostClock.Virtual(Start);
        var opened = new TaskCompletionSource<IDisposable>(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable registered = clock.Register(new MeddlingSource(() => opened.SetResult(clock.Busy("someone from outside"))));
        Task running = clock.RunUntilAsync(At(20));
        IDisposable busy = await opened.Task;
        Assert.Equal(Start, clock.Now);
        Assert.False(running.IsCompleted);
        busy.Dispose();
        await running;
        Assert.Equal(At(20), clock.Now);
    }

    /// <summary>Has a moment after 10 s; the first time it is asked, something happens elsewhere.</summary>
    private sealed class MeddlingSource(Action meddle) : IMomentSource
    {
        private int _asked;
        private bool _fired;

        public Instant? NextMoment()
        {
            if (Interlocked.Increment(ref _asked) == 1)
            {
                meddle();
            }

            return _fired ? null : At(10);
        }

        public void Fire(Instant now) => _fired = true;
    }

    private sealed class StuckSource : IMomentSource
    {
        public Instant? NextMoment() => Start;

        public void Fire(Instant now)
        {
        }

        public override string ToString() => "the stuck source";
    }
}
