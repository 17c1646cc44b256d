using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Loyalty.Connectors.Shopify;
using Loyalty.Connectors.Standard;
using Loyalty.LocalHost.Program;
using Loyalty.Storage.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Loyalty.Functions.Tests;

/// <summary>The whole program on a fresh file under virtual time, spoken to over HTTP only.</summary>
public class ProgramFixture : IAsyncLifetime
{
    public const string Shop = "tea.myshopify.com";
    public const string Secret = "a-secret-of-now";
    public const string OlderSecret = "a-secret-before-the-rotation";
    public const string StandardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    public const string EventGridSecret = "a-secret-of-the-subscription";

    /// <summary>A Monday, 10:00 in New York, where the program's shop is: inside every send window.</summary>
    public static readonly Instant Morning = Instant.FromUtc(2026, 3, 2, 15, 0);

    private readonly string _folder = Directory.CreateTempSubdirectory("loyalty-http-").FullName;
    private int _count;

    public ProgramHost Host { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    public string Outbox => Path.Combine(_folder, "outbox");

    protected virtual Instant Start => Morning;

    /// <summary>Changes what the host is made of.</summary>
    protected virtual ProgramHostOptions Adjust(ProgramHostOptions options) => options;

    /// <summary>The key of a role, in lower case.</summary>
    public static string KeyOf(string role) => $"the-key-of-{role}-0001";

    public virtual async Task InitializeAsync()
    {
        Host = await ProgramHost.StartAsync(Adjust(new ProgramHostOptions
        {
            DataFile = Path.Combine(_folder, "loyalty.db"),
            VirtualStart = Start,
            SurvivesPowerCut = false,
            Settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Mail"] = "outbox:" + Outbox,
                ["Program:Path"] = Path.Combine(AppContext.BaseDirectory, "program"),
                ["Connectors:Shopify:Secrets:0"] = Secret,
                ["Connectors:Shopify:Secrets:1"] = OlderSecret,
                ["Connectors:Shopify:Currency"] = "USD",
                ["Connectors:Standard:Secrets:0"] = StandardSecret,
                ["Connectors:EventGrid:Secrets:0"] = EventGridSecret,
                // A test asks more in a second than a caller does in a minute.
                ["RateLimits:Refused"] = "100000",
                ["RateLimits:Address"] = "100000",
                ["Keys:Admin"] = KeyOf("admin"),
                ["Keys:Marketer"] = KeyOf("marketer"),
                ["Keys:Operator"] = KeyOf("operator"),
                ["Keys:Support"] = KeyOf("support"),
                ["Keys:Integration"] = KeyOf("integration"),
            },
        }));
        Http = new HttpClient { BaseAddress = Host.BaseAddress };
    }

    public virtual async Task DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Lets everything that is due now happen.</summary>
    public Task SettleAsync() => Host.Clock.WaitForIdleAsync();

    /// <summary>Reasons of messages that were given up.</summary>
    public IReadOnlyList<string> DeadLetters()
    {
        var database = Host.Services.GetRequiredService<SqliteDatabase>();
        return [.. Host.Queues.SelectMany(queue => LocalHost.Queue.DeadLetters.List(database, queue.Definition.Name)).Select(static dead => $"{dead.Reason}: {dead.Description}")];
    }

    /// <summary>A webhook as Shopify sends it; each call is a delivery of its own.</summary>
    public Task<Answer> ShopifyAsync(string topic, byte[] body, Action<HttpRequestMessage>? change = null) => SendAsync(Shopify(topic, body, change));

    public Task<Answer> ShopifyAsync(string topic, string body, Action<HttpRequestMessage>? change = null) =>
        ShopifyAsync(topic, Encoding.UTF8.GetBytes(body), change);

    public HttpRequestMessage Shopify(string topic, byte[] body, Action<HttpRequestMessage>? change = null)
    {
        var number = Interlocked.Increment(ref _count);
        var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/shopify") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Set("X-Shopify-Topic", topic);
        request.Set("X-Shopify-Shop-Domain", Shop);
        request.Set("X-Shopify-Event-Id", $"event-{number}");
        request.Set("X-Shopify-Webhook-Id", $"webhook-{number}");
        request.Set("X-Shopify-API-Version", "2026-01");
        request.Set("X-Shopify-Hmac-Sha256", ShopifyConnector.Sign(body, Secret));
        change?.Invoke(request);
        return request;
    }

    /// <summary>A Standard Webhooks delivery, signed now.</summary>
    public Task<Answer> StandardAsync(string body, string? id = null, Action<HttpRequestMessage>? change = null)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var seconds = Host.Clock.Now.ToUnixTimeSeconds();
        id ??= $"msg_{Interlocked.Increment(ref _count)}";
        var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/standard") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Set("webhook-id", id);
        request.Set("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture));
        request.Set("webhook-signature", StandardSignature.Sign(id, seconds, bytes, StandardSecret));
        change?.Invoke(request);
        return SendAsync(request);
    }

    /// <summary>Reads with the admin key.</summary>
    public Task<Answer> GetAsync(string path, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key ?? KeyOf("admin"));
        return SendAsync(request);
    }

    /// <summary>The program's id of a person, who must be known.</summary>
    public async Task<string> IdOfAsync(string email)
    {
        var answer = await GetAsync("api/customers?email=" + Uri.EscapeDataString(email));
        Assert.Equal(200, answer.Status);
        return (string)answer.Body["id"]!;
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        using (var response = await Http.SendAsync(request))
        {
            return new Answer(
                (int)response.StatusCode,
                response.Content.Headers.ContentType?.MediaType,
                response.Headers.WwwAuthenticate.ToString() is { Length: > 0 } challenge ? challenge : null,
                await response.Content.ReadAsStringAsync());
        }
    }
}

internal static class RequestExtensions
{
    /// <summary>Replaces a header, whatever it says; null takes it away.</summary>
    public static void Set(this HttpRequestMessage request, string header, string? value)
    {
        request.Headers.Remove(header);
        if (value is not null) Assert.True(request.Headers.TryAddWithoutValidation(header, value));
    }
}
