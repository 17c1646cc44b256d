using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Loyalty.LocalHost.Tests.Hosting;

public sealed class HttpFunctionTests
{
    [Fact]
    public async Task Get_ActionResult_IsExecutedAsJson()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(HttpSamples));

        var answer = await fixture.Http.GetAsync("api/HELLO/ann?times=3");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("""{"name":"ann","times":3}""", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Post_RouteParametersBodyAndContext_AreBoundByName()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(HttpSamples));
        var id = new Guid("0123456789abcdef0123456789abcdef");

        var answer = await fixture.Http.PostAsync($"api/typed/7/{id}", new StringContent("text"));

        Assert.Equal("7 0123456789abcdef0123456789abcdef text Typed True", await answer.Content.ReadAsStringAsync());
        Assert.Equal(["> Typed TypedAsync", "typed POST"], fixture.Journal.Lines);
    }

    [Theory]
    [InlineData("GET", "api/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "hello/ann", HttpStatusCode.NotFound)]
    [InlineData("GET", "api/typed/x/0123456789abcdef0123456789abcdef", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "api/hello/ann", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "api/plain", HttpStatusCode.NoContent)]
    public async Task Request_WrongPathOrMethod_GetsItsStatus(string method, string path, HttpStatusCode expected)
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(HttpSamples));

        var answer = await fixture.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.NoContent) Assert.Equal("yes", answer.Headers.GetValues("x-plain").Single());
    }

    [Fact]
    public async Task Post_FromBody_IsReadAndAWrongOneIs422()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(HttpSamples));

        var right = await fixture.Http.PostAsJsonAsync("api/body", new Greeting("bo", 1));
        var wrong = await fixture.Http.PostAsync("api/body", new StringContent("{", null, "application/json"));

        Assert.Equal("""{"name":"bo","times":2}""", await right.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
    }

    [Fact]
    public async Task Get_FunctionThrows_ProblemWithTraceIdAndWithoutTheReason()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(HttpSamples));

        var answer = await fixture.Http.GetAsync("api/broken");

        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("internal-error", JsonDocument.Parse(text).RootElement.GetProperty("code").GetString());
        Assert.Contains("trace", JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_MiddlewareAnswersItself_FunctionIsNotCalled()
    {
        await using var fixture = await HostFixture.StartAsync(null, typeof(HttpSamples));
        var request = new HttpRequestMessage(HttpMethod.Get, "api/hello/ann");
        request.Headers.Add("x-refuse", "1");

        var answer = await fixture.Http.SendAsync(request);

        Assert.Equal(
            (HttpStatusCode.Unauthorized, "refused"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Empty(fixture.Journal.Lines);
    }

    [Fact]
    public async Task Get_OtherRoutePrefixInHostJson_IsServedThere()
    {
        var file = Path.GetTempFileName();
        const string Json = """{ "version": "2.0", "extensions": { "http": { "routePrefix": "app/v1" } } } // too""";
        await File.WriteAllTextAsync(file, Json);
        await using var fixture = await HostFixture.StartAsync(
            options => options with { HostJsonPath = file }, typeof(HttpSamples));

        Assert.Equal(HttpStatusCode.OK, (await fixture.Http.GetAsync("app/v1/hello/ann")).StatusCode);
        File.Delete(file);
    }
}
