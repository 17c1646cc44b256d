using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Loyalty.LocalHost.Program;

namespace Loyalty.Bench;

/// <summary>
/// Signed Shopify webhooks over HTTP/1.1 keep-alive: HMAC, parse, map, intake document and queue message durable (synchronous=FULL), then 202.
/// The load runs in the same process on the same cores, with requests made beforehand. The queue's consumer is off, so that intake alone is measured,
/// and then on, so that the whole pipeline is.
/// </summary>
internal static class IngestBench
{
    private const string Secret = "bench-secret";

    public static async Task RunAsync(BenchOptions options)
    {
        foreach (var applies in new[] { false, true })
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

            await LoadAsync(host.BaseAddress, options with { Seconds = 2 }, 0);
            var times = await LoadAsync(host.BaseAddress, options, 1);
            times.Sort();
            Console.WriteLine(
                $"ingest{(applies ? " + apply" : "")}: {times.Count / (double)options.Seconds:N0} events/s accepted over {options.Connections} connections, "
                + $"p50 {times[times.Count / 2]:0.0} ms, p99 {times[(int)(times.Count * 0.99)]:0.0} ms, body {Body(0, 0).Length:N0} bytes");
        }
    }

    private static async Task<List<double>> LoadAsync(Uri address, BenchOptions options, int round)
    {
        var watch = Stopwatch.StartNew();
        var clients = Enumerable.Range(0, options.Connections).Select(number => Task.Run(() => ClientAsync(address, number + round * 10_000, watch, options.Seconds)));
        return [.. (await Task.WhenAll(clients)).SelectMany(static times => times)];
    }

    private static async Task<List<double>> ClientAsync(Uri address, int client, Stopwatch watch, int seconds)
    {
        var times = new List<double>();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address.Host, address.Port);
        var answer = new byte[2048];
        for (var number = 0; watch.Elapsed.TotalSeconds < seconds; number++)
        {
            var request = Request(address, client, number);
            var start = Stopwatch.GetTimestamp();
            await socket.SendAsync(request);
            var read = await socket.ReceiveAsync(answer);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (!answer.AsSpan(0, read).StartsWith("HTTP/1.1 202"u8)) throw new InvalidOperationException(Encoding.ASCII.GetString(answer, 0, read));
        }

        return times;
    }

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
