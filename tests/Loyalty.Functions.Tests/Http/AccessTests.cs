using System.Reflection;
using System.Text.RegularExpressions;
using Loyalty.Functions.Access;
using Microsoft.Azure.Functions.Worker;

namespace Loyalty.Functions.Tests.Http;

/// <summary>Every HTTP function × every key, over HTTP.</summary>
public sealed class AccessTests(ProgramFixture program) : IClassFixture<ProgramFixture>
{
    /// <summary>What a caller who may gets for a customer nobody knows, an empty body, no signature.</summary>
    private static readonly Dictionary<string, (Role[] Roles, string Open)> Expected = new(StringComparer.Ordinal)
    {
        ["POST webhooks/shopify"] = ([Role.Signature], "401 bad-signature"),
        ["POST webhooks/woocommerce"] = ([Role.Signature], "401 no-secret"),
        ["POST webhooks/stripe"] = ([Role.Signature], "401 no-secret"),
        ["POST webhooks/bigcommerce"] = ([Role.Signature], "401 no-secret"),
        ["POST webhooks/adobe"] = ([Role.Signature], "401 no-secret"),
        ["GET webhooks/adobe"] = ([Role.Signature], "422 invalid-field"),
        ["POST webhooks/standard"] = ([Role.Signature], "401 bad-signature"),
        ["OPTIONS webhooks/eventgrid"] = ([Role.Signature], "422 missing-header"),
        ["POST webhooks/eventgrid"] = ([Role.Signature], "401 bad-signature"),
        ["POST webhooks/mail"] = ([Role.Signature], "401 no-secret"),
        ["GET unsubscribe/{token}"] = ([Role.Signature], "404 not-found"),
        ["POST unsubscribe/{token}"] = ([Role.Signature], "404 not-found"),
        ["GET preferences/{token}"] = ([Role.Signature], "404 not-found"),
        ["POST preferences/{token}"] = ([Role.Signature], "404 not-found"),
        ["GET feedback/{token}"] = ([Role.Signature], "404 not-found"),
        ["POST feedback/{token}"] = ([Role.Signature], "404 not-found"),
        ["GET feedback"] = ([Role.Support, Role.Marketer], "200"),
        ["POST feedback"] = ([Role.Support, Role.Integration], "422 malformed-body"),
        ["GET import"] = ([Role.Integration, Role.Operator], "200"),
        ["POST import"] = ([Role.Integration, Role.Operator], "422 invalid-field"),
        ["GET export/members"] = ([Role.Integration], "200"),
        ["GET export/orders"] = ([Role.Integration], "200"),
        ["GET export/ledger"] = ([Role.Integration], "200"),
        ["POST suppressions"] = ([Role.Marketer, Role.Operator], "422 malformed-body"),
        ["POST suppressions/lift"] = ([Role.Support, Role.Operator], "422 malformed-body"),
        ["POST events"] = ([Role.Integration], "415 unsupported-media-type"),
        ["GET customers"] = ([Role.Support, Role.Integration], "422 invalid-field"),
        ["GET customers/{id}"] = ([Role.Support, Role.Integration], "404 not-found"),
        ["GET customers/{id}/points"] = ([Role.Support, Role.Integration], "404 not-found"),
        ["GET customers/{id}/points/explain"] = ([Role.Support, Role.Integration], "404 not-found"),
        ["POST customers/{id}/points/adjust"] = ([Role.Support, Role.Operator], "422 malformed-body"),
        ["POST tiers/preview"] = ([Role.Marketer], "200"),
        ["POST points/explore"] = ([Role.Integration, Role.Marketer, Role.Support], "422 malformed-body"),
        ["GET offers"] = ([Role.Marketer, Role.Support, Role.Integration], "200"),
        ["GET offers/{id}"] = ([Role.Marketer, Role.Support, Role.Integration], "404 not-found"),
        ["POST offers/{id}/pool"] = ([Role.Marketer], "404 not-found"),
        ["POST offers/{id}/quote"] = ([Role.Integration], "422 malformed-body"),
        ["POST offers/{id}/hold"] = ([Role.Integration], "422 malformed-body"),
        ["POST offers/{id}/commit"] = ([Role.Integration], "422 malformed-body"),
        ["POST offers/{id}/release"] = ([Role.Integration], "422 malformed-body"),
        ["GET customers/{id}/offers"] = ([Role.Support, Role.Integration], "404 not-found"),
        ["POST customers/{id}/offers"] = ([Role.Support, Role.Integration], "422 malformed-body"),
        ["GET draws/{id}"] = ([Role.Marketer, Role.Support, Role.Integration], "404 not-found"),
        ["GET draws/{id}/tickets"] = ([Role.Marketer, Role.Support, Role.Integration], "404 not-found"),
        ["POST draws/{id}/draw"] = ([Role.Marketer], "404 not-found"),
        ["POST customers/{id}/referral"] = ([Role.Integration, Role.Support], "422 malformed-body"),
        ["GET customers/{id}/referrals"] = ([Role.Integration, Role.Support], "200"),
        ["POST referrals/clicks"] = ([Role.Integration], "422 malformed-body"),
        ["POST referrals/joins"] = ([Role.Integration], "422 malformed-body"),
        ["GET referrals"] = ([Role.Support, Role.Operator], "200"),
        ["GET referrals/{id}"] = ([Role.Support, Role.Operator, Role.Integration], "404 not-found"),
        ["POST referrals/{id}/decision"] = ([Role.Support, Role.Operator], "422 malformed-body"),
        ["POST redemptions"] = ([Role.Integration], "422 malformed-body"),
        ["POST redemptions/{id}/commit"] = ([Role.Integration], "422 malformed-body"),
        ["POST redemptions/{id}/release"] = ([Role.Integration], "422 missing-header"),
        ["POST redemptions/{id}/restore"] = ([Role.Integration, Role.Support], "422 malformed-body"),
        ["GET customers/{id}/export"] = ([Role.Support, Role.Integration], "404 not-found"),
        ["DELETE customers/{id}"] = ([Role.Support, Role.Operator, Role.Integration], "404 not-found"),
        ["GET customers/{id}/erasure"] = ([Role.Support, Role.Operator, Role.Integration], "404 not-found"),
        ["PUT customers/{id}/restriction"] = ([Role.Support, Role.Operator], "404 not-found"),
        ["DELETE customers/{id}/restriction"] = ([Role.Support, Role.Operator], "404 not-found"),
        ["PATCH customers/{id}/person"] = ([Role.Support], "422 malformed-body"),
        ["GET privacy/requests"] = ([Role.Operator, Role.Support], "200"),
        ["POST privacy/requests/{request}/done"] = ([Role.Operator, Role.Support], "404 not-found"),
        ["GET privacy/retention"] = ([Role.Operator], "422 invalid-field"),
        ["GET privacy/audit"] = ([Role.Operator], "200"),
        ["GET customers/{id}/runs"] = ([Role.Support], "404 not-found"),
        ["GET customers/{id}/messages"] = ([Role.Support], "404 not-found"),
        ["GET journeys"] = ([Role.Marketer], "200"),
        ["POST journeys"] = ([Role.Marketer], "422 invalid-field"),
        ["GET journeys/{id}"] = ([Role.Marketer], "404 not-found"),
        ["GET journeys/{id}/versions"] = ([Role.Marketer], "404 not-found"),
        ["GET journeys/{id}/runs"] = ([Role.Marketer, Role.Operator], "404 not-found"),
        ["POST journeys/{id}/validate"] = ([Role.Marketer], "200"),
        ["POST journeys/{id}/publish"] = ([Role.Marketer], "404 not-found"),
        ["POST journeys/{id}/rollback"] = ([Role.Marketer], "404 not-found"),
        ["POST journeys/{id}/pause"] = ([Role.Marketer], "404 not-found"),
        ["POST journeys/{id}/resume"] = ([Role.Marketer], "404 not-found"),
        ["POST journeys/{id}/simulate"] = ([Role.Marketer], "404 not-found"),
        ["POST journeys/{id}/diff"] = ([Role.Marketer], "404 not-found"),
        ["GET replies"] = ([Role.Support], "200"),
        ["POST replies/{id}/attach"] = ([Role.Support], "422 malformed-body"),
        ["POST replies/{id}/dismiss"] = ([Role.Support], "404 not-found"),
        ["GET tasks"] = ([Role.Support], "200"),
        ["GET tasks/{id}"] = ([Role.Support], "404 not-found"),
        ["POST tasks/{id}/claim"] = ([Role.Support], "422 malformed-body"),
        ["POST tasks/{id}/release"] = ([Role.Support], "422 malformed-body"),
        ["POST tasks/{id}/outcome"] = ([Role.Support], "422 malformed-body"),
        ["POST tasks/{id}/reopen"] = ([Role.Support], "422 malformed-body"),
        ["GET templates"] = ([Role.Marketer, Role.Support], "200"),
        ["POST templates/{name}/preview"] = ([Role.Marketer, Role.Support], "422 malformed-body"),
        ["POST templates/{name}/test"] = ([Role.Marketer], "422 malformed-body"),
        ["GET program"] = ([Role.Marketer], "200"),
        ["POST program"] = ([Role.Marketer], "200"),
        ["POST program/validate"] = ([Role.Marketer], "200"),
        ["GET runs"] = ([Role.Marketer, Role.Operator], "200"),
        ["GET runs/{run}/story"] = ([Role.Marketer, Role.Operator, Role.Support], "404 not-found"),
        ["GET operations/doctor"] = ([Role.Operator], "200"),
        ["GET operations/dead-letters"] = ([Role.Operator], "200"),
        ["GET operations/dead-letters/{number:long}"] = ([Role.Operator], "404 not-found"),
        ["POST operations/dead-letters/{number:long}/replay"] = ([Role.Operator], "404 not-found"),
        ["POST customers/{id}/token"] = ([Role.Integration], "404 not-found"),
        ["GET me"] = ([Role.Signature], "401 unauthorized"),
        ["GET me/offers"] = ([Role.Signature], "401 unauthorized"),
        ["GET me/history"] = ([Role.Signature], "401 unauthorized"),
        ["GET openapi.json"] = ([Role.Anyone], "200"),
        ["GET health"] = ([Role.Anyone], "200"),
    };

    private static readonly (string Name, string? Header, Role? Role)[] Callers =
    [
        ("nobody", null, null),
        ("a wrong key", "Bearer no-such-key-anywhere", null),
        ("an empty key", "Bearer ", null),
        ("another scheme", "Basic dXNlcjpwYXNz", null),
        ("a key of another length", "Bearer the-key-of-support-0001x", null),
        ("marketer", "Bearer " + ProgramFixture.KeyOf("marketer"), Role.Marketer),
        ("operator", "Bearer " + ProgramFixture.KeyOf("operator"), Role.Operator),
        ("support", "bearer " + ProgramFixture.KeyOf("support"), Role.Support),
        ("integration", "Bearer " + ProgramFixture.KeyOf("integration"), Role.Integration),
    ];

    [Fact]
    public void EveryHttpFunction_NamesItsRolesAndStandsInTheTable()
    {
        var found = Functions().ToDictionary(static one => one.Key, static one => one.Roles.Order().ToArray(), StringComparer.Ordinal);

        Assert.Equal(Expected.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.All(found, static one => Assert.Equal(Expected[one.Key].Roles.Order(), one.Value));
        Assert.All(found.Values, static roles => Assert.NotEmpty(roles));
    }

    [Fact]
    public async Task EveryHttpFunction_WithEveryKey_AnswersAsItsAttributeSays()
    {
        var wrong = new List<string>();
        foreach (var (key, roles) in Functions())
        {
            var (method, path) = (key.Split(' ')[0], Nobodys(key.Split(' ')[1]));
            foreach (var (name, header, role) in Callers)
            {
                var isOpen = roles.Contains(Role.Anyone) || roles.Contains(Role.Signature);
                var expected = isOpen || (role is { } mine && roles.Contains(mine)) ? Expected[key].Open
                    : role is null ? "401 unauthorized" : "403 forbidden";
                await CheckAsync(method, path, name, header, expected, wrong);
            }

            await CheckAsync(method, path, "admin", "Bearer " + ProgramFixture.KeyOf("admin"), Expected[key].Open, wrong);
        }

        Assert.Empty(wrong);
    }

    /// <summary>The route with what nobody has for each of its parameters.</summary>
    private static string Nobodys(string route) =>
        Regex.Replace(route, @"\{(?<name>[^}:]+)(:(?<type>[^}]+))?\}", static match => match.Groups["type"].Value is "long" ? "999999" : "nobody", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    [Fact]
    public async Task Get_UnknownCustomer_IsAProblemThatSaysHowToLookOneUp()
    {
        var answer = await program.GetAsync("api/customers/c000", ProgramFixture.KeyOf("support"));

        answer.AssertProblem(404, "not-found");
        Assert.Contains("/api/customers?email=", (string)answer.Body["detail"]!, StringComparison.Ordinal);
        (await program.GetAsync("api/customers?email=nobody@example.com")).AssertProblem(404, "not-found");
        (await program.GetAsync("api/customers?external=shopify:tea.myshopify.com:1")).AssertProblem(404, "not-found");
        (await program.GetAsync("api/customers?email=")).AssertProblem(422, "invalid-field");
    }

    public static readonly TheoryData<string> StrangePaths = new()
    {
        "api/customers/%01", "api/customers/%F0%9F%8D%B5", "api/customers/a%2Fb", "api/customers/..%2F..", "api/customers/%D0%B6", "api/customers/a%20b", "api/customers/customer:x",
        "api/customers/" + new string('x', 3000), "api/customers/" + new string('x', 3000) + "/runs",
        "api/customers?external=a:b", "api/customers?external=:", "api/customers?external=::::", "api/customers?email=a:b@c", "api/customers?email=%00@x",
        "api/customers?email=" + new string('x', 3000) + "@example.com", "api/customers?external=" + new string('x', 3000), "api/customers?email=nobody",
    };

    [Theory]
    [MemberData(nameof(StrangePaths))]
    public async Task Get_WhatCannotBeAnId_Is404(string path) => (await program.GetAsync(path)).AssertProblem(404, "not-found");

    [Fact]
    public async Task Get_Health_TellsTheMomentAndWhatIsOverdue()
    {
        var answer = await program.SendAsync(new HttpRequestMessage(HttpMethod.Get, "api/health"));

        Assert.Equal("up", (string)answer.Body["status"]!);
        Assert.EndsWith("Z", (string)answer.Body["now"]!, StringComparison.Ordinal);
        Assert.Null(answer.Body["oldestDue"]);
    }

    private async Task CheckAsync(string method, string path, string name, string? header, string expected, List<string> wrong)
    {
        // No body at all: a GET never needs one, and a POST without one is told so.
        var request = new HttpRequestMessage(new HttpMethod(method), "api/" + path);
        if (header is not null) request.Headers.TryAddWithoutValidation("Authorization", header);
        var answer = await program.SendAsync(request);
        if (answer.Summary != expected) wrong.Add($"{method} {path} by {name}: {answer.Summary}, expected {expected}");
        if (answer.Status >= 400 && answer.MediaType != "application/problem+json") wrong.Add($"{method} {path} by {name}: {answer.MediaType}");
        if ((answer.Summary == "401 unauthorized") != (answer.Challenge == "Bearer")) wrong.Add($"{method} {path} by {name}: challenge {answer.Challenge}");
    }

    /// <summary>Every HTTP function: method, route, roles.</summary>
    internal static IEnumerable<(string Key, IReadOnlyList<Role> Roles)> Functions() =>
        from type in typeof(Composition).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
        where method.IsDefined(typeof(FunctionAttribute))
        let trigger = method.GetParameters().Select(static one => one.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(static one => one is not null)
        where trigger is not null
        from verb in trigger.Methods ?? []
        select ($"{verb.ToUpperInvariant()} {trigger.Route}", method.GetCustomAttribute<AccessAttribute>()?.Roles ?? []);
}
