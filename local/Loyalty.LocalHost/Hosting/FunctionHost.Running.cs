using Loyalty.LocalHost.Durable;
using Loyalty.LocalHost.Queue;
using Loyalty.LocalHost.Time;
using Loyalty.Storage.Sqlite;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.LocalHost.Hosting;

/// <content>Becoming the owner, and stopping.</content>
public sealed partial class FunctionHost
{
    /// <summary>Takes nothing new, waits for what is under way, gives the file back and closes it.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) != 0) return;
        Clock.Stop();
        await _stopping.CancelAsync();
        await _standby;
        using var grace = new CancellationTokenSource(_options.StopGrace);
        try
        {
            await _web.StopAsync(grace.Token);
            await Task.WhenAll(_queues.Select(queue => queue.StopAsync()).Concat(_timers.Select(timer => timer.Run)))
                .WaitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            // What has not ended by now is done again after the next start.
        }

        await _engine.StopAsync(_options.StopGrace);
        foreach (var registration in _registrations) registration.Dispose();
        foreach (var queue in _queues) await queue.DisposeAsync();
        _bus.Close();
        if (Clock.IsVirtual && _lease is { Lost.IsCancellationRequested: false })
            await VirtualClockRow.SaveAsync(Database, Clock);
        await Database.DisposeAsync();
        await _web.DisposeAsync();
        Clock.Dispose();
        _failed.TrySetResult();
        _owns.TrySetCanceled(CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _durableClock.Dispose();
        _stopping.Dispose();
    }

    private void StandBy(OwnerInfo owner)
    {
        HostLog.StandsBy(_logger, owner.ToString());
        _standby = TakeOverAsync();
    }

    private async Task TakeOverAsync()
    {
        try
        {
            var lease = await Database.AcquireOwnershipAsync(
                $"loyalty host, {BaseAddress}", _options.StandbyPoll, held: null, _stopping.Token);
            await BeginAsync(lease);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped while it stood by.
        }
        catch (Exception exception)
        {
            Fail(exception, "it could not take over the file");
        }
    }

    /// <summary>This host owns the file: queues, durable runs and timers begin, in this order, so that nothing fires
    /// before what it needs is there.</summary>
    private async Task BeginAsync(OwnerLease lease)
    {
        _lease = lease;
        _registrations.Add(lease.Lost.Register(() => Fail(null, "another process has taken over the file")));
        var configuration = Services.GetRequiredService<IConfiguration>();
        var plan = QueueFunctions.Plan(_catalog, _options.Queues, _hostJson.Queues, configuration);
        var schedules = _catalog.With<TimerTriggerAttribute>().Select(
            pair => (pair.Function, Schedule: Schedule(pair.Function, pair.Trigger, configuration))).ToList();
        using (Clock.Busy("start"))
        {
            var functions = new Dictionary<LocalQueue, LocalFunction>();
            foreach (var (definition, settings, function) in plan)
            {
                var queue = await LocalQueue.OpenAsync(Database, Clock, lease, definition, settings);
                _queues.Add(queue);
                if (function is not null) functions.Add(queue, function);
            }

            _bus.Open(_queues);
            _durableClock.Attach(_engine);
            await _engine.StartAsync();
            _ = WatchAsync(_engine);
            var runner = new QueueFunctions(_invoker, _logger);
            foreach (var (queue, function) in functions) runner.Start(queue, function);
            await StartTimersAsync(schedules);
            foreach (var source in _options.MomentSources?.Invoke(Services) ?? [])
                _registrations.Add(Clock.Register(source));
        }

        _owns.TrySetResult();
        HostLog.Owns(_logger);
        if (_options.RunClock) Clock.Start();
    }

    private async Task StartTimersAsync(IReadOnlyList<(LocalFunction Function, CronSchedule Schedule)> schedules)
    {
        await Database.EnsureSchemaAsync(TimerFunction.Schema);
        var hints = Services.GetServices<IIdleHint>().ToDictionary(
            hint => hint.Function, StringComparer.OrdinalIgnoreCase);
        foreach (var (function, schedule) in schedules)
        {
            var timer = new TimerFunction(
                function,
                schedule,
                _invoker,
                Clock,
                Database,
                hints.GetValueOrDefault(function.Name),
                _logger,
                _stopping.Token);
            timer.Restore();
            _timers.Add(timer);
            _registrations.Add(Clock.Register(timer));
        }
    }

    private static CronSchedule Schedule(
        LocalFunction function, TimerTriggerAttribute trigger, IConfiguration configuration)
    {
        var text = HostJson.Resolve(trigger.Schedule, configuration, function.Name);
        try
        {
            return CronSchedule.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new HostStartException($"Timer function '{function.Name}': {exception.Message}", exception);
        }
    }

    private async Task WatchAsync(DurableEngine engine)
    {
        try
        {
            await engine.Ended;
        }
        catch (Exception exception)
        {
            Fail(exception, "nothing can be stored any more");
        }
    }

    private void Fail(Exception? exception, string reason)
    {
        HostLog.Failed(_logger, exception, reason);
        Clock.Stop();
        _bus.Close();
        _failed.TrySetException(exception ?? new InvalidOperationException($"The host has stopped working: {reason}."));
    }
}
