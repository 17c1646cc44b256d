using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Loyalty.Connectors.Standard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Loyalty.Functions.Tests.Contact;

/// <summary>A system of a shop's that takes text messages over HTTP as docs/reference/contact.md says, with whatever can go wrong, chosen by the number.</summary>
public sealed class SmsGateway : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> _numbers = new(StringComparer.Ordinal);
    private readonly WebApplication _app;

    public SmsGateway()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    public string Url => _app.Urls.First() + "/send";

    /// <summary>Operation → what was delivered under it, in order; more than one would be a duplicate.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<JsonNode>> Delivered { get; } = new(StringComparer.Ordinal);

    /// <summary>Calls in order: <c>POST +359… 200</c>.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>What was not as documented.</summary>
    public ConcurrentQueue<string> Wrong { get; } = new();

    /// <summary>How a number's n-th call (from 1) is answered; 0: the connection breaks. <c>take</c>: the message is delivered, whatever is answered.</summary>
    public Func<string, string, int, (int Status, bool Take)> Answer { get; set; } = static (_, _, _) => (200, true);

    public Task StartAsync() => _app.StartAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        var request = context.Request;
        using var memory = new MemoryStream();
        await request.Body.CopyToAsync(memory);
        var body = memory.ToArray();
        var operation = request.Headers["webhook-id"].ToString();
        Check(request, operation, body);
        if (request.Method == "POST") _numbers[operation] = (string)JsonNode.Parse(body)!["to"]!;
        var number = _numbers.GetValueOrDefault(operation, "?");
        var calls = Calls.Count(one => one.StartsWith($"{request.Method} {number} ", StringComparison.Ordinal)) + 1;
        var (status, take) = Answer(request.Method, number, calls);
        Calls.Enqueue($"{request.Method} {number} {status}");
        // The operation id is what makes a repetition known.
        if (take && request.Method == "POST") Delivered.GetOrAdd(operation, static _ => new()).Enqueue(JsonNode.Parse(body)!);
        if (status == 0)
        {
            context.Abort();
            return;
        }

        if (status is 429 or 503) context.Response.Headers.RetryAfter = "90";
        context.Response.StatusCode = status;
    }

    private void Check(HttpRequest request, string operation, byte[] body)
    {
        var timestamp = request.Headers["webhook-timestamp"].ToString();
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) Wrong.Enqueue($"{request.Method}: timestamp '{timestamp}'");
        if (StandardSignature.Sign(operation, seconds, body, ChannelFixture.ChannelSecret) != request.Headers["webhook-signature"].ToString()) Wrong.Enqueue($"{request.Method}: signature");
        if (request.Method == "GET")
        {
            if (request.Path.Value != "/send/" + operation || body.Length > 0) Wrong.Enqueue($"GET {request.Path}");
            return;
        }

        if (request.Path.Value != "/send") Wrong.Enqueue($"POST {request.Path}");
        if (request.ContentType != "application/json") Wrong.Enqueue($"POST: {request.ContentType}");
        var members = string.Join(',', JsonNode.Parse(body)!.AsObject().Select(static one => one.Key));
        if (members != "channel,to,messageId,subject,text,html") Wrong.Enqueue($"POST: {members}");
    }
}
