using System.Collections.Concurrent;
using System.Text;
using Loyalty.Connectors.WooCommerce;
using Loyalty.LocalHost.Program;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Loyalty.Functions.Tests.Webhooks;

/// <summary>A connector for which no secret is set refuses everything, and says so to whoever can set one.</summary>
public sealed class UnsetConnectorTests(UnsetConnectorTests.Fixture program) : IClassFixture<UnsetConnectorTests.Fixture>
{
    [Fact]
    public async Task Delivery_WithoutASecret_IsToldToSenderLogAndDoctor()
    {
        // What is not even signed (a scanner, the smoke test after a deployment) comes from no platform.
        (await program.SendAsync(new HttpRequestMessage(HttpMethod.Post, "api/webhooks/woocommerce") { Content = new StringContent("{}", Encoding.UTF8, "application/json") })).AssertProblem(401, "no-secret");
        Assert.Empty(await FoundAsync());

        var first = await WooAsync("{}");
        var second = await WooAsync("""{ "id": 1 }""");
        first.AssertProblem(401, "no-secret");
        Assert.Equal("Connectors__WooCommerce__Secrets__0 is not set, so every delivery is refused.", (string)first.Body["detail"]!);
        second.AssertProblem(401, "no-secret");

        // Anybody can send such a thing: it is told once an hour.
        Assert.Single(program.Log.Lines, static line => line.Contains("A delivery of woocommerce was refused: Connectors__WooCommerce__Secrets__0 is not set", StringComparison.Ordinal));
        Assert.Contains("woocommerce: a delivery was refused at 2026-03-02T15:00:00Z; Connectors__WooCommerce__Secrets__0 is not set", await FoundAsync());

        // A day later nobody has tried again.
        await program.Host.Clock.RunUntilAsync(ProgramFixture.Morning + Duration.FromDays(1) + Duration.FromSeconds(1));
        Assert.Empty(await FoundAsync());
    }

    [Theory]
    [InlineData("stripe", "Connectors__Stripe__Secrets__0")]
    [InlineData("bigcommerce", "Connectors__BigCommerce__Secrets__0")]
    [InlineData("adobe", "Connectors__Adobe__ClientIds__0")]
    [InlineData("mail", "Connectors__Mail__Secrets__0")]
    public async Task Delivery_OfAnyConnectorWithoutASecret_NamesItsSetting(string connector, string setting)
    {
        var answer = await program.SendAsync(new HttpRequestMessage(HttpMethod.Post, "api/webhooks/" + connector) { Content = new StringContent("{}", Encoding.UTF8, "application/json") });

        answer.AssertProblem(401, "no-secret");
        Assert.StartsWith(setting, (string)answer.Body["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delivery_BesideASecretThatIsSet_IsABadSignature()
    {
        var answer = await program.ShopifyAsync("orders/paid", "{}", static request => request.Set("X-Shopify-Hmac-Sha256", "AAAA"));

        answer.AssertProblem(401, "bad-signature");
    }

    private async Task<string[]> FoundAsync()
    {
        var check = (await program.GetAsync("api/operations/doctor")).Body["checks"]!.AsArray().Single(static one => (string)one!["name"]! == "connectors-have-secrets")!;
        Assert.Equal((int)check["findings"]!, check["examples"]!.AsArray().Count);
        return [.. check["examples"]!.AsArray().Select(static one => (string)one!)];
    }

    private Task<Answer> WooAsync(string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/woocommerce") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Set("X-WC-Webhook-Signature", WooConnector.Sign(Encoding.UTF8.GetBytes(body), "the shop's own"));
        request.Set("X-WC-Webhook-Topic", "order.created");
        return program.SendAsync(request);
    }

    public sealed class Fixture : ProgramFixture
    {
        internal LineLog Log { get; } = new();

        protected override ProgramHostOptions Adjust(ProgramHostOptions options) => options with { Logging = logging => logging.AddProvider(Log) };
    }

    internal sealed class LineLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
            // The host disposes of it; the lines stay.
        }
    }
}
