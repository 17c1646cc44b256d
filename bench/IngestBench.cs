using System.Security.Cryptography;
using System.Text;
using Loyalty.LocalHost.Program;
using Loyalty.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Bench;

/// <summary>
/// Signed Shopify webhooks over HTTP/1.1 keep-alive: HMAC, parse, map, intake document and queue message durable (synchronous=FULL), then 202.
/// The load runs in the same process on the same cores, with requests made beforehand. The queue's consumer is off, so that intake alone is measured,
/// and then on, so that the whole pipeline is.
/// </summary>
internal static class IngestBench
{
    private const string Secret = "bench-secret";
    private const int WarmUpSeconds = 8;

    /// <summary>So many requests are made beforehand for each second.</summary>
    private const int MostPerSecond = 32_000;

    /// <param name="options">How long and where.</param>
    /// <param name="modes">false: intake alone; true: with the consumer applying meanwhile.</param>
    public static async Task RunAsync(BenchOptions options, params bool[] modes)
    {
        foreach (var applies in modes)
        {
            Console.WriteLine(FsyncProbe.Measure(options.Folder));
            await using var host = await ProgramHost.StartAsync(new ProgramHostOptions
            {
                DataFile = options.Fresh("ingest"),
                RunClock = true,
                Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
                {
                    ["Connectors:Shopify:Secrets:0"] = Secret,
                    ["Mail"] = "outbox:" + Path.Combine(options.Folder, "ingest", "outbox"),
                    ["Keys:Admin"] = "bench-admin-key-0001",
                },
            });
            if (!applies)
            {
                foreach (var queue in host.Queues) await queue.StopAsync();
            }

            // The runtime compiles what is hot in steps; what is measured is a host that has been up for a while.
            Load(host.BaseAddress, options, WarmUpSeconds, 0);
            var before = Usage(host);
            var times = Load(host.BaseAddress, options, options.Seconds, 1);
            var after = Usage(host);
            times.Sort();
            Console.WriteLine(
                $"ingest{(applies ? " + apply" : "")}: {times.Count / (double)options.Seconds:N0} events/s accepted over {options.Connections} connections, "
                + $"p50 {times[times.Count / 2]:0.0} ms, p99 {times[(int)(times.Count * 0.99)]:0.0} ms, body {Body(0, 0).Length:N0} bytes; "
                + $"{(after.Cpu - before.Cpu) / times.Count * 1000:0.000} ms of processor per event with its load, {(after.Bytes - before.Bytes) / times.Count:N0} bytes allocated, "
                + $"{(after.Writes - before.Writes) / (double)Math.Max(1, after.Groups - before.Groups):0.0} writes per commit, {(after.Groups - before.Groups) / options.Seconds:N0} commits/s, "
                + $"{after.Collections - before.Collections} collections");
        }
    }

    private static (double Cpu, long Bytes, long Writes, long Groups, int Collections) Usage(ProgramHost host)
    {
        var counters = host.Services.GetRequiredService<SqliteDatabase>().Counters;
        return (Environment.CpuUsage.TotalTime.TotalSeconds, GC.GetTotalAllocatedBytes(), counters.Writes, counters.Groups, GC.CollectionCount(0));
    }

    private static List<double> Load(Uri address, BenchOptions options, int seconds, int round) =>
        new HttpLoad(address, options.Connections, (client, number) => Request(address, client + round * 10_000, number))
            .Run(seconds, MostPerSecond * seconds / options.Connections);

    private static byte[] Request(Uri address, int client, int number)
    {
        var body = Body(client, number);
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body));
        var head = $"POST /api/webhooks/shopify HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n"
            + $"X-Shopify-Topic: orders/paid\r\nX-Shopify-Shop-Domain: bench.example\r\nX-Shopify-Event-Id: e-{client}-{number}\r\nX-Shopify-Webhook-Id: w-{client}-{number}\r\n"
            + $"X-Shopify-Triggered-At: 2026-01-05T10:00:00Z\r\nX-Shopify-Hmac-Sha256: {signature}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private static byte[] Body(int client, int number) => Encoding.UTF8.GetBytes(
        $$"""
        {"id":{{client * 1_000_000L + number}},"name":"#{{number}}","email":"p{{client}}-{{number % 50}}@bench.example","created_at":"2026-01-05T10:00:00Z","updated_at":"2026-01-05T10:00:00Z",
        "processed_at":"2026-01-05T10:00:00Z","currency":"EUR","financial_status":"paid","test":false,"total_price":"42.50","subtotal_price":"42.50","total_tax":"0.00",
        "customer":{"id":{{client * 100 + number % 50}},"email":"p{{client}}-{{number % 50}}@bench.example","first_name":"Pat","last_name":"Bench"},
        "line_items":[{"id":1,"sku":"TEA-1","title":"Green tea","product_id":11,"quantity":2,"price":"12.50","discount_allocations":[],"gift_card":false,"properties":[]},
        {"id":2,"sku":"CUP-1","title":"Cup","product_id":12,"quantity":1,"price":"17.50","discount_allocations":[],"gift_card":false,"properties":[]}],
        "refunds":[],"discount_codes":[],"cart_token":"c{{client}}{{number}}","source_name":"web","tags":"","note":null}
        """);
}
