using System.Net.Sockets;
using System.Text;

namespace Loyalty.Functions.Tests.Http;

/// <summary>What no function answers is a problem document with a code too.</summary>
public sealed class RoutingTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    [Theory]
    [InlineData("GET", "api/nothing-here", 404, "not-found")]
    [InlineData("GET", "", 404, "not-found")]
    [InlineData("POST", "api/webhooks/no-such-shop", 404, "not-found")]
    [InlineData("GET", "api/webhooks/shopify", 405, "method-not-allowed")]
    [InlineData("DELETE", "api/events", 405, "method-not-allowed")]
    [InlineData("POST", "api/health", 405, "method-not-allowed")]
    [InlineData("PUT", "api/customers/c1/points", 405, "method-not-allowed")]
    public async Task Send_NoSuchRouteOrMethod_IsAProblem(string method, string path, int status, string code) =>
        (await program.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).AssertProblem(status, code);

    [Fact]
    public async Task Send_OtherMethod_TellsWhichAreAllowed()
    {
        using var response = await program.Http.GetAsync(new Uri("api/webhooks/shopify", UriKind.Relative));

        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData(null)]
    public async Task Post_EventsOfAnotherMediaType_Is415(string? mediaType)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "api/events") { Content = new ByteArrayContent("<a/>"u8.ToArray()) };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + ProgramFixture.KeyOf("integration"));
        if (mediaType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);

        (await program.SendAsync(request)).AssertProblem(415, "unsupported-media-type");
    }

    [Fact]
    public async Task Post_ChunksThatAreNone_Is400AndTheNextRequestIsServed()
    {
        var answer = await RawAsync(
            "POST /api/webhooks/shopify HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nX-Shopify-Topic: orders/paid\r\n\r\nthis is no chunk\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"malformed-request\"", answer, StringComparison.Ordinal);
        Assert.Equal("200", (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/health"))).Summary);
    }

    private async Task<string> RawAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(program.Host.BaseAddress.Host, program.Host.BaseAddress.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
