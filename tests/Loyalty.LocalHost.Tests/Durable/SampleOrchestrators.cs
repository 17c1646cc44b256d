using Loyalty.LocalHost.Durable;
using Microsoft.DurableTask;

namespace Loyalty.LocalHost.Tests.Durable;

/// <summary>Orchestrators that use every feature together; for crashes, golden histories and hot against
/// cold.</summary>
internal static class SampleOrchestrators
{
    public sealed record Order(string Id, int Items);

    public sealed record Receipt(string Id, IReadOnlyList<string> Lines);

    /// <param name="functions">Where they go.</param>
    /// <param name="effects">Counts what activities have done, by key; lives outside the engine, as a mailbox or a bank
    /// does.</param>
    public static void Register(DurableFunctions functions, EffectLog effects) => functions
        .AddOrchestrator<Order, Receipt>("Order", async (context, order) =>
        {
            var lines = new List<string>();
            context.SetCustomStatus(new { step = "packing" });
            lines.AddRange(await Task.WhenAll(Enumerable.Range(1, order!.Items).Select(item =>
                context.CallActivityAsync<string>("Pack", $"{order.Id}/{item}"))));
            lines.Add(await context.CallActivityAsync<string>(
                "Flaky", order.Id, TaskOptions.FromRetryPolicy(new RetryPolicy(4, TimeSpan.FromMinutes(1), 2))));
            lines.Add(await context.CallSubOrchestratorAsync<string>(
                "Ship", order.Id, new SubOrchestrationOptions(instanceId: $"ship-{order.Id}")));
            lines.Add(await WaitForPaymentAsync(context));
            context.SetCustomStatus(new { step = "done", guid = context.NewGuid() });
            return new Receipt(order.Id, lines);
        })
        .AddOrchestrator<string, string>("Ship", async (context, id) =>
        {
            await context.CreateTimer(TimeSpan.FromDays(2), CancellationToken.None);
            var label = await context.CallActivityAsync<string>("Label", id);
            context.SendEvent(context.Parent!.InstanceId, "shipped", label);
            return $"shipped {label} {context.CurrentUtcDateTime:yyyy-MM-dd}";
        })
        .AddOrchestrator<List<string>, List<string>>("Tally", async (context, read) =>
        {
            read!.Add(await context.WaitForExternalEvent<string>("item"));
            await context.CallActivityAsync("Note", $"{context.InstanceId}/{read.Count}/{read[^1]}");
            if (read.Count < 4) context.ContinueAsNew(read);
            return read;
        })
        .AddActivity<string, string>("Pack", (_, key) => effects.DoAsync("pack " + key, key!))
        .AddActivity<string, string>("Label", (_, id) => effects.DoAsync("label " + id, id + "-label"))
        .AddActivity<string, string>("Note", (_, what) => effects.DoAsync("note " + what, "noted"))
        .AddActivity<string, string>("Flaky", async (_, id) =>
        {
            // Fails twice by what it has done before, so a crash between attempts changes nothing about the result.
            var attempt = effects.Count("flaky " + id) + 1;
            await effects.DoAsync("flaky " + id, string.Empty);
            return attempt < 3 ? throw new TimeoutException($"attempt failed") : "charged";
        });

    private static async Task<string> WaitForPaymentAsync(TaskOrchestrationContext context)
    {
        var shipped = await context.WaitForExternalEvent<string>("shipped");
        using var stop = new CancellationTokenSource();
        var reminder = context.CreateTimer(TimeSpan.FromDays(7), stop.Token);
        var paid = context.WaitForExternalEvent<string>("paid");
        if (await Task.WhenAny(reminder, paid) == reminder) return $"{shipped}: not paid after 7 days";
        stop.Cancel();
        return $"{shipped}: {await paid}";
    }
}

/// <summary>What activities have done to the world.</summary>
internal sealed class EffectLog
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    public int Count(string key)
    {
        lock (_counts) return _counts.GetValueOrDefault(key);
    }

    public IReadOnlyDictionary<string, int> All()
    {
        lock (_counts) return new Dictionary<string, int>(_counts, StringComparer.Ordinal);
    }

    public async Task<string> DoAsync(string key, string answer)
    {
        await Task.Yield();
        lock (_counts) _counts[key] = _counts.GetValueOrDefault(key) + 1;
        return answer;
    }
}
