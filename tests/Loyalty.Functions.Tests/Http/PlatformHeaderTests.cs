using System.Collections.Immutable;
using System.Net;
using System.Text;
using Loyalty.Functions.Access;
using Loyalty.Functions.Settings;
using Loyalty.LocalHost.Program;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Http;

/// <summary>What the platform in front of the app writes, and that nobody else can.</summary>
public sealed class PlatformHeaderTests
{
    /// <summary>As App Service writes it for a person signed in with Entra ID (v2 token).</summary>
    private const string Person = """
        { "auth_typ": "aad",
          "claims": [
            { "typ": "aud", "val": "0f6b8f0a-6a3c-4f4e-9a53-1a2b3c4d5e6f" },
            { "typ": "iss", "val": "https://login.microsoftonline.com/72f988bf-0000-0000-0000-000000000000/v2.0" },
            { "typ": "iat", "val": "1772463600" },
            { "typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": "5b5450db-eb26-4c1a-981c-ba1d25f0483d" },
            { "typ": "preferred_username", "val": "somebody@shop.example" },
            { "typ": "roles", "val": "Support" },
            { "typ": "roles", "val": "marketer" },
            { "typ": "roles", "val": "Something.Else" },
            { "typ": "ver", "val": "2.0" } ],
          "name_typ": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
          "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role" }
        """;

    /// <summary>An app with an app role, its roles under the type that the document names.</summary>
    private const string App = """
        { "auth_typ": "aad",
          "claims": [
            { "typ": "oid", "val": "9c6f3f2e-1111-2222-3333-444455556666" },
            { "typ": "azpacr", "val": "2" },
            { "typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role", "val": "Integration" } ],
          "name_typ": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
          "role_typ": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role" }
        """;

    public static readonly TheoryData<string, string?, string, string?> Principals = new()
    {
        { "a person", Person, "Marketer,Support", "entra:5b5450db-eb26-4c1a-981c-ba1d25f0483d" },
        { "an app", App, "Integration", "entra:9c6f3f2e-1111-2222-3333-444455556666" },
        { "nobody with a role of ours", Person.Replace("Support", "Reader", StringComparison.Ordinal).Replace("\"marketer\"", "\"x\"", StringComparison.Ordinal), "", "entra:5b5450db-eb26-4c1a-981c-ba1d25f0483d" },
        { "a role in another claim", Person.Replace("\"roles\"", "\"groups\"", StringComparison.Ordinal), "", "entra:5b5450db-eb26-4c1a-981c-ba1d25f0483d" },
        { "another provider", Person.Replace("\"aad\"", "\"google\"", StringComparison.Ordinal), "", null },
        { "no object id", Person.Replace("objectidentifier", "tenantid", StringComparison.Ordinal), "", null },
        { "no claims", """{ "auth_typ": "aad" }""", "", null },
        { "a claim that is null", """{ "auth_typ": "aad", "claims": [null, { "typ": null, "val": "Admin" }], "role_typ": null }""", "", null },
        { "no document", "null", "", null },
        { "no JSON", "not json", "", null },
    };

    [Theory]
    [MemberData(nameof(Principals))]
    public void Principal_Document_TellsRolesAndWho(string what, string? json, string roles, string? name)
    {
        var caller = ClientPrincipal.Read(Convert.ToBase64String(Encoding.UTF8.GetBytes(json!)));

        Assert.True(caller?.Name == name, what);
        Assert.Equal(roles, string.Join(',', caller?.Roles.Order() ?? Enumerable.Empty<Role>()));
        Assert.False(caller?.Admin ?? false);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("%%%")]
    public void Principal_NoBase64_IsNobody(string? header) => Assert.Null(ClientPrincipal.Read(header));

    [Fact]
    public void Principal_AdminRole_MayDoEverything() =>
        Assert.True(ClientPrincipal.Read(Convert.ToBase64String(Encoding.UTF8.GetBytes(Person.Replace("Support", "Admin", StringComparison.Ordinal))))!.Admin);

    [Theory]
    [InlineData("WEBSITE_AUTH_ENABLED=True", false, false)]
    [InlineData("WEBSITE_INSTANCE_ID=abc", true, false)]
    [InlineData("WEBSITE_INSTANCE_ID=abc;WEBSITE_AUTH_ENABLED=False", true, false)]
    [InlineData("WEBSITE_INSTANCE_ID=abc;WEBSITE_AUTH_ENABLED=True", true, true)]
    [InlineData("CONTAINER_NAME=abc;WEBSITE_AUTH_ENABLED=true", true, true)]
    [InlineData("", false, false)]
    public void Platform_Environment_SaysWhatIsItsOwn(string environment, bool forwarded, bool principal)
    {
        var variables = environment.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(static one => one.Split('=')).ToDictionary(static one => one[0], static one => one[1], StringComparer.Ordinal);

        Assert.Equal(new PlatformHeaders(forwarded, principal), PlatformHeaders.Of(name => variables.GetValueOrDefault(name)));
    }

    [Theory]
    [InlineData("203.0.113.7:52311", "203.0.113.7")]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1, 198.51.100.9, 203.0.113.7:1", "203.0.113.7")]
    [InlineData("1.2.3.4,", null)]
    [InlineData("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("unknown", null)]
    [InlineData("[2001:db8::1", null)]
    public void Address_BehindThePlatform_IsTheLastHop(string header, string? expected)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Loopback;
        http.Request.Headers["X-Forwarded-For"] = header;

        Assert.Equal(expected ?? "127.0.0.1", ClientAddress.Of(http, new PlatformHeaders(Forwarded: true, Principal: false)));
        Assert.Equal("127.0.0.1", ClientAddress.Of(http, PlatformHeaders.None));
    }

    [Fact]
    public async Task Host_OnOneMachine_NeverTrustsThePrincipal()
    {
        await using var program = await OpenAsync(platform: null);
        foreach (var json in new[] { Person, App, Person.Replace("Support", "Admin", StringComparison.Ordinal) })
        {
            (await program.SendAsync(Signed("api/templates", json))).AssertProblem(401, "unauthorized");
        }
    }

    [Fact]
    public async Task Host_BehindThePlatform_LetsThePrincipalsRolesInAndNoOthers()
    {
        await using var program = await OpenAsync(new PlatformHeaders(Forwarded: true, Principal: true));

        Assert.Equal(200, (await program.SendAsync(Signed("api/templates", Person))).Status);
        (await program.SendAsync(Signed("api/customers/nobody", Person))).AssertProblem(404, "not-found");
        (await program.SendAsync(Signed("api/operations/dead-letters", Person))).AssertProblem(403, "forbidden");
        (await program.SendAsync(Signed("api/templates", App))).AssertProblem(403, "forbidden");
        (await program.SendAsync(Signed("api/templates", "not json"))).AssertProblem(401, "unauthorized");
        (await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/templates"))).AssertProblem(401, "unauthorized");
        Assert.Equal(200, (await program.GetAsync("api/templates")).Status);
    }

    private static async Task<OneHost> OpenAsync(PlatformHeaders? platform)
    {
        var program = new OneHost(platform);
        await program.InitializeAsync();
        return program;
    }

    private static HttpRequestMessage Signed(string path, string principal)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add(ClientPrincipal.Header, Convert.ToBase64String(Encoding.UTF8.GetBytes(principal)));
        request.Headers.Add("X-MS-CLIENT-PRINCIPAL-ID", "5b5450db-eb26-4c1a-981c-ba1d25f0483d");
        request.Headers.Add("X-MS-CLIENT-PRINCIPAL-IDP", "aad");
        return request;
    }

    private sealed class OneHost(PlatformHeaders? platform) : ProgramFixture, IAsyncDisposable
    {
        protected override ProgramHostOptions Adjust(ProgramHostOptions options) =>
            platform is null ? options : options with { Override = services => services.AddSingleton(platform) };

        async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
    }
}
