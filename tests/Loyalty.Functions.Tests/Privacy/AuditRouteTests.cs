using System.Reflection;
using System.Text;
using Loyalty.Engine.Privacy;
using Loyalty.Functions.Access;
using Loyalty.Functions.Tests.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Loyalty.Functions.Tests.Privacy;

/// <summary>Every route that staff may call, read from the functions themselves: whether it leaves a line in the audit log, and about whom. A new route stands in none of the lists.</summary>
public sealed class AuditRouteTests(OwnershipTests.Shop program) : IClassFixture<OwnershipTests.Shop>
{
    /// <summary>Routes whose path or body names the person; with a body that reaches them.</summary>
    private static readonly Dictionary<string, string> AboutHer = new(StringComparer.Ordinal)
    {
        ["POST points/explore"] = """{ "customerId": "ID", "lines": [{ "sku": "CUP", "quantity": 1, "netMinor": 1000 }] }""",
        ["POST redemptions/{id}/restore"] = "{}",
        ["POST suppressions/lift"] = """{ "address": "EMAIL" }""",
        ["POST templates/{name}/preview"] = """{ "customer": "EMAIL" }""",
        ["POST replies/{id}/attach"] = """{ "customerId": "ID" }""",
        ["GET customers"] = "",
        ["GET runs/{run}/story"] = "",
    };

    /// <summary>About people, and nobody in particular.</summary>
    private static readonly string[] AboutPeople =
    [
        "GET feedback", "POST feedback", "POST suppressions", "GET import", "POST import", "GET draws/{id}", "GET draws/{id}/tickets", "POST draws/{id}/draw", "GET referrals", "GET referrals/{id}",
        "POST referrals/{id}/decision", "GET privacy/requests", "POST privacy/requests/{request}/done", "GET privacy/retention", "GET privacy/audit", "GET journeys/{id}/runs", "GET runs",
        "GET replies", "POST replies/{id}/dismiss", "GET tasks", "GET tasks/{id}", "POST tasks/{id}/claim", "POST tasks/{id}/release", "POST tasks/{id}/outcome", "POST tasks/{id}/reopen",
    ];

    /// <summary>The program's own things: files, figures, messages of the queue by their ids.</summary>
    private static readonly string[] AboutNobody =
    [
        "POST tiers/preview", "GET offers", "GET offers/{id}", "POST offers/{id}/pool", "GET journeys", "POST journeys", "GET journeys/{id}", "GET journeys/{id}/versions", "POST journeys/{id}/validate",
        "POST journeys/{id}/publish", "POST journeys/{id}/rollback", "POST journeys/{id}/pause", "POST journeys/{id}/resume", "POST journeys/{id}/simulate", "POST journeys/{id}/diff", "GET templates",
        "POST templates/{name}/test", "GET program", "POST program", "POST program/validate", "GET operations/doctor", "GET operations/dead-letters", "GET operations/dead-letters/{number:long}",
        "POST operations/dead-letters/{number:long}/replay",
    ];

    [Fact]
    public async Task EveryRouteOfStaff_LeavesTheLineThatItsListSays()
    {
        var (wrong, asked) = (new List<string>(), 0);
        foreach (var (key, roles) in AccessTests.Functions().Where(static one => one.Roles.Any(IsStaff)).OrderBy(static one => one.Key == "DELETE customers/{id}").ThenBy(static one => one.Key, StringComparer.Ordinal))
        {
            var isHers = key.Contains(" customers/{id}", StringComparison.Ordinal) || AboutHer.ContainsKey(key);
            if (!isHers && !AboutPeople.Contains(key) && !AboutNobody.Contains(key))
            {
                wrong.Add($"{key} stands in no list: say whether it leaves a line");
                continue;
            }

            foreach (var role in roles.Where(IsStaff))
            {
                var before = await LinesAsync();
                await AskAsync(key, role);
                var (name, actor) = (NameOf(key), "key:" + role.ToString().ToLowerInvariant());
                var lines = (await LinesAsync()).Except(before).Select(static one => (one.Actor, one.Action, one.CustomerId)).ToList();
                asked++;
                if (AboutNobody.Contains(key) ? lines.Count > 0 : !lines.Contains((actor, name, isHers ? program.Vera.Id : null)))
                    wrong.Add($"{key} by {role}: {(lines.Count == 0 ? "no line" : string.Join("; ", lines))}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(asked > 70, $"only {asked} requests: the reader has lost its way");
    }

    [Fact]
    public void Lists_EveryRouteInThem_IsThere()
    {
        var known = AccessTests.Functions().Select(static one => one.Key).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(AboutHer.Keys.Concat(AboutPeople).Concat(AboutNobody), one => !known.Contains(one));
    }

    private static bool IsStaff(Role role) => role is Role.Support or Role.Operator or Role.Marketer;

    private Task<IReadOnlyList<AuditLine>> LinesAsync() => program.Host.Services.GetRequiredService<AuditLog>().ListAsync(program.Host.Clock.Now, null, 1000);

    private async Task AskAsync(string key, Role role)
    {
        var vera = program.Vera;
        var (method, route) = (key.Split(' ')[0], key.Split(' ')[1]);
        var path = OwnershipTests.Fill(method, route, program.Place(vera)) + (key == "GET customers" ? "?email=" + vera.Email : "");
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new("Bearer", ProgramFixture.KeyOf(role.ToString().ToLowerInvariant()));
        request.Headers.Add("Idempotency-Key", "audit-" + role);
        if (method != "GET")
        {
            var body = AboutHer.GetValueOrDefault(key) is { Length: > 0 } told ? told : "{}";
            request.Content = new StringContent(body.Replace("ID", vera.Id, StringComparison.Ordinal).Replace("EMAIL", vera.Email, StringComparison.Ordinal), Encoding.UTF8, "application/json");
        }

        await program.SendAsync(request);
        // Each in a moment of its own, so that two equal lines are two.
        await program.Host.Clock.RunUntilAsync(program.Host.Clock.Now + NodaTime.Duration.FromMilliseconds(1));
    }

    private static string NameOf(string key) => (
        from type in typeof(Composition).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
        let trigger = method.GetParameters().Select(static one => one.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(static one => one is not null)
        where trigger is not null && (trigger.Methods ?? []).Any(verb => $"{verb.ToUpperInvariant()} {trigger.Route}" == key)
        select method.GetCustomAttribute<FunctionAttribute>()!.Name).Single();
}
