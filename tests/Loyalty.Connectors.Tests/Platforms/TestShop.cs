using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Loyalty.Connectors.Tests.Platforms;

/// <summary>A shop's interface on loopback: answers paths with what a test put there, and remembers what it was asked.</summary>
internal sealed class TestShop : IDisposable
{
    private readonly HttpListener _listener = new();

    public TestShop()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Url { get; }

    /// <summary>By path without its query: the status, the body, and a header or none.</summary>
    public ConcurrentDictionary<string, Func<HttpListenerRequest, (int Status, string Body)>> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>Path, query and the header that carries the secret, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = [];

    public string? RetryAfter { get; set; }

    public void Answer(string path, string body, int status = 200) => Answers[path] = _ => (status, body);

    public void Dispose()
    {
        _listener.Stop();
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                Asked.Enqueue($"{context.Request.RawUrl} {context.Request.Headers["Authorization"] ?? context.Request.Headers["X-Auth-Token"] ?? context.Request.Headers["X-Shopify-Access-Token"]}");
                var (status, body) = Answers.TryGetValue(context.Request.Url!.AbsolutePath, out var answer) ? answer(context.Request) : (404, "{}");
                context.Response.StatusCode = status;
                if (RetryAfter is not null) context.Response.AddHeader("Retry-After", RetryAfter);
                if (status is 301 or 302) context.Response.RedirectLocation = body;
                var bytes = Encoding.UTF8.GetBytes(body);
                if (status != 204) await context.Response.OutputStream.WriteAsync(bytes);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Whoever asked may have gone without waiting for the answer.
                if (!_listener.IsListening) return;
            }
        }
    }
}
