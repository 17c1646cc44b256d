using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Loyalty.LocalHost.Hosting;

/// <summary>
/// Serves HTTP to this process only, without a socket: an <see cref="HttpMessageHandler"/> is its other end. For command lines that speak to the
/// program on a file as they would to a running host. Bodies are held in memory.
/// </summary>
internal sealed class InProcessServer : IServer
{
    private Func<IFeatureCollection, Task>? _process;

    /// <inheritdoc/>
    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>The address that requests name.</summary>
    public static Uri Address { get; } = new("http://in-process/");

    /// <inheritdoc/>
    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        var addresses = new ServerAddressesFeature();
        addresses.Addresses.Add(Address.GetLeftPart(UriPartial.Authority));
        Features.Set<IServerAddressesFeature>(addresses);
        _process = async features =>
        {
            var context = application.CreateContext(features);
            Exception? failure = null;
            try
            {
                await application.ProcessRequestAsync(context);
            }
            catch (Exception exception)
            {
                failure = exception;
                throw;
            }
            finally
            {
                application.DisposeContext(context, failure);
            }
        };
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _process = null;

    /// <summary>Sends requests to this server.</summary>
    public HttpMessageHandler CreateHandler() => new Handler(this);

    private sealed class Handler(InProcessServer server) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var process = server._process ?? throw new HttpRequestException("The program on this file is closed.");
            var sent = new HttpRequestFeature
            {
                Method = request.Method.Method,
                Scheme = "http",
                Protocol = "HTTP/1.1",
                Path = Uri.UnescapeDataString(request.RequestUri!.AbsolutePath),
                QueryString = request.RequestUri.Query,
                RawTarget = request.RequestUri.PathAndQuery,
            };
            foreach (var (name, values) in request.Headers) sent.Headers[name] = values.ToArray();
            sent.Headers.Host = request.RequestUri.Authority;
            if (request.Content is { } content)
            {
                sent.Body = await content.ReadAsStreamAsync(cancellationToken);
                foreach (var (name, values) in content.Headers) sent.Headers[name] = values.ToArray();
                if (sent.Body.CanSeek) sent.Headers.ContentLength = sent.Body.Length;
            }

            var body = new MemoryStream();
            var answered = new HttpResponseFeature();
            var features = new FeatureCollection();
            features.Set<IHttpRequestFeature>(sent);
            features.Set<IHttpResponseFeature>(answered);
            features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
            features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = cancellationToken });
            await process(features);
            return Answer(answered, body, request);
        }

        private static HttpResponseMessage Answer(HttpResponseFeature answered, MemoryStream body, HttpRequestMessage request)
        {
            var answer = new HttpResponseMessage((HttpStatusCode)answered.StatusCode)
            {
                RequestMessage = request,
                Content = new ByteArrayContent(body.ToArray()),
            };
            foreach (var (name, values) in answered.Headers)
            {
                if (!answer.Headers.TryAddWithoutValidation(name, values.ToArray())) answer.Content.Headers.TryAddWithoutValidation(name, values.ToArray());
            }

            return answer;
        }
    }
}
