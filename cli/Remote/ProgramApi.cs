using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Loyalty.Core.Serialization;
using Loyalty.Engine.Refusals;
using Loyalty.LocalHost.Program;

namespace Loyalty.Cli.Remote;

/// <summary>
/// The program's HTTP interface, wherever it is: a deployed app, the host that owns a local file, or the file itself in this process. A verb is
/// written once, against the routes.
/// </summary>
internal sealed class ProgramApi : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http;
    private readonly FileProgram? _file;

    private ProgramApi(HttpClient http, string where, FileProgram? file = null)
    {
        _http = http;
        _file = file;
        Where = where;
    }

    /// <summary>The file or the address, for messages.</summary>
    public string Where { get; }

    /// <summary>True if the file was opened here, because no host runs on it.</summary>
    public bool IsFile => _file is not null;

    /// <summary>A deployed app, or any host with its key.</summary>
    public static ProgramApi At(Uri url, string key) => new(Client(url, key), url.ToString());

    /// <summary>The host that owns the file if one answers, else the file.</summary>
    /// <param name="file">An existing data file.</param>
    /// <param name="readOnly">Whether the file may be opened for reading only.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<ProgramApi> OpenFileAsync(string file, bool readOnly, CancellationToken cancellation = default)
    {
        if (RunningHost.Find(file) is { } spot)
        {
            var http = Client(spot.Url, spot.Key);
            if (await AnswersAsync(http, cancellation)) return new ProgramApi(http, file);
            http.Dispose();
        }

        var program = await FileProgram.OpenAsync(file, readOnly, settings: null, cancellation);
        return new ProgramApi(program.CreateClient(), file, program);
    }

    /// <summary>GET; null where there is no such thing.</summary>
    /// <param name="path">Below <c>/api/</c>, e.g. <c>customers/c1/runs</c>; escape what is not yours with <see cref="Uri.EscapeDataString(string)"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ApiRefusedException">It answered a refusal.</exception>
    public async Task<T?> FindAsync<T>(string path, CancellationToken cancellation = default)
        where T : class
    {
        using var answer = await _http.GetAsync(new Uri("api/" + path, UriKind.Relative), cancellation);
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync<T>(answer, cancellation);
    }

    /// <summary>GET.</summary>
    /// <inheritdoc cref="FindAsync{T}"/>
    public async Task<T> GetAsync<T>(string path, CancellationToken cancellation = default)
    {
        using var answer = await _http.GetAsync(new Uri("api/" + path, UriKind.Relative), cancellation);
        return await ReadAsync<T>(answer, cancellation);
    }

    /// <summary>POST a JSON body (null: none) and read the JSON answer.</summary>
    /// <inheritdoc cref="FindAsync{T}"/>
    public Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellation = default) => SendAsync<T>(HttpMethod.Post, path, body, cancellation);

    /// <summary>POST whose refusal tells more than a problem does: it is read as <typeparamref name="TRefused"/>.</summary>
    /// <inheritdoc cref="FindAsync{T}"/>
    public async Task<(TDone? Done, TRefused? Refused)> TryPostAsync<TDone, TRefused>(string path, object body, CancellationToken cancellation = default)
        where TDone : class
        where TRefused : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/" + path);
        request.Content = JsonContent.Create(body, body.GetType(), mediaType: null, LoyaltyJson.Options);
        using var answer = await _http.SendAsync(request, cancellation);
        if (answer.IsSuccessStatusCode || (int)answer.StatusCode >= 500 || answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            return (await ReadAsync<TDone>(answer, cancellation), null);
        try
        {
            return (null, LoyaltyJson.Read<TRefused>(await answer.Content.ReadAsByteArrayAsync(cancellation)));
        }
        catch (JsonException)
        {
            return (await ReadAsync<TDone>(answer, cancellation), null);
        }
    }

    /// <summary>Any method with a JSON body (null: none); reads the JSON answer.</summary>
    /// <inheritdoc cref="FindAsync{T}"/>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(method, "api/" + path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), mediaType: null, LoyaltyJson.Options);
        using var answer = await _http.SendAsync(request, cancellation);
        return await ReadAsync<T>(answer, cancellation);
    }

    /// <summary>POST a JSON body under an idempotency key and read the JSON answer.</summary>
    /// <inheritdoc cref="FindAsync{T}"/>
    public async Task<T> PostKeyedAsync<T>(string path, object body, string key, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/" + path);
        request.Headers.Add("Idempotency-Key", key);
        request.Content = JsonContent.Create(body, body.GetType(), mediaType: null, LoyaltyJson.Options);
        using var answer = await _http.SendAsync(request, cancellation);
        return await ReadAsync<T>(answer, cancellation);
    }

    /// <summary>POST a file as it is and read the JSON answer.</summary>
    /// <inheritdoc cref="FindAsync{T}"/>
    public async Task<T> PostBytesAsync<T>(string path, byte[] body, string mediaType, CancellationToken cancellation = default)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        using var answer = await _http.PostAsync(new Uri("api/" + path, UriKind.Relative), content, cancellation);
        return await ReadAsync<T>(answer, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_file is not null) await _file.DisposeAsync();
    }

    private static HttpClient Client(Uri url, string key)
    {
        var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, AllowAutoRedirect = false })
        {
            BaseAddress = url.AbsolutePath.EndsWith('/') ? url : new Uri(url + "/"),
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }

    private static async Task<bool> AnswersAsync(HttpClient http, CancellationToken cancellation)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("api/health", UriKind.Relative), cancellation);
            return true;
        }
        catch (HttpRequestException)
        {
            // Killed: its word is still there, and it is not.
            return false;
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken cancellation)
    {
        var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
        try
        {
            if (answer.IsSuccessStatusCode) return bytes.Length == 0 && default(T) is null ? default! : LoyaltyJson.Read<T>(bytes);
            if (answer.Content.Headers.ContentType?.MediaType == Problem.ContentType) throw new ApiRefusedException(Where, LoyaltyJson.Read<Problem>(bytes));
        }
        catch (JsonException unread)
        {
            throw new InvalidDataException($"{Where} answered {(int)answer.StatusCode} with a body that is not understood: it may be another version.", unread);
        }

        throw new HttpRequestException($"{Where} answered {(int)answer.StatusCode} {answer.ReasonPhrase}.", inner: null, answer.StatusCode);
    }
}

/// <summary>The program refused; the message has its code and its words.</summary>
internal sealed class ApiRefusedException(string where, Problem problem) : Exception($"{where}: {problem.Detail ?? problem.Title} ({problem.Code})")
{
    /// <summary>The answer.</summary>
    public Problem Problem { get; } = problem;
}
