using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using Loyalty.Functions.Access;
using Loyalty.Functions.Settings;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Http;

/// <summary>Limits by key and by address: over HTTP with small ones, and the counting alone.</summary>
public sealed class RateLimitTests(RateLimitTests.Limited program) : IClassFixture<RateLimitTests.Limited>
{
    [Fact]
    public async Task Key_OverItsLimit_Is429WithRetryAfterUntilTheMinuteIsOver()
    {
        var counted = 0L;
        using var listener = Listen("key", () => Interlocked.Increment(ref counted));
        program.Time.Pass(TimeSpan.FromMinutes(2));
        program.Time.Pass(TimeSpan.FromSeconds(1));
        for (var i = 0; i < Limited.PerKey; i++) Assert.Equal(404, (await program.GetAsync("api/customers/nobody", ProgramFixture.KeyOf("support"))).Status);
        program.Time.Pass(TimeSpan.FromSeconds(20));

        using var response = await SendAsync(HttpMethod.Get, "api/customers/nobody", "support");
        Assert.Equal((429, "40"), ((int)response.StatusCode, response.Headers.RetryAfter?.ToString()));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"rate-limited\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(1, Interlocked.Read(ref counted));
        // Another key, and what shops send in, are not touched.
        Assert.Equal(404, (await program.GetAsync("api/customers/nobody", ProgramFixture.KeyOf("integration"))).Status);
        Assert.Equal(202, (await program.StandardAsync("""{ "type": "customer.signed-up", "data": { "customer": { "email": "rush@example.com" } } }""")).Status);

        program.Time.Pass(TimeSpan.FromSeconds(40));
        Assert.Equal(404, (await program.GetAsync("api/customers/nobody", ProgramFixture.KeyOf("support"))).Status);
    }

    [Fact]
    public async Task RefusedKeys_OverTheirLimit_Are429AndAGenuineKeyIsNot()
    {
        program.Time.Pass(TimeSpan.FromMinutes(2));
        for (var i = 0; i < Limited.PerRefused; i++) Assert.Equal(401, (await program.GetAsync("api/customers/nobody", $"guess-{i}-0123456789")).Status);

        (await program.GetAsync("api/customers/nobody", "one-more-guess-0123")).AssertProblem(429, "rate-limited");
        Assert.Equal(404, (await program.GetAsync("api/customers/nobody", ProgramFixture.KeyOf("admin"))).Status);
    }

    [Fact]
    public async Task OpenRoutes_OverTheLimitOfAnAddress_Are429()
    {
        program.Time.Pass(TimeSpan.FromMinutes(2));
        for (var i = 0; i < Limited.PerAddress; i++) Assert.Equal(200, (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/health"))).Status);

        (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/health"))).AssertProblem(429, "rate-limited");
        (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/me"))).AssertProblem(429, "rate-limited");
        // On one machine anybody can write the header: it moves nobody to another address.
        var forged = new HttpRequestMessage(HttpMethod.Get, "api/health");
        forged.Headers.Add("X-Forwarded-For", "203.0.113.77");
        (await program.SendAsync(forged)).AssertProblem(429, "rate-limited");
    }

    [Fact]
    public async Task Links_TriedOut_Are429AndAPageForBrowsers()
    {
        program.Time.Pass(TimeSpan.FromMinutes(2));
        for (var i = 0; i < Limited.PerRefused; i++) (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"api/preferences/guess-{i}"))).AssertProblem(404, "not-found");

        (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/preferences/guess"))).AssertProblem(429, "rate-limited");
        var browser = new HttpRequestMessage(HttpMethod.Get, "api/unsubscribe/guess");
        browser.Headers.Accept.ParseAdd("text/html");
        var page = await program.SendAsync(browser);
        Assert.Equal((429, "text/html"), (page.Status, page.MediaType));
    }

    [Fact]
    public void Take_Ingest_LetsTheAimOfAMinuteThrough()
    {
        var time = new StandingTime();
        var limits = new RateLimits(Settings(new RateLimitSettings()), time);
        var refused = 0;
        for (var i = 0; i < 300_000; i++)
        {
            if (limits.Take(RateLimit.Ingest, "203.0.113.7") is not null) refused++;
        }

        Assert.Equal(0, refused);
        Assert.True(new RateLimitSettings().Ingest >= 300_000);
    }

    [Fact]
    public void Take_MoreCallersThanAreCounted_ShareOneCountAndNothingGrows()
    {
        var limits = new RateLimits(Settings(new RateLimitSettings { Address = 2 }), new StandingTime());
        for (var i = 0; i < RateLimits.MostCallers; i++) Assert.Null(limits.Take(RateLimit.Address, $"caller {i}"));

        var refused = Enumerable.Range(0, 100).Count(i => limits.Take(RateLimit.Address, $"newcomer {i}") is not null);
        Assert.InRange(refused, 60, 80);
        Assert.Null(limits.Take(RateLimit.Address, "caller 7"));
        Assert.NotNull(limits.Take(RateLimit.Address, "caller 7"));
    }

    [Fact]
    public void Take_ManyThreadsAtOnce_GrantExactlyTheLimit()
    {
        var limits = new RateLimits(Settings(new RateLimitSettings { Key = 1000 }), new StandingTime());
        var granted = 0;
        Parallel.For(0, 4000, _ =>
        {
            if (limits.Take(RateLimit.Key, "key:support") is null) Interlocked.Increment(ref granted);
        });

        Assert.Equal(1000, granted);
    }

    private Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string role)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ProgramFixture.KeyOf(role));
        return program.Http.SendAsync(request);
    }

    private static LoyaltySettings Settings(RateLimitSettings limits) => new()
    {
        Mail = "outbox:x",
        ProgramPath = "program",
        ParkLongerThan = NodaTime.Duration.FromHours(1),
        Connectors = System.Collections.Immutable.ImmutableDictionary<string, Connectors.ConnectorSettings>.Empty,
        Keys = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty,
        RateLimits = limits,
    };

    private static MeterListener Listen(string limit, Action counted)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Name == "loyalty.http.rate_limited") self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "limit" && Equals(tag.Value, limit)) counted();
            }
        });
        listener.Start();
        return listener;
    }

    /// <summary>The program with small limits, in a time that stands.</summary>
    public sealed class Limited : ProgramFixture
    {
        public const int PerKey = 7;
        public const int PerAddress = 6;
        public const int PerRefused = 5;

        public StandingTime Time { get; } = new();

        protected override ProgramHostOptions Adjust(ProgramHostOptions options)
        {
            var settings = new Dictionary<string, string?>(options.Settings, StringComparer.OrdinalIgnoreCase)
            {
                ["RateLimits:Key"] = $"{PerKey}",
                ["RateLimits:Address"] = $"{PerAddress}",
                ["RateLimits:Refused"] = $"{PerRefused}",
            };
            return options with { Settings = settings, Override = services => services.AddSingleton<TimeProvider>(Time) };
        }
    }
}
